"""Sequential is the chain rule."""

import copy
import pathlib

import numpy as np
import pytest

from gan_scratch import layers
from gan_scratch.layers import (
    BatchNorm,
    Concatenate,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Flatten,
    GroupNorm,
    Layer,
    LeakyReLU,
    PReLU,
    Residual,
    Sequential,
    Tanh,
    frozen,
    kernels,
)

SAMPLES = 7


def network(rng):
    return Sequential(
        Conv2D(2, 4, 4, 2, 1, bias=False, rng=rng), BatchNorm(4), PReLU(), GroupNorm(2, 4),
        Residual(Sequential(LeakyReLU(), Conv2D(4, 4, 3, padding="same", rng=rng))),
        Concatenate(Tanh(), ConvTranspose2D(4, 2, 3, padding=1, rng=rng)),
        Flatten(), Dense(96, 5, rng=rng), Tanh(), Dense(5, 1, rng=rng),
    ).astype("float64")


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    return network(rng), rng.standard_normal((SAMPLES, 8, 8, 2))


def test_every_pass_goes_through_the_layers_one_by_one(case):
    layer, x = case
    alone = copy.deepcopy(layer)
    rng = np.random.default_rng(5)
    y, cache = layer.forward(x)
    dy, dy_dot = rng.standard_normal((2, *y.shape))
    y_dot, tangent_cache = layer.tangent_forward(np.sin(x), cache)
    found = [y, layer.backward(dy, cache), y_dot]
    found += layer.tangent_backward(dy, dy_dot, cache, tangent_cache)

    y, y_dot, dx, caches = x, np.sin(x), dy, []
    for part in alone:
        y, part_cache = part.forward(y)
        y_dot, part_tangent_cache = part.tangent_forward(y_dot, part_cache)
        caches.append((part_cache, part_tangent_cache))
    for part, (part_cache, _) in zip(reversed(alone), reversed(caches), strict=True):
        dx = part.backward(dx, part_cache)
    expected = [y, dx, y_dot]
    dx, dx_dot = dy, dy_dot
    for part, part_caches in zip(reversed(alone), reversed(caches), strict=True):
        dx, dx_dot = part.tangent_backward(dx, dx_dot, *part_caches)
    for ours, by_hand in zip(found, [*expected, dx, dx_dot], strict=True):
        np.testing.assert_array_equal(ours, by_hand)
    for (name, ours), by_hand in zip(
        layer.parameters().items(), alone.parameters().values(), strict=True
    ):
        assert ours.gradient.any()
        np.testing.assert_array_equal(ours.gradient, by_hand.gradient, err_msg=name)


def test_frozen_layers_get_no_gradient(case):
    layer, x = case
    layer.zero_gradients()
    with frozen(layer):
        y, cache = layer.forward(x)
        assert layer.backward(np.ones_like(y), cache) is not None
    assert not any(parameter.gradient.any() for parameter in layer.parameters().values())


def test_need_dx_spares_the_input_gradient(case):
    layer, x = case
    y, cache = layer.forward(x)
    assert layer.backward(np.ones_like(y), cache, need_dx=False) is None


class Deaf(Layer):
    """The identity; asking it for a derivative is a mistake."""

    def forward(self, x, training=True):
        return x, None

    def tangent_forward(self, x_dot, cache):
        return x_dot, None


def test_a_backward_pass_ends_at_the_first_layer_that_learns():
    """What lies before it has nothing to learn; the layer itself is not asked for dx."""
    asked = []

    class Asked(Dense):
        def backward(self, dy, cache, need_dx=True):
            asked.append(need_dx)
            return super().backward(dy, cache, need_dx)

        def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
            asked.append(need_dx)
            return super().tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx)

    dense = Asked(3, 2, rng=np.random.default_rng(0))
    layer = Sequential(Deaf(), Sequential(Deaf(), dense), Tanh())
    x = np.ones((SAMPLES, 3), "float32")
    y, cache = layer.forward(x)
    assert layer.backward(y, cache, need_dx=False) is None
    _, tangent_cache = layer.tangent_forward(x, cache)
    assert layer.tangent_backward(y, y, cache, tangent_cache, need_dx=False) == (None, None)
    assert asked == [False] * 2
    assert dense.weight.gradient.all()
    with pytest.raises(NotImplementedError, match="Deaf has no backward pass"):
        layer.backward(y, cache)


def test_a_chain_without_parameters_has_no_backward_pass_but_for_x():
    y, cache = Sequential(Deaf(), Deaf()).forward(np.ones((SAMPLES, 3)))
    assert Sequential(Deaf(), Deaf()).backward(y, cache, need_dx=False) is None


def test_a_parameter_in_two_layers_gets_the_sum():
    rng = np.random.default_rng(0)
    first = Dense(4, 4, rng=rng)
    second = copy.copy(first)
    tied = Sequential(first, Tanh(), second).astype("float64")
    apart = copy.deepcopy(Sequential(tied[0], Tanh())), copy.deepcopy(tied[2])
    x = rng.standard_normal((SAMPLES, 4))
    y, cache = tied.forward(x)
    tied.backward(np.cos(y), cache)

    h, first_cache = apart[0].forward(x)
    y, second_cache = apart[1].forward(h)
    apart[0].backward(apart[1].backward(np.cos(y), second_cache), first_cache)
    total = apart[0][0].weight.gradient + apart[1].weight.gradient
    assert abs(tied[0].weight.gradient - total).max() <= 1e-14


def test_a_layer_that_is_exchanged_plays_from_the_next_pass_on():
    layer = Sequential(Tanh(), Tanh())
    x = np.ones((SAMPLES, 2))
    layer(x)
    layer.layers[1] = LeakyReLU(0.5)
    assert (layer(-x) == -0.5 * np.tanh(1)).all()


def test_what_fails_inside_is_raised():
    layer = Sequential(Tanh(), Dense(3, 2, rng=np.random.default_rng(0)).astype("float64"))
    with pytest.raises(ValueError, match="Dense takes x of shape"):
        layer(np.ones((SAMPLES, 4)))
    y, cache = layer.forward(np.ones((SAMPLES, 3)))
    with pytest.raises(ValueError, match=r"Dense takes dy of shape \(7, 2\), got \(6, 2\)"):
        layer.backward(y[:-1], cache)


def test_sequential_takes_layers_only():
    with pytest.raises(TypeError, match="item 1 is 5"):
        Sequential(Tanh(), 5)


def test_a_copy_has_layers_of_its_own(case):
    layer, x = case
    y = layer(x)
    other = copy.deepcopy(layer)
    other[0].weight.value[...] = 0
    assert (other(x) != y).any() and (layer(x) == y).all()


def test_the_plain_kernels_give_the_same(case):
    layer, x = case
    with kernels.plain():
        whole = layer(x, training=True)
    assert abs(layer(x, training=True) - whole).max() <= 1e-12 * abs(whole).max()


def test_no_layer_starts_a_thread():
    """What threads keep for themselves apart."""
    for path in pathlib.Path(layers.__file__).parent.rglob("*.py"):
        imports = [line for line in path.read_text().splitlines() if "import" in line]
        words = {word for line in imports for word in line.replace(".", " ").split()}
        assert not words & {"queue", "concurrent", "multiprocessing", "Thread"}, path
        if "threading" in words:
            assert "from threading import local" in imports, path
