"""The strict device that is shipped: what runs on it, and what it says of a layer that does not."""

import inspect
import re
from contextlib import nullcontext

import numpy as np
import pytest

from gan_scratch.backend import array_module, backend_of
from gan_scratch.gradient_check import check
from gan_scratch.gradient_check.examples import draw_input, examples
from gan_scratch.layers import (
    BatchNorm,
    Buffer,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LinearMap,
    PiecewiseLinear,
    Sequential,
    Smooth,
    frozen,
)
from gan_scratch.models import dcgan
from gan_scratch.testing import no_waiting, runs_on_a_device

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)).astype("float32")
MODULE = r"with xp = gan_scratch.backend.array_module\(x\)"


class Sine(Smooth):
    def forward(self, x, training=True):
        self.expect(x)
        return array_module(x).sin(x), x

    def slope(self, x):
        return array_module(x).cos(x)

    def curvature(self, x):
        return -array_module(x).sin(x)


class Reverse(LinearMap):
    def plan(self, x):
        self.expect(x, (None, None))

    def apply(self, v, plan):
        return v[:, ::-1]

    adjoint = apply


class Steep(PiecewiseLinear):
    def __init__(self):
        super().__init__(negative_slope=0.9)


@pytest.mark.parametrize("layer", [Sine(), Reverse(), Steep()], ids=lambda layer: repr(layer))
def test_layers_on_the_exported_bases_are_right_and_run_on_a_device(layer):
    assert check(layer, X.astype("float64")).passed
    assert layer.has_tangents
    assert layer.piecewise_linear == (not isinstance(layer, Smooth))
    runs_on_a_device(layer, X)


@pytest.mark.parametrize("name", ["Augment", "Conv2D", "Embedding", "GRU", "LSTM", "SelfAttention"])
def test_layers_of_the_library_run_on_a_device(name):
    layer, kind = examples(RNG)[name][0]
    runs_on_a_device(layer, draw_input(kind, RNG))


def test_layers_on_pairs_run_on_a_device_and_stay_as_they_were():
    x = RNG.standard_normal((4, 8, 8, 1)), RNG.integers(3, size=4)
    critic = dcgan.discriminator((8, 8, 1), 2, "spectral", classes=3, rng=RNG)
    before = critic.state()
    runs_on_a_device(critic, x)
    for name, array in critic.state().items():
        np.testing.assert_array_equal(array, before[name])


class First(Layer):
    """What works; each layer below spoils one thing."""

    def forward(self, x, training=True):
        return np.float32(2) * x, x

    def backward(self, dy, cache, need_dx=True):
        return dy * 2.0


class Function(First):
    def forward(self, x, training=True):
        return np.exp(x), x


class Reduction(First):
    def forward(self, x, training=True):
        return x - np.sum(x), x


class Scalar(First):
    def forward(self, x, training=True):
        return np.multiply(2.0, x), x


class Drawn(First):
    def forward(self, x, training=True):
        return x + RNG.standard_normal(x.shape), x


class Mask(First):
    def __init__(self):
        self.mask = np.ones(4)

    def backward(self, dy, cache, need_dx=True):
        return self.mask * dy


class InPlace(First):
    def backward(self, dy, cache, need_dx=True):
        dx = np.zeros(dy.shape)
        dx += 2 * dy
        return dx


class Assigned(First):
    def backward(self, dy, cache, need_dx=True):
        dx = np.zeros(dy.shape)
        dx[...] = 2 * dy
        return dx


def doubled(x):
    return np.asarray(x) * 2


class Helper(First):
    def forward(self, x, training=True):
        return doubled(x), x


class TangentAlone(First):
    def tangent_forward(self, x_dot, cache):
        return x_dot * 2.0, None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        return dy * 2.0, np.add(dy_dot, dy_dot)


class Table(First):
    def __init__(self):
        self.table = Buffer(np.ones(5))

    def forward(self, x, training=True):
        return x * self.table.value[np.zeros(4, int)], x


