"""Normalization by its definition, its edges, and its fast kernel beside the plain formulas."""

import itertools
import re

import numpy as np
import pytest

from gan_scratch.layers import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Sequential, frozen
from gan_scratch.layers.kernels import normalization
from gan_scratch.layers.kernels.normalization import Blocks, Plain


def rng(seed=0):
    return np.random.default_rng(seed)


def normalized(x, members, eps):
    """x with the numbers in each of `members`, index arrays, normalized together."""
    y = np.zeros(x.shape)
    for index in members:
        part = x[index]
        y[index] = (part - part.mean()) / np.sqrt(((part - part.mean()) ** 2).mean() + eps)
    return y


def in_float64(layer):
    """In float64, with a scale and a shift that are neither 1 nor 0."""
    layer = layer.astype("float64")
    for seed, parameter in enumerate(layer.parameters().values()):
        parameter.value[...] = rng(seed + 5).standard_normal(parameter.value.shape)
    return layer


SHAPE = (2, 3, 2, 6)
CHANNEL = [(Ellipsis, c) for c in range(6)]
DEFINITIONS = [
    (BatchNorm(6, 0.3), CHANNEL),
    (LayerNorm(6, 0.3), list(np.ndindex(SHAPE[:3]))),
    (LayerNorm((2, 6), 0.3), list(np.ndindex(SHAPE[:2]))),
    (LayerNorm(SHAPE[1:], 0.3), list(np.ndindex(SHAPE[:1]))),
    (InstanceNorm(6, 0.3), [(n, *index) for n in range(2) for index in CHANNEL]),
    (GroupNorm(3, 6, 0.3), [(n, ..., slice(c, c + 2)) for n in range(2) for c in (0, 2, 4)]),
    (GroupNorm(2, 6, 0.3), [(n, ..., slice(c, c + 3)) for n in range(2) for c in (0, 3)]),
]


