"""Layers of several outputs and inputs under the check: mistakes in one head, and constants."""

import numpy as np
import pytest

from gan_scratch.gradient_check import assert_gradients, check, check_functions
from gan_scratch.layers import (
    Dense,
    Flatten,
    GlobalAveragePool,
    Heads,
    Layer,
    Parameter,
    Sequential,
)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 4))


class TwoHeads(Layer):
    """score = h W and classes = h U, with h = tanh(x V)."""

    def __init__(self):
        rng = np.random.default_rng(1)
        self.V, self.W, self.U = (
            Parameter(rng.standard_normal(shape)) for shape in ((4, 3), (3, 3), (3, 3))
        )

    def forward(self, x, training=True):
        h = np.tanh(x @ self.V.value)
        return {"score": h @ self.W.value, "classes": h @ self.U.value}, (x, h)

    def backward(self, dy, cache, need_dx=True):
        x, h = cache
        self.learn(h, dy)
        da = self.dh(dy) * (1 - h**2)
        if not self.V.frozen:
            self.V.gradient += x.T @ da
        return da @ self.V.value.T

    def learn(self, h, dy):
        if not self.W.frozen:
            self.W.gradient += h.T @ dy["score"]
        if not self.U.frozen:
            self.U.gradient += h.T @ dy["classes"]

    def dh(self, dy):
        return dy["score"] @ self.W.value.T + dy["classes"] @ self.U.value.T


class Forgotten(TwoHeads):
    def learn(self, h, dy):
        if not self.W.frozen:
            self.W.gradient += h.T @ dy["score"]


class Swapped(TwoHeads):
    def learn(self, h, dy):
        super().learn(h, {"score": dy["classes"], "classes": dy["score"]})


class Twice(TwoHeads):
    def dh(self, dy):
        return dy["score"] @ self.W.value.T + 2 * dy["classes"] @ self.U.value.T


class FirstAlone(TwoHeads):
    def dh(self, dy):
        return dy["score"] @ self.W.value.T


class Transposed(TwoHeads):
    def dh(self, dy):
        return dy["score"] @ self.W.value.T + dy["classes"] @ self.U.value


class Listed(TwoHeads):
    """The same with a list of outputs, and a list of dy."""

    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        return [y["score"], y["classes"]], cache

    def backward(self, dy, cache, need_dx=True):
        assert isinstance(dy, list)
        return super().backward(dict(zip(("score", "classes"), dy, strict=True)), cache, need_dx)


class WritesIntoDy(TwoHeads):
    def dh(self, dy):
        dy["classes"] *= 2
        return dy["score"] @ self.W.value.T + dy["classes"] @ self.U.value.T / 2


@pytest.mark.parametrize("kind, wrong, words", [
    (Forgotten, {"d U"}, {"d U": ("zero", "d U is zero everywhere")}),
    (Swapped, {"d W", "d U"}, {"d W": ("swapped", "d W is the gradient of U"),
                               "d U": ("swapped", "d U is the gradient of W")}),
    (Twice, {"dx", "d V"}, {"dx": ("scale", "the factor 2 is too much")}),
    (FirstAlone, {"dx", "d V"}, {"dx": ("path missing", "from the output 'score' of y alone"),
                                 "d V": ("path missing", "from the output 'score' of y alone")}),
    (Transposed, {"dx", "d V"}, {"dx": ("transposed", "a transpose is missing")}),
], ids=lambda it: it.__name__ if isinstance(it, type) else "-")
def test_a_mistake_in_one_of_two_heads_is_named(kind, wrong, words):
    report = check(kind(), X)
    assert {row.quantity for row in report.rows if row.error > 1e-3} == wrong
    for quantity, (word, sentence) in words.items():
        cause = report.causes[quantity]
        assert cause.word == word and sentence in cause.sentence, cause


def test_whoever_writes_into_the_dy_of_one_output_is_seen():
    assert "changes dy" in check(WritesIntoDy(), X).causes


def test_right_layers_of_several_outputs_pass():
    images = RNG.standard_normal((3, 2, 2, 4))
    for layer, x, orders in (
        (TwoHeads(), X, {1}), (Listed(), X, {1}),
        (Sequential(Dense(4, 3, rng=RNG), Heads(flat=Flatten(), mean=GlobalAveragePool(),
                                                rest=Heads(same=Sequential()))), images, {1, 2}),
    ):
        report = assert_gradients(layer, x)
        assert {row.order for row in report.rows} == orders


def test_a_tangent_pass_that_forgets_an_output_is_seen():
    class Half(Heads):
        def tangent_forward(self, x_dot, cache):
            y_dot, tangents = super().tangent_forward(x_dot, cache)
            return {"a": y_dot["a"]}, tangents

    layer = Half(a=Dense(4, 2, rng=RNG), b=Dense(4, 1, rng=RNG))
    report = check(layer, X)
    wrong = [row.quantity for row in report.rows if row.error > 1e-3]
    assert wrong == ["tangent y", "tangent y at other values"]


# Inputs without a gradient.


class Gate(Layer):
    """y = x² mask, with a mask of 0 and 1 that is a constant; keeps which numbers it was given."""

    masks = set()

    def forward(self, x, training=True):
        x, mask = x
        self.masks.update(mask.ravel().tolist())
        return x**2 * mask, (x, mask)

    def backward(self, dy, cache, need_dx=True):
        x, mask = cache
        return 2 * x * mask * dy, None

    def tangent_forward(self, x_dot, cache):
        x, mask = cache
        assert x_dot[1] is None
        return 2 * x * mask * x_dot[0], x_dot[0]

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x, mask = cache
        dx_dot = 2 * tangent_cache * mask * dy
        if dy_dot is not None:
            dx_dot += 2 * x * mask * dy_dot
        return (2 * x * mask * dy, None), (dx_dot, None)


@pytest.mark.parametrize("shape", [(3, 3), (3, 1), (3,)], ids=str)
def test_a_layer_may_take_a_constant_in_both_orders(shape):
    """The last one is as long as the batch by chance, and has no samples in it."""
    x, mask = RNG.standard_normal((3, 3)), np.resize([1.0, 0.0, 1.0], shape)
    report = assert_gradients(Gate(), (x, mask), constants="x[1]")
    assert [row.quantity for row in report.rows] == [
        "dx[0]", "tangent y", "tangent dx[0]", "dx[0] again",
    ]
    assert Gate.masks == {0, 1}


class MaskFirst:
    def forward(self, mask, x):
        self.mask = mask
        return x * mask

    def backward(self, dy):
        return dy * self.mask


def test_the_one_dx_that_comes_back_belongs_to_what_is_no_constant():
    report = check(MaskFirst(), (RNG.random((3, 2)), RNG.standard_normal((3, 2))), constants="x[0]")
    assert report.verdict == "passed" and [row.quantity for row in report.rows] == ["dx[1]"]


def test_an_unknown_constant_is_refused_in_a_sentence():
    x, mask = RNG.standard_normal((3, 4)), np.ones((3, 4))
    with pytest.raises(ValueError, match=r"^a constant is one of x\[0\], x\[1\]; got 'mask'$"):
        check(Gate(), (x, mask), constants="mask")
    with pytest.raises(ValueError, match=r"one of x\[0\], x\[1\], mask; got 'x\[2\]'"):
        check(MaskFirst(), (mask, x), constants=["x[1]", "x[2]"])
    with pytest.raises(ValueError, match="one of x, mask; got 'msk'"):
        check_functions(
            lambda x, mask: (x * mask, mask), lambda dy, mask: dy * mask, x, mask, constants="msk"
        )
