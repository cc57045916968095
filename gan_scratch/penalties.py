"""Penalties on the critic's slope: gradients of gradients, by hand.

A penalty is a mean of φ(g_i) with g_i = ∇ₓ D(x_i), so its derivative by the critic's weights θ
goes through the backward pass. Hold v = ∂P/∂g fixed; then

    ∂P/∂θ = ∇_θ (v · ∇ₓ ΣD) = d/dt ∇_θ ΣD(x + t v)  at t = 0

which is the tangent of the ordinary backward pass along v: one tangent forward and one tangent
backward (Pearlmutter 1994). `layers/layer.py` has the contract of these passes.
"""

from contextlib import contextmanager

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.layer import frozen
from gan_scratch.losses import expect_scores


class R1:
    """γ/2 · mean_i |∇ₓ D(x_i)|² on real images (Mescheder, Geiger, Nowozin 2018, equation 9).

    It pulls D towards a flat function where the data is, which makes the game converge.
    """

    def __init__(self, gamma):
        self.gamma = settings.not_negative(self, "gamma", gamma)

    def add_gradients(self, critic, real, fake, rng):
        """Add the penalty's gradient to the critic's parameters; returns the penalty's value."""
        refuse_mixing(critic, type(self).__name__)
        score, cache, slope = input_gradient(critic, real)
        value = self.gamma / 2 * (slope * slope).sum() / len(slope)
        v = slope * (self.gamma / len(slope))
        add_tangent_of_backward(critic, score, cache, v)
        return value


def input_gradient(critic, x):
    """(score, cache, ∇ₓ ΣD(x)): how each sample's score changes with that sample.

    Of a pair (samples, labels) it is the derivative by the samples. The critic's parameter
    gradients and buffers stay as they are.
    """
    with frozen(critic):
        score, cache = critic.forward(x)
        expect_scores(score)
        dx = critic.backward(array_module(score).ones_like(score), cache)
    return score, cache, dx[0] if isinstance(dx, tuple) else dx


def add_tangent_of_backward(critic, score, cache, v):
    """Add ∇_θ (v · ∇ₓ ΣD) to the critic's parameter gradients."""
    ones = array_module(score).ones_like(score)
    if getattr(critic, "classes", None) is not None:
        v = (v, None)  # labels have no direction
    with still_parameters(critic):
        _, tangent_cache = critic.tangent_forward(v, cache)
        critic.tangent_backward(ones, None, cache, tangent_cache, need_dx=False)


@contextmanager
def still_parameters(critic):
    """Inside the block the direction is one of x alone: no parameter has a tangent."""
    parameters = critic.parameters().values()
    before = [parameter.tangent for parameter in parameters]
    for parameter in parameters:
        parameter.tangent = None
    try:
        yield
    finally:
        for parameter, tangent in zip(parameters, before, strict=True):
            parameter.tangent = tangent


def refuse_mixing(critic, penalty):
    """Raise where a score depends on other samples, as the slope of one sample is then no longer
    a property of that sample and the penalty means something else."""
    if critic.mixes_samples:
        raise ValueError(
            f"{penalty} penalises each sample's own gradient, but this critic holds a layer that "
            "mixes samples (batch normalization, minibatch standard deviation), so one sample's "
            "score changes with another's pixels; take a per-sample normalization or none"
        )