@pytest.mark.parametrize("layer, members", DEFINITIONS, ids=lambda item: f"{item!r:.40}")
def test_numbers_that_belong_together_get_mean_0_and_variance_1(layer, members):
    """eps is what is added to the variance, and the second setting of batch norm."""
    layer = in_float64(layer)
    assert layer.eps == 0.3
    x = 2 + 3 * rng().standard_normal(SHAPE)
    expected = normalized(x, members, 0.3) * layer.weight.value + layer.bias.value
    np.testing.assert_allclose(layer.forward(x)[0], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("layer, members", DEFINITIONS, ids=lambda item: f"{item!r:.40}")
def test_equal_numbers_have_a_variance_of_0_and_no_slope(layer, members):
    layer = in_float64(layer)
    y, cache = layer.forward(np.full(SHAPE, 3.0))
    np.testing.assert_allclose(y, np.broadcast_to(layer.bias.value, SHAPE), rtol=0, atol=1e-14)
    assert np.isfinite(layer.backward(y, cache)).all()


def test_parameters_have_the_shape_of_what_they_scale_and_start_as_the_identity():
    for layer, shape in [(BatchNorm(3), (3,)), (InstanceNorm(3), (3,)), (GroupNorm(1, 3), (3,)),
                         (LayerNorm(3), (3,)), (LayerNorm((4, 3)), (4, 3)),
                         (LayerNorm([2, 4, 3]), (2, 4, 3))]:
        weight, bias = layer.parameters().items()
        assert (weight[0], bias[0]) == ("weight", "bias")
        np.testing.assert_array_equal(weight[1].value, np.ones(shape))
        np.testing.assert_array_equal(bias[1].value, np.zeros(shape))


def test_the_groups_lie_between_layer_and_instance_norm():
    x = rng().standard_normal((2, 3, 4, 6))
    whole, each = LayerNorm((3, 4, 6)), InstanceNorm(6)
    for groups, layer in ((1, whole), (6, each)):
        np.testing.assert_allclose(
            GroupNorm(groups, 6).astype("float64")(x), layer.astype("float64")(x), rtol=1e-12
        )


def test_only_batch_norm_lets_samples_see_each_other():
    x = rng().standard_normal(SHAPE)
    other = x.copy()
    other[1] += rng(1).standard_normal(SHAPE[1:])
    for layer, _ in DEFINITIONS:
        layer = layer.astype("float64")
        seen = (layer.forward(x)[0][0] != layer.forward(other)[0][0]).any()
        assert seen == layer.mixes_samples == Sequential(layer).mixes_samples
        assert seen == isinstance(layer, BatchNorm)


# What batch norm remembers.


@pytest.mark.parametrize("momentum", [0.0, 0.25, 1.0])
def test_momentum_is_the_share_of_the_new_batch(momentum):
    layer = BatchNorm(3, momentum=momentum).astype("float64")
    assert layer.eps == 1e-5
    mean, variance = np.zeros(3), np.ones(3)
    for batch in range(3):
        x = batch + rng(batch).standard_normal((4, 2, 3))
        layer.forward(x)
        values = x.reshape(-1, 3)
        mean = (1 - momentum) * mean + momentum * values.mean(axis=0)
        variance = (1 - momentum) * variance + momentum * values.var(axis=0, ddof=1)
        np.testing.assert_allclose(layer.running_mean.value, mean, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(layer.running_var.value, variance, rtol=1e-12)
    assert BatchNorm(3).momentum == 0.1


def test_in_inference_the_running_statistics_take_the_place_of_the_batchs():
    layer = in_float64(BatchNorm(3, 0.3))
    layer.running_mean.value[...], layer.running_var.value[...] = [1, -2, 0], [4, 0.5, 1]
    x = rng().standard_normal((4, 3))
    state = layer.state()
    expected = (x - [1, -2, 0]) / np.sqrt(np.array([4, 0.5, 1]) + 0.3)
    np.testing.assert_allclose(
        layer(x), expected * layer.weight.value + layer.bias.value, rtol=1e-12
    )
    np.testing.assert_allclose(layer(x[:1]), layer(x)[:1], rtol=1e-14)  # one sample will do
    for name, value in layer.state().items():
        np.testing.assert_array_equal(value, state[name])


def test_frozen_it_takes_the_batchs_statistics_and_remembers_nothing():
    """As G stands in D's step: its samples are those of training."""
    layer, x = BatchNorm(3).astype("float64"), 5 + rng().standard_normal((4, 3))
    state = layer.state()
    with frozen(layer):
        y, _ = layer.forward(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-14)
    for name, value in layer.state().items():
        np.testing.assert_array_equal(value, state[name])


def test_a_cache_keeps_the_statistics_of_its_own_call():
    """Later batches move the running statistics, in place, before the first call goes back."""
    layer, x = in_float64(BatchNorm(3)), rng().standard_normal((4, 3))
    y, cache = layer.forward(x, training=False)
    dx, gradient = layer.backward(y, cache), layer.weight.gradient.copy()
    layer.forward(5 + 2 * x)
    layer.zero_gradients()
    np.testing.assert_array_equal(layer.backward(y, cache), dx)
    np.testing.assert_array_equal(layer.weight.gradient, gradient)


# Badly scaled inputs.


@pytest.mark.parametrize("kind, shape", [
    (kind, shape) for kind in ("batch", "layer", "instance", "group")
    for shape in ((64, 8, 8, 16), (8, 28, 28, 3), (256, 16))
    if kind != "instance" or len(shape) > 2  # which needs places
])
def test_a_small_spread_around_a_large_mean_survives_float32(kind, shape):
    """The float32 numbers near 1000 are 6e-5 apart, 0.6 % of this spread: no result can be better
    than that, and one from E x² - (E x)² would be noise."""
    channels = shape[-1]
    layer = {"batch": BatchNorm, "layer": LayerNorm, "instance": InstanceNorm,
             "group": lambda channels: GroupNorm(1, channels)}[kind](channels)
    x = (1e3 + 1e-2 * rng().standard_normal(shape)).astype("float32")
    dy = rng(1).standard_normal(shape).astype("float32")
    y, cache = layer.forward(x)
    exact = layer.astype("float64")
    exact_y, exact_cache = exact.forward(x.astype("float64"))
    assert distance(y, exact_y) < 0.04
    exact_dx = exact.backward(dy.astype("float64"), exact_cache)
    assert distance(layer.backward(dy, cache), exact_dx) < 0.01
    if kind == "batch":
        np.testing.assert_allclose(layer.running_mean.value, 100, rtol=1e-5)
        np.testing.assert_allclose(layer.running_var.value, 0.9, rtol=1e-3)


def distance(ours, expected):
    assert ours.shape == expected.shape
    return np.linalg.norm(ours.astype("float64") - expected) / np.linalg.norm(expected)


# The fast kernel.

CHANNELS = [1, 2, 3, 5, 16, 31, 64, 100, 255, 300]
PLACES = [(), (1, 1), (7,), (5, 3), (8, 8), (2, 3, 4)]
# Besides these: rows longer than RUN, and images of several blocks.
LARGE = [(3, 1025), (1, 150, 149, 3), (70, 9, 16, 16), (2, 65, 8, 300), (4099, 33)]
KERNEL_SHAPES = [
    (n, *places, c) for (c, places), n in zip(
        itertools.product(CHANNELS, PLACES), itertools.cycle([1, 2, 33, 4, 7]), strict=False
    ) if n > 1 or places not in [(), (1, 1)]
] + LARGE


def passes(kernel, x, dy, mean, a, b, c):
    return [
        *kernel.moments(x)[:2],
        kernel.scale_and_shift(x, mean, a, c),
        *kernel.moments_with(dy, x, mean),
        kernel.combine(dy, a, x, mean, b, c),
    ]


def sizes(x, dy, mean, a, b, c):
    """How large the numbers are that are added up in each result of `passes`."""
    x, dy, a, b, c = (abs(array) for array in (x, dy, a, b, c))
    centred = x + abs(mean)
    mean_x, _, _ = Plain.moments(x)
    mean_square, _, _ = Plain.moments(x * x)
    sum_dy, sum_dy_x = Plain.moments_with(dy, x, -abs(mean))
    return [mean_x, mean_square, a * centred + c, sum_dy, sum_dy_x, a * dy + b * centred + c]


def arguments(shape, dtype, seed=0):
    """x and dy of this shape, x with another mean and spread in each channel; mean, a, b and c."""
    random = rng(seed)
    centre, spread, a, b, c = random.standard_normal((5, shape[-1]))
    x, dy = random.standard_normal((2, *shape))
    return [array.astype(dtype) for array in (centre + spread * x, dy, centre, a, b, c)]


@pytest.mark.parametrize("dtype, tolerance", [("float64", 3e-14), ("float32", 5e-6)])
@pytest.mark.parametrize("shape", KERNEL_SHAPES, ids=str)
def test_blocks_give_what_the_plain_formulas_give(shape, dtype, tolerance, monkeypatch):
    monkeypatch.setattr(normalization, "BLOCK", 1 << 13)  # so that there are several
    given = arguments(shape, dtype)
    kept = [array.copy() for array in given]
    found = passes(Blocks, *given)
    precise = [array.astype("float64") for array in given]
    for ours, expected, size in zip(found, passes(Plain, *precise), sizes(*precise), strict=True):
        assert ours.dtype == dtype and ours.shape == expected.shape
        assert (abs(ours - expected) <= tolerance * size).all()
    for array, before in zip(given, kept, strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("shape", [(6, 5), (4, 3, 5, 2), (70, 9, 16, 16)], ids=str)
def test_blocks_take_arrays_with_gaps(shape):
    x, dy, *rest = arguments(shape, "float64")
    gaps = np.zeros((2, *shape, 2))[..., 0]
    gaps[...] = x, dy
    fortran = np.asfortranarray(x), np.asfortranarray(dy)
    wanted = passes(Blocks, x, dy, *rest)
    for pair in (gaps, fortran):
        for ours, expected in zip(passes(Blocks, *pair, *rest), wanted, strict=True):
            np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_call_gives_the_same_bits(dtype):
    given = arguments((300, 15, 16, 16), dtype)
    first = passes(Blocks, *given)
    for _ in range(5):
        for again, expected in zip(passes(Blocks, *given), first, strict=True):
            np.testing.assert_array_equal(again, expected)


# What is refused, in a sentence.


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: BatchNorm(0), "BatchNorm: num_features must be a positive whole number, got 0"),
        (lambda: BatchNorm((2, 3)), "BatchNorm: num_features must be a positive whole number"),
        (lambda: BatchNorm(3, 0), "BatchNorm: eps must be a positive number, got 0"),
        (lambda: BatchNorm(3, momentum=1.5), "BatchNorm: momentum must be in [0, 1], got 1.5"),
        (lambda: BatchNorm(3, momentum=None), "BatchNorm: momentum must be in [0, 1], got None"),
        (lambda: LayerNorm((3, 0)), "LayerNorm: num_features must be a positive whole number"),
        (lambda: LayerNorm(3, eps=-1), "LayerNorm: eps must be a positive number, got -1"),
        (lambda: InstanceNorm(-2), "InstanceNorm: num_features must be a positive whole number"),
        (lambda: GroupNorm(4, 6), "GroupNorm: num_groups must divide num_features, got 4 groups "
         "for 6 channels"),
        (lambda: GroupNorm(0, 6), "GroupNorm: num_groups must be a positive whole number, got 0"),
    ],
)
def test_settings_are_refused_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        make()


