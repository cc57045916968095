"""Penalties on the critic's slope: gradients of gradients, by hand.

A penalty is a mean of φ(g_i) with g_i = ∇ₓ D(x_i), so its derivative by the critic's weights θ
goes through the backward pass. Hold v = ∂P/∂g fixed; then

    ∂P/∂θ = ∇_θ (v · ∇ₓ ΣD) = d/dt ∇_θ ΣD(x + t v)  at t = 0

which is the tangent of the ordinary backward pass along v: one tangent forward and one tangent
backward (Pearlmutter 1994). `layers/layer.py` has the contract of these passes.

    penalty            at                              φ(g)
    GradientPenalty    points between real and fake    λ (|g| - target)²
    R1                 real samples                    γ/2 |g|²
    R2                 fakes                           γ/2 |g|²

Where D packs several samples (layers.Pack), a pack is what has a score, and |g| is the norm of the
whole pack's gradient.
"""

import math

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers.heads import head
from gan_scratch.layers.layer import Layer, frozen, layers_inside, set_inside
from gan_scratch.layers.packing import Pack
from gan_scratch.layers.sequential import Sequential, learns
from gan_scratch.losses import expect_scores
from gan_scratch.passes import hand_passes, pass_at, takes_passes
from gan_scratch.share import share
from gan_scratch.shown import shown


class Penalty:
    """What all penalties share. A subclass says where the slope is taken and what it costs.

    pairs       whether it looks between real sample i and fake i, which must be of one class then
    every       add it in every k-th step of D only, k times as strong: the same on average for
                less time (Karras et al. 2020, "lazy regularization")
    schedule    progress in [0, 1) -> a factor of the strength (training/schedules.py), or None;
                the training loop keeps `factor` up to date
    """

    pairs = False
    __repr__ = shown

    def __init__(self, every=1, schedule=None):
        self.every = settings.positive_integer(self, "every", every)
        self.schedule = settings.schedule(self, schedule)
        self.factor = 1.0

    def points(self, critic, real, fake, rng):
        """The samples whose slope is penalised, or the one of the given passes that is at them."""
        raise NotImplementedError

    def cost(self, slope):
        """(P, ∂P/∂slope) of slopes (N, D), one row a score, before `every` and `factor`."""
        raise NotImplementedError

    @takes_passes
    def add_gradients(self, critic, real, fake, rng):
        """Add the penalty's gradient to the critic's parameters; returns the penalty's value.

        real and fake are samples, or passes at them; where the slope is taken, dy goes back too.
        """
        refuse_mixing(critic, type(self).__name__)
        at = pass_at(critic, hand_passes(self.points, critic, real, fake, rng))
        slope, cotangents = slope_of(at)
        value, v = self.cost(slope.reshape(len(head(at.y, "score")), -1))
        strength = self.every * self.factor * share().weight
        add_tangent_of_backward(at, (strength * v).reshape(slope.shape), cotangents)
        return strength * value


class SquaredSlope(Penalty):
    """γ/2 · mean_i |g_i|²,   v_i = γ/N g_i."""

    def __init__(self, gamma, every=1, schedule=None):
        super().__init__(every, schedule)
        self.gamma = settings.not_negative(self, "gamma", gamma)

    def cost(self, slope):
        value = self.gamma / 2 * (slope * slope).sum() / len(slope)
        return value, slope * (self.gamma / len(slope))


class R1(SquaredSlope):
    """γ/2 · mean_i |∇ₓ D(x_i)|² on real samples (Mescheder, Geiger, Nowozin 2018, equation 9).

    It pulls D towards a flat function where the data is, which makes the game converge.
    """

    @takes_passes
    def points(self, critic, real, fake, rng):
        return real


class R2(SquaredSlope):
    """γ/2 · mean_i |∇ₓ D(G(z_i))|² on fakes (Mescheder, Geiger, Nowozin 2018, equation 10)."""

    @takes_passes
    def points(self, critic, real, fake, rng):
        return fake


