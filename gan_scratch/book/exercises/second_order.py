"""Exercises of chapter 7: the gradient checker, differences, and the library's own R1."""

import numpy as np

from gan_scratch.book.exercises import Unanswered, Wrong, called, expect
from gan_scratch.gradient_check import check
from gan_scratch.layers import Dense, Sequential, Tanh
from gan_scratch.penalties import R1


def softplus(answer):
    """A layer with tangent passes, first and second order."""
    layer = answer()
    x, dy, x_dot, dy_dot = np.random.default_rng(4).standard_normal((4, 5, 3))
    _, cache = layer.forward(x)
    _, tangent_cache = layer.tangent_forward(x_dot, cache)
    if layer.tangent_backward(dy, dy_dot, cache, tangent_cache) is None:
        raise Unanswered
    report = check(layer, x)
    if not report.passed:
        raise Wrong(report.diagnosis)


def direction_of_penalty(answer):
    """answer(g, λ): moved along a random direction, the penalty changes as v says."""
    rng = np.random.default_rng(5)
    for shape, weight in (((6, 3), 10.0), ((2, 8), 0.5)):
        g, along = rng.standard_normal((2, *shape))
        given = called(answer, g, weight)
        if given.shape != shape:
            raise Wrong(f"v has shape {given.shape}, and the slopes have {shape}")

        def cost(t, g=g, along=along, weight=weight):
            norm = np.linalg.norm(g + t * along, axis=1)
            return weight * ((norm - 1) ** 2).mean()

        slope = (cost(1e-5) - cost(-1e-5)) / 2e-5
        what = f"v times a direction, for λ = {weight} and {shape[0]} samples,"
        expect((given * along).sum(), slope, what, 1e-6)


def add_penalty(answer):
    """answer(D, x, γ): adds what R1 adds."""
    rng = np.random.default_rng(6)
    x = rng.standard_normal((4, 3))
    for activation in (False, True):
        layers = [Dense(3, 5, rng=rng), Tanh(), Dense(5, 1, rng=rng)]
        critic = Sequential(*(layers if activation else layers[::2])).astype("float64")
        critic.zero_gradients()
        R1(0.8).add_gradients(critic, x, x, rng)
        truth = {name: p.gradient.copy() for name, p in critic.parameters().items()}
        critic.zero_gradients()
        answer(critic, x, 0.8)
        if not any(p.gradient.any() for p in critic.parameters().values()):
            raise Unanswered
        for name, parameter in critic.parameters().items():
            what = f"the gradient of {name}, of a D with{'' if activation else 'out'} tanh,"
            expect(parameter.gradient, truth[name], what)


CHECKS = {"1": softplus, "2": direction_of_penalty, "3": add_penalty}