@pytest.mark.parametrize(
    "layer, shape, sentence",
    [
        (BatchNorm(3), (1, 3), "BatchNorm needs more than one value a channel in training, got x "
         "of shape (1, 3): their mean would be the value itself"),
        (BatchNorm(3), (1, 1, 1, 3), "BatchNorm needs more than one value a channel in training"),
        (BatchNorm(3), (4, 2), "BatchNorm takes x of shape (..., 3), got (4, 2)"),
        (BatchNorm(3), (3,), "BatchNorm takes x of shape (N, ..., C), got (3,)"),
        (LayerNorm((4, 3)), (2, 3, 4), "LayerNorm takes x of shape (..., 4, 3), got (2, 3, 4)"),
        (InstanceNorm(3), (4, 1, 1, 3), "InstanceNorm needs more than one place a channel, got x "
         "of shape (4, 1, 1, 3): their mean would be the value itself"),
        (InstanceNorm(3), (4, 3), "InstanceNorm takes x of shape (N, ..., C) with places, got (4,"),
        (InstanceNorm(3), (4, 5, 2), "InstanceNorm takes x of shape (..., 3), got (4, 5, 2)"),
        (GroupNorm(2, 6), (2, 4, 3), "GroupNorm takes x of shape (..., 6), got (2, 4, 3)"),
        (GroupNorm(2, 6), (6,), "GroupNorm takes x of shape (N, ..., C), got (6,)"),
    ],
)
def test_arrays_are_refused_in_a_sentence(layer, shape, sentence):
    state = layer.state()
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        layer.forward(np.ones(shape, "float32"))
    for name, value in layer.state().items():
        np.testing.assert_array_equal(value, state[name])
