"""A Layer that breaks a promise of the contract does not pass the check; nor does a search that
failed pass for one that found nothing. Each was found by somebody who tried to get it past."""

import dataclasses
import enum

import numpy as np
import pytest

from gan_scratch.gradient_check import assert_gradients, check
from gan_scratch.layers import Dense, Layer, Sequential
from gan_scratch.layers.layer import Parameter

X = np.random.default_rng(7).standard_normal((6, 4))


def rng():
    return np.random.default_rng(0)


class NoGradientsWithoutDx(Dense):
    def backward(self, dy, cache, need_dx=True):
        return super().backward(dy, cache, need_dx) if need_dx else None


class BlockedWhenFrozen(Dense):
    def backward(self, dy, cache, need_dx=True):
        dx = super().backward(dy, cache, need_dx)
        return 0 * dx if self.weight.frozen else dx


class LooksAtOneFrozen(Dense):
    def forward(self, x, training=True):
        return super().forward(x, training)[0], x

    def backward(self, dy, x, need_dx=True):
        if not self.weight.frozen:
            self.weight.gradient += x.T @ dy
            if not self.bias.frozen:
                self.bias.gradient += dy.sum(axis=0)
        return dy @ self.weight.value.T

    has_tangents = False


class Centred(Layer):
    def forward(self, x, training=True):
        return x - x.mean(axis=0), None

    def backward(self, dy, cache, need_dx=True):
        return dy - dy.mean(axis=0)


class NothingWithoutDyDot(Dense):
    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        before = [p.gradient.copy() for p in self.parameters().values()]
        result = super().tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx)
        if dy_dot is None:
            for parameter, gradient in zip(self.parameters().values(), before, strict=True):
                parameter.gradient[...] = gradient
        return result


class OverwritesTangents(Dense):
    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        self.weight.gradient[...] = 0
        return super().tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx)


@pytest.mark.parametrize("kind, word, about", [
    (NoGradientsWithoutDx, "contract", "need_dx"),
    (BlockedWhenFrozen, "frozen", "dx"),
    (LooksAtOneFrozen, "contract", "frozen alone"),
    (NothingWithoutDyDot, "contract", "dy_dot"),
    (OverwritesTangents, "contract", "adds"),
])  # fmt: skip
def test_a_broken_promise_is_named(kind, word, about):
    report = check(kind(4, 3, rng=rng()), X)
    assert not report.passed and (report.causes[word].word, report.causes[word].about) == (
        word, about,
    )  # fmt: skip
    assert check(Dense(4, 3, rng=rng()), X).passed


def test_a_layer_that_mixes_samples_has_to_say_so():
    assert check(Centred(), X).causes["contract"].about == "mixes_samples"
    honest = Centred()
    type(honest).mixes_samples = property(lambda self: True)
    try:
        assert check(honest, X).passed
    finally:
        del Centred.mixes_samples


def test_parameters_that_forward_makes_are_named():
    class Lazy(Layer):
        weight = None

        def forward(self, x, training=True):
            if self.weight is None:
                self.weight = Parameter(np.eye(x.shape[1]))
            return x @ self.weight.value, x

        def backward(self, dy, x, need_dx=True):
            if not self.weight.frozen:
                self.weight.gradient += 9 * x.T @ dy
            return dy @ self.weight.value.T

    report = check(Sequential(Lazy()), X)
    assert any(name.startswith("0.weight (made by forward") for name in report.not_compared)


class Nine:
    """A dense layer whose dW is nine times too large, with something beside its weights."""

    def __init__(self, **beside):
        self.W = rng().standard_normal((4, 3))
        vars(self).update(beside)

    def forward(self, x):
        return x @ self.W, x

    def backward(self, dy, x):
        self.dW = 9 * x.T @ dy
        return dy @ self.W.T


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    rate: float = 0.1


class Rate(float, enum.Enum):
    SLOW = 0.1


@pytest.mark.parametrize("beside", [
    {"settings": Settings()}, {"rate": Rate.SLOW}, {"fill": -np.inf},
    {"hidden": np.array([0.0, -np.inf])}, {"log": [float("nan")]},
], ids=str)  # fmt: skip
def test_what_cannot_be_moved_does_not_end_the_search(beside):
    report = check(Nine(**beside), X)
    assert not report.passed and report.causes["dW"].word == "scale"


class Gated:
    """The kernel stands behind a gate of 0, and a mask of -inf or a probability beside it."""

    def __init__(self, gate, keep=0.97, mask=0.0):
        self.gate, self.kernel = gate, rng().standard_normal((4, 4))
        self.keep, self.mask = keep, np.array([0.0, 0.0, mask, 0.0])

    def forward(self, x):
        assert self.keep <= 1
        h = np.tanh(x @ self.kernel)
        p = np.exp(self.mask)
        return x + self.gate * h * p, (x, h, p)

    def backward(self, dy, cache):
        x, h, p = cache
        self.dgate = np.array([(dy * h * p).sum()])
        dz = self.gate * dy * p * (1 - h**2)
        self.dkernel = 9 * x.T @ dz
        return dy + dz @ self.kernel.T


@pytest.mark.parametrize("settings", [{}, {"mask": -np.inf}], ids=str)
def test_a_gate_of_zero_hides_nothing(settings):
    report = check(Gated(np.zeros(1), **settings), X)
    assert not report.passed and "dkernel" in {r.quantity.split()[0] + r.quantity.split()[1]
                                               for r in report.rows if r.error > 1e-6}


def test_whole_numbers_with_a_gradient_are_named():
    class Scale:
        def __init__(self):
            self.gamma = np.array([1, 1, 2, 1])

        def forward(self, x):
            return x * self.gamma, x

        def backward(self, dy, x):
            self.dgamma = 9 * (dy * x).sum(axis=0)
            return dy * self.gamma

    report = check(Scale(), X)
    assert report.verdict == "passed, 1 array not compared: gamma (cannot be moved)"
    assert not report.complete


def test_a_weight_that_forward_rewrites_is_named():
    class Normed(Nine):
        def forward(self, x):
            self.W = self.W / np.linalg.norm(self.W)
            return super().forward(x)

    report = check(Normed(), X)
    assert report.not_compared == ["W (changed by forward)"]
    assert any("forward updates W itself" in note for note in report.notes)


def test_assert_gradients_fails_for_what_was_not_compared():
    class Forgets(Nine):
        def forward(self, x):
            return x @ self.kernel, x

        def backward(self, dy, x):
            return dy @ self.kernel.T

    layer = Forgets(kernel=np.ones((4, 2)))
    with pytest.raises(AssertionError, match="1 array not compared: kernel"):
        assert_gradients(layer, X)
    assert_gradients(layer, X, constants="kernel")  # a lone name is no list of letters


def test_a_bias_that_forward_forgot_is_wrong_where_backward_has_it():
    class Forgot(Nine):
        def backward(self, dy, x):
            self.dW, self.db = x.T @ dy, dy.sum(axis=0)
            return dy @ self.W.T

    report = check(Forgot(b=np.zeros(3)), X)
    assert not report.passed and {r.quantity for r in report.rows if r.error > 1e-9} == {"db"}