class GradientPenalty(Penalty):
    """λ · mean_i (|∇ₓ D(x̂_i)| - target)², x̂ = α x + (1 - α) G(z) (Gulrajani et al. 2017, eq. 3).

        |g| = sqrt(Σ g² + eps)             v_i = 2 λ/N (|g_i| - target) g_i / |g_i|

    α is uniform in [0, 1), one a score: the same for all the numbers of a sample, and of a pack.
    `eps` inside the root keeps the slope of the norm finite where g = 0.
    """

    pairs = True

    def __init__(self, weight=10.0, target=1.0, eps=1e-12, every=1, schedule=None):
        super().__init__(every, schedule)
        self.weight = settings.not_negative(self, "weight", weight)
        self.target = settings.not_negative(self, "target", target)
        self.eps = settings.positive(self, "eps", eps)

    def points(self, critic, real, fake, rng):
        if isinstance(real, tuple):  # a class has no points in between: those of the real samples
            return self.points(critic, real[0], fake[0], rng), real[1]
        if real.shape != fake.shape:
            raise ValueError(
                "GradientPenalty takes points between each real sample and a fake, so both must "
                f"have one shape; got {tuple(real.shape)} and {tuple(fake.shape)}"
            )
        pack = pack_size(critic)
        alpha = rng.random(-(-len(real) // pack)).repeat(pack)[: len(real)]
        alpha = backend_of(real).asarray(alpha.astype(real.real.dtype))
        alpha = alpha.reshape(len(real), *(1,) * (real.ndim - 1))
        return alpha * real + (1 - alpha) * fake

    def cost(self, slope):
        norm = array_module(slope).sqrt((slope * slope).sum(axis=1, keepdims=True) + self.eps)
        excess = norm - self.target
        value = self.weight * (excess * excess).sum() / len(slope)
        return value, excess / norm * slope * (2 * self.weight / len(slope))


def slope_of(made):
    """(∇ₓ ΣD(x), the cotangent dy of each layer): how each sample's score changes with that sample.

    Of a pair (samples, condition) it is the derivative by the samples. Of a critic with several
    outputs D is the one called "score". The critic's parameter gradients stay as they are. The
    cotangents are for add_tangent_of_backward, or None.
    """
    expect_scores(head(made.y, "score"))
    critic, dx, cotangents = made.player, dy_of_one(made.y), None
    with frozen(critic):
        if isinstance(critic, Sequential) and critic.piecewise_linear:
            cotangents = []
            for layer, cache in zip(reversed(critic.layers), reversed(made.cache), strict=True):
                cotangents.insert(0, dx)
                dx = layer.backward(dx, cache)
        else:
            dx = critic.backward(dx, made.cache)
    return dx[0] if isinstance(dx, tuple) else dx, cotangents


def dy_of_one(y):
    """The dy that is 1 for each score, and zero for whatever else the critic gives."""
    score = head(y, "score")
    ones = array_module(score).ones_like(score)
    return {"score": ones} if isinstance(y, dict) else ones


def add_tangent_of_backward(made, v, cotangents=None):
    """Add ∇_θ (v · ∇ₓ ΣD + dy · y) to the critic's parameter gradients, with y and dy those of the
    pass, all of which has so gone back.

    It is the tangent of the backward pass from 1 for each score along ẋ = v and dẏ = dy of the
    pass. Each layer's dy is known from the slope. Where the critic is piecewise linear, and the
    scores alone have a dy, the d_score, dẏ is dy times the d_score of its sample in all layers, as
    the way back is linear: so nothing has to go back once more, and one walk from the first layer
    to the last adds all.
    """
    critic, dy_dot, made.dy = made.player, made.dy, None
    dys = dy_dot if isinstance(dy_dot, dict) else {"score": dy_dot}
    d_score = dys.get("score")
    scores_alone = all(dy is None or name == "score" for name, dy in dys.items())
    x_dot = (v, None) if isinstance(made.x, tuple) else v  # a condition stands still
    # The direction is one of x alone: no parameter has a tangent.
    with set_inside("tangent", critic.parameters().values(), None):
        if cotangents is None or not scores_alone or d_score is not None and any(
            len(head(dy, "score")) != len(d_score)
            for layer, dy in zip(critic, cotangents, strict=True) if learns(layer)
        ):
            _, tangent_cache = critic.tangent_forward(x_dot, made.cache)
            ones = dy_of_one(made.y)
            critic.tangent_backward(ones, dy_dot, made.cache, tangent_cache, need_dx=False)
            return
        for layer, cache, dy in zip(critic, made.cache, cotangents, strict=True):
            x_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
            if learns(layer) and isinstance(dy, dict):  # what the critic ends in
                layer.tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx=False)
            elif learns(layer):
                layer.add_tangent_gradients(dy, d_score, cache, tangent_cache)


def refuse_mixing(critic, penalty):
    """Raise where a score depends on samples of no concern to it, as its slope is then no longer a
    property of one sample (or pack) and the penalty means something else."""
    if not critic.mixes_samples:
        return
    for layer in layers_inside(critic):
        itself = type(layer).mixes_samples is not Layer.mixes_samples  # not by what is inside
        if itself and layer.mixes_samples and not isinstance(layer, Pack):
            raise ValueError(
                f"{penalty} penalises each sample's own gradient, but this critic holds "
                f"{type(layer).__name__}, a layer that mixes samples (as batch normalization and "
                "minibatch standard deviation do), so one sample's score changes with another's "
                "pixels; take a per-sample normalization or none"
            )


def pack_size(critic):
    """How many samples have one score together."""
    return math.prod(layer.m for layer in layers_inside(critic) if isinstance(layer, Pack))