@pytest.mark.parametrize("cls, line, sentence", [
    (Function, "return np.exp(x), x", f"numpy.exp of an array of the device; call xp.exp {MODULE}"),
    (Reduction, "return x - np.sum(x), x", f"numpy.sum of an array of .*; call xp.sum {MODULE}"),
    (Scalar, "return np.multiply(2.0, x), x", "numpy.multiply of an array"),
    (Drawn, "return x + RNG.standard_normal(x.shape), x",
     f"a NumPy array meets an array of the device; make it {MODULE}, or .*backend_of"),
    (Mask, "return self.mask * dy", "a NumPy array meets"),
    (InPlace, "dx += 2 * dy", "a NumPy array meets"),
    (Assigned, "dx[...] = 2 * dy", f"an array of the device becomes one of .* {MODULE}"),
    (Helper, "return np.asarray(x) * 2", "an array of the device becomes one of NumPy"),
    (TangentAlone, "return dy * 2.0, np.add(dy_dot, dy_dot)", "numpy.add of"),
    (Table, "return x * self.table.value[np.zeros(4, int)], x", "a NumPy array meets"),
])  # fmt: skip
def test_the_line_that_mixes_host_and_device_is_named(cls, line, sentence):
    code, first = inspect.getsourcelines(doubled if cls is Helper else cls)
    number = first + [words.strip() for words in code].index(line)
    for layer, name in ((cls(), cls.__name__), (Sequential(Flatten(), cls()), "Sequential")):
        with pytest.raises(AssertionError) as info:
            runs_on_a_device(layer, X)
        said = str(info.value)
        place = f"{name} does not run on a device: line {number} of test_testing.py, `{line}`: "
        assert said.startswith(place)
        assert re.match(sentence, said.removeprefix(place)), said
        assert "\n" not in said


def test_what_a_layer_finds_is_said_of_its_line():
    class OnHost(First):
        def forward(self, x, training=True):
            return np.ones((6, 4)), x

    with pytest.raises(AssertionError, match=(
        r"`self.expect\(x, .*: Dense computes on strict and got x on numpy$"
    )):
        runs_on_a_device(Sequential(OnHost(), Dense(4, 2, rng=RNG)), X)


class Waits(First):
    def forward(self, x, training=True):
        return (2.0 if x.sum() > 0 else 3.0) * x, x


def test_waiting_is_refused_on_request():
    runs_on_a_device(Waits(), X)
    with no_waiting(), pytest.raises(AssertionError, match="return .2.0 .*: this made the host w"):
        runs_on_a_device(Waits(), X)


class Shape(First):
    def backward(self, dy, cache, need_dx=True):
        return np.ones(dy.shape)


class Elsewhere(First):
    def forward(self, x, training=True):
        return x * (1.0 if array_module(x) is np else 1.001), x


class Axis(First):
    def backward(self, dy, cache, need_dx=True):
        return dy if array_module(dy) is np else dy[None]


class Curved(TangentAlone):
    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        return dy * 2.0, dy_dot * (2.0 if array_module(dy) is np else -2.0)


class Pairs(First):
    """Of two inputs that are both differentiated the first has a wrong dx on a device."""

    def forward(self, x, training=True):
        return x[0] + x[1], x

    def backward(self, dy, cache, need_dx=True):
        return dy * (1.0 if array_module(dy) is np else 2.0), dy


@pytest.mark.parametrize("layer, x, sentence", [
    (Shape(), X, f"^Shape gives dx as a NumPy array; make it {MODULE}$"),
    (Elsewhere(), X, "^Elsewhere gives another y on a device than on the host$"),
    (Axis(), X, "^Axis gives another dx on a device than on the host$"),
    (Curved(), X, "^Curved gives another dx_dot on a device than on the host$"),
    (Pairs(), (X, X), r"^Pairs gives another dx\[0\] on a device than on the host$"),
])  # fmt: skip
def test_a_result_that_is_elsewhere_or_another_is_named(layer, x, sentence):
    with pytest.raises(AssertionError, match=sentence):
        runs_on_a_device(layer, x)


def test_what_is_drawn_and_remembered_is_compared_as_well():
    runs_on_a_device(Sequential(Dropout(0.5, rng=RNG), BatchNorm(4)), X)

    class Forgets(BatchNorm):
        def batch_statistics(self, x):
            with frozen(self) if array_module(x) is not np else nullcontext():
                return super().batch_statistics(x)

    with pytest.raises(AssertionError, match="gives another y in inference on a device"):
        runs_on_a_device(Forgets(4), X)


def test_it_takes_layers_and_says_what_is_wrong_on_the_host_as_it_is():
    with pytest.raises(TypeError, match="^runs_on_a_device takes a Layer, got function$"):
        runs_on_a_device(backend_of, X)
    with pytest.raises(NotImplementedError, match="Layer has no forward pass"):
        runs_on_a_device(Layer(), X)
