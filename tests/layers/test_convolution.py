"""Convolutions by their definition, a place and a tap at a time; the transpose as the adjoint.

The sweep over many settings is in tests/oracles/test_torch_convolution_sweep.py.
"""

import itertools
import math
import re

import numpy as np
import pytest

from gan_scratch.layers import (
    Conv1D,
    Conv2D,
    Conv3D,
    ConvTranspose1D,
    ConvTranspose2D,
    ConvTranspose3D,
)

CONVOLUTIONS = {1: Conv1D, 2: Conv2D, 3: Conv3D}
TRANSPOSED = {1: ConvTranspose1D, 2: ConvTranspose2D, 3: ConvTranspose3D}


def rng(seed=0):
    return np.random.default_rng(seed)


def in_float64(layer):
    """In float64, with a bias that is not zero."""
    layer = layer.astype("float64")
    if layer.bias is not None:
        layer.bias.value[...] = rng(9).standard_normal(layer.bias.value.shape)
    return layer


def taps(place, weight, stride, dilation):
    """Every (tap, place that it sees) of one position of the kernel, in the padded image."""
    for tap in np.ndindex(weight.shape[:-2]):
        yield tap, tuple(p * s + t * d for p, t, s, d in zip(place, tap, stride, dilation,
                                                             strict=True))


def by_definition(x, weight, bias, size, stride, pairs, dilation, groups):
    """y[n, o, m] = Σ x[n, o · stride + t · dilation - low, c] W[t, c, m] + b[m], number by number.

    An output channel is connected with the input channels of its own group alone.
    """
    x = np.pad(x, [(0, 0), *pairs, (0, 0)])
    inputs, outputs = weight.shape[-2:]
    y = np.zeros((len(x), *size, outputs)) + bias
    for n, m in itertools.product(range(len(x)), range(outputs)):
        first = m // (outputs // groups) * inputs
        for place in np.ndindex(size):
            for tap, seen in taps(place, weight, stride, dilation):
                for c in range(inputs):
                    y[(n, *place, m)] += x[(n, *seen, first + c)] * weight[(*tap, c, m)]
    return y


def transposed_by_definition(x, weight, bias, size, stride, pairs, dilation, groups):
    """Each number of x is spread over the places that its taps reach; y is `size` of them."""
    outputs, inputs = weight.shape[-2] * groups, weight.shape[-1]
    lows = [low for low, _ in pairs]
    reached_at_most = [
        (n - 1) * s + (k - 1) * d + 1
        for n, s, k, d in zip(x.shape[1:-1], stride, weight.shape[:-2], dilation, strict=True)
    ]
    room = [max(low + length, reached)
            for low, length, reached in zip(lows, size, reached_at_most, strict=True)]
    wide = np.zeros((len(x), *room, outputs))
    for n, c in itertools.product(range(len(x)), range(inputs)):
        first = c // (inputs // groups) * (outputs // groups)
        for place in np.ndindex(x.shape[1:-1]):
            for tap, reached in taps(place, weight, stride, dilation):
                for m in range(outputs // groups):
                    wide[(n, *reached, first + m)] += x[(n, *place, c)] * weight[(*tap, m, c)]
    inside = tuple(slice(low, low + length) for low, length in zip(lows, size, strict=True))
    return wide[(slice(None), *inside)] + bias


# size of x, kernel_size, stride, padding as pairs, dilation, groups, channels, size of y
SETTINGS = [
    ((5,), (3,), (1,), [(0, 0)], (1,), 1, (2, 3), (3,)),
    ((7,), (2,), (3,), [(2, 0)], (2,), 2, (2, 4), (3,)),
    ((4, 5), (3, 2), (1, 2), [(1, 1), (0, 1)], (1, 1), 1, (3, 2), (4, 3)),
    ((4, 4), (4, 4), (2, 2), [(1, 1), (1, 1)], (1, 1), 1, (1, 2), (2, 2)),
    ((5, 3), (2, 1), (4, 2), [(0, 2), (0, 0)], (3, 2), 3, (6, 3), (1, 2)),
    ((2, 3, 2), (1, 2, 2), (2, 1, 1), [(0, 0), (1, 0), (0, 0)], (1, 2, 1), 1, (2, 1), (1, 2, 1)),
    ((3, 2, 2), (2, 1, 2), (1, 1, 3), [(1, 0), (0, 0), (2, 2)], (1, 1, 1), 2, (4, 2), (3, 2, 2)),
]


@pytest.mark.parametrize(
    "size, kernel_size, stride, pairs, dilation, groups, channels, new_size", SETTINGS
)
def test_a_convolution_is_its_definition(
    size, kernel_size, stride, pairs, dilation, groups, channels, new_size
):
    layer = in_float64(CONVOLUTIONS[len(size)](
        *channels, kernel_size, stride, pairs, dilation, groups, rng=rng()
    ))
    x = rng(1).standard_normal((2, *size, channels[0]))
    y = layer(x)
    assert y.shape == (2, *new_size, channels[1])
    np.testing.assert_allclose(y, by_definition(
        x, layer.weight.value, layer.bias.value, new_size, stride, pairs, dilation, groups
    ), rtol=1e-12, atol=1e-13)


# size of x, kernel_size, stride, padding as pairs, output_padding, dilation, groups, channels, y
TRANSPOSED_SETTINGS = [
    ((3,), (3,), (2,), [(1, 0)], (1,), (1,), 1, (2, 3), (7,)),
    ((3,), (2,), (5,), [(0, 0)], (4,), (1,), 2, (4, 2), (16,)),
    ((2, 3), (4, 4), (2, 2), [(1, 1), (1, 1)], (0, 0), (1, 1), 1, (3, 2), (4, 6)),
    ((2, 2), (3, 1), (1, 3), [(0, 1), (2, 0)], (0, 1), (2, 1), 2, (2, 4), (5, 3)),
    ((2, 1, 2), (1, 2, 2), (1, 2, 1), [(0, 0), (0, 0), (1, 0)], (0, 0, 0), (1, 1, 2), 1, (2, 1),
     (2, 2, 3)),
]


@pytest.mark.parametrize(
    "size, kernel_size, stride, pairs, output_padding, dilation, groups, channels, new_size",
    TRANSPOSED_SETTINGS,
)
def test_a_transposed_convolution_is_its_definition(
    size, kernel_size, stride, pairs, output_padding, dilation, groups, channels, new_size
):
    layer = in_float64(TRANSPOSED[len(size)](
        *channels, kernel_size, stride, pairs, output_padding, dilation, groups, rng=rng()
    ))
    x = rng(1).standard_normal((2, *size, channels[0]))
    y = layer(x)
    assert y.shape == (2, *new_size, channels[1])
    np.testing.assert_allclose(y, transposed_by_definition(
        x, layer.weight.value, layer.bias.value, new_size, stride, pairs, dilation, groups
    ), rtol=1e-12, atol=1e-13)


def with_weight_of(layer, other):
    """`layer` in float64 with the other layer's weight."""
    layer = layer.astype("float64")
    assert layer.weight.value.shape == other.weight.value.shape
    layer.weight.value[...] = other.weight.value
    return layer


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(
    "size, kernel_size, stride, padding, dilation, groups",
    [
        (6, 4, 2, 1, 1, 1),
        (7, 3, 3, 0, 2, 2),
        (5, 2, 4, 2, 1, 1),
        (6, 5, 2, "same", 1, 1),
        (6, 2, 3, "same", 1, 2),
        (4, 3, 1, "same", 2, 1),
    ],
)
def test_the_transpose_is_the_adjoint(axes, size, kernel_size, stride, padding, dilation, groups):
    """⟨A x, y⟩ = ⟨x, Aᵀ y⟩ with one weight, and each layer is the other's backward pass."""
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
                "bias": False, "rng": rng()}
    layer = CONVOLUTIONS[axes](4, 2, kernel_size, **settings).astype("float64")
    x = rng(1).standard_normal((2, *[size] * axes, 4))
    a_x, cache = layer.forward(x)
    output_padding = 0
    if padding != "same":
        reach = (kernel_size - 1) * dilation + 1
        output_padding = (size + 2 * padding - reach) % stride
    transposed = with_weight_of(
        TRANSPOSED[axes](2, 4, kernel_size, output_padding=output_padding, **settings), layer
    )
    y = rng(2).standard_normal(a_x.shape)
    at_y, transposed_cache = transposed.forward(y)
    assert at_y.shape == x.shape
    assert (a_x * y).sum() == pytest.approx((x * at_y).sum(), rel=1e-12)
    np.testing.assert_allclose(layer.backward(y, cache), at_y, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        transposed.backward(x, transposed_cache), a_x, rtol=1e-12, atol=1e-14
    )
    np.testing.assert_allclose(
        layer.weight.gradient, transposed.weight.gradient, rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("size", [1, 2, 5, 8])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_keeps_the_size_but_for_the_stride(size, kernel_size, stride, dilation):
    settings = {"stride": stride, "padding": "same", "dilation": dilation, "rng": rng()}
    layer = Conv1D(2, 3, kernel_size, **settings)
    transposed = ConvTranspose1D(2, 3, kernel_size, **settings)
    x = np.ones((1, size, 2), "float32")
    assert layer(x).shape == (1, math.ceil(size / stride), 3)
    assert transposed(x).shape == (1, size * stride, 3)


def test_of_same_an_odd_zero_stands_behind():
    layer = Conv1D(1, 1, 4, padding="same", rng=rng())
    layer.weight.value[:, 0, 0] = [1, 10, 100, 1000]
    y = layer(np.array([1, 2, 3, 4], "float32").reshape(1, 4, 1))
    np.testing.assert_array_equal(y.ravel(), [3210, 4321, 432, 43])


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_parameters_are_the_weight_then_the_bias(axes):
    kernel_size = (3, 2, 4)[:axes]
    for kinds, shape in ((CONVOLUTIONS, (2, 9)), (TRANSPOSED, (3, 6))):
        layer = kinds[axes](6, 9, kernel_size, groups=3, rng=rng())
        shapes = {name: p.value.shape for name, p in layer.parameters().items()}
        assert list(shapes.items()) == [("weight", (*kernel_size, *shape)), ("bias", (9,))]
        assert not layer.bias.value.any()
        assert all(p.value.dtype == "float32" for p in layer.parameters().values())
        layer = kinds[axes](6, 9, kernel_size, groups=3, bias=False, rng=rng())
        assert list(layer.parameters()) == ["weight"] and layer.bias is None


def test_a_number_counts_for_each_axis_and_settings_come_in_pytorchs_order():
    one, many = (Conv2D(2, 4, *settings, rng=rng()) for settings in (
        (3, 2, 1, 2, 2, False), ((3, 3), (2, 2), ((1, 1), [1, 1]), [2, 2], 2, False)))
    x = rng(1).standard_normal((1, 6, 7, 2), dtype="float32")
    np.testing.assert_array_equal(one(x), many(x))
    assert one(x).shape == (1, 2, 3, 4) and one.bias is None
    layer = ConvTranspose2D(2, 4, 3, 2, 1, (1, 0), 1, 2, False, rng=rng())
    assert layer(x).shape == (1, 12, 13, 4) and layer.bias is None


# How weights start.


@pytest.mark.parametrize("layer", [
    Conv1D(64, 64, 5, rng=rng()),
    Conv2D(64, 64, 4, stride=2, padding=1, rng=rng()),
    Conv2D(64, 128, 3, dilation=2, groups=2, rng=rng()),
    ConvTranspose1D(64, 64, 5, rng=rng()),
    ConvTranspose1D(128, 64, 6, stride=3, groups=2, rng=rng()),
    ConvTranspose2D(64, 64, 4, stride=2, padding=1, rng=rng()),
    ConvTranspose2D(64, 64, 3, stride=2, padding=1, output_padding=1, rng=rng()),
], ids=repr)
def test_he_keeps_the_variance_through_a_relu(layer):
    """Of z ~ N(0, 1) the ReLU keeps half the mean square, and the convolution doubles it."""
    z = rng(1).standard_normal((8 if layer.axes == 1 else 1, *[40] * layer.axes, layer.in_channels))
    y = layer(np.maximum(z, 0).astype("float32"))
    # Away from the border, and in whole strides: places differ in how many taps reach them.
    inside = y[(slice(None), *[slice(6, 12)] * layer.axes)]
    assert float((inside.astype("float64") ** 2).mean()) == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
def test_other_initializers_and_the_same_seed(kind):
    weight = kind(32, 64, 4, 2, 1, rng=rng(), init="dcgan").weight.value
    assert weight.std() == pytest.approx(0.02, rel=0.02)
    same, again = (kind(3, 4, 3, rng=rng(5)).weight.value for _ in range(2))
    np.testing.assert_array_equal(same, again)
    wanted = rng(5).standard_normal((3, 3, *sorted([3, 4], reverse=kind is not Conv2D)))
    drawn = kind(3, 4, 3, rng=rng(5), init=lambda rng, shape, fan_in, fan_out:
                 rng.standard_normal(shape)).weight.value
    np.testing.assert_array_equal(drawn, wanted)


# What is refused, in a sentence.


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Conv2D(0, 2, 3, rng=rng()), "Conv2D: in_channels must be a positive whole number"),
        (lambda: Conv1D(1, 2.0, 3, rng=rng()),
         "Conv1D: out_channels must be a positive whole number, got 2.0"),
        (lambda: Conv2D(1, 2, 0, rng=rng()), "Conv2D: kernel_size must be a positive whole number"),
        (lambda: Conv2D(1, 2, (3, 3, 3), rng=rng()),
         "Conv2D: kernel_size must be a number or 2 of them, got (3, 3, 3)"),
        (lambda: Conv3D(1, 2, 3, stride=0, rng=rng()),
         "Conv3D: stride must be a positive whole number, got 0"),
        (lambda: ConvTranspose2D(1, 2, 3, stride=(1, 0), rng=rng()),
         "ConvTranspose2D: stride must be a positive whole number, got 0"),
        (lambda: Conv1D(1, 2, 3, dilation=0, rng=rng()),
         "Conv1D: dilation must be a positive whole number, got 0"),
        (lambda: Conv2D(4, 6, 3, groups=3, rng=rng()),
         "Conv2D: groups must divide in_channels and out_channels, got groups 3, in_channels 4 and "
         "out_channels 6"),
        (lambda: ConvTranspose1D(6, 4, 3, groups=3, rng=rng()),
         "ConvTranspose1D: groups must divide in_channels and out_channels, got groups 3"),
        (lambda: Conv2D(4, 4, 3, groups=0, rng=rng()), "Conv2D: groups must be a positive whole"),
        (lambda: ConvTranspose2D(1, 1, 3, stride=2, output_padding=2, rng=rng()),
         "ConvTranspose2D: output_padding must be below max(stride, dilation) = 2, got 2"),
        (lambda: ConvTranspose2D(1, 1, 3, stride=(1, 2), output_padding=1, rng=rng()),
         "ConvTranspose2D: output_padding must be below max(stride, dilation) = 1, got 1"),
        (lambda: ConvTranspose1D(1, 1, 3, output_padding=-1, rng=rng()),
         "ConvTranspose1D: output_padding must be a whole number ≥ 0, got -1"),
        (lambda: ConvTranspose1D(1, 1, 3, 2, "same", 1, rng=rng()),
         'ConvTranspose1D: padding="same" decides the size alone, so output_padding must be 0, '
         "got 1"),
        (lambda: Conv2D(1, 1, 3, padding="valid", rng=rng()),
         "Conv2D: unknown padding 'valid'; choose one of same"),
        (lambda: Conv2D(1, 1, 3, padding=-1, rng=rng()),
         "Conv2D: padding must be a whole number ≥ 0, got -1"),
        (lambda: Conv2D(1, 1, 3, padding=(1, 2, 3), rng=rng()),
         "Conv2D: padding must be a number, one for each of 2 axes, a pair (in front, behind) for "
         'each, or "same", got (1, 2, 3)'),
        (lambda: Conv1D(1, 1, 3, padding=(1, 2), rng=rng()),
         "Conv1D: padding must be a number, one for each of 1 axes, a pair"),
        (lambda: Conv2D(1, 1, 3, rng=rng(), init="xavier"),
         "unknown init 'xavier'; choose one of he, glorot, dcgan"),
    ],
)
def test_settings_are_refused_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        make()


@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0)])
def test_an_rng_that_is_none_is_refused(rng):
    for kind in (Conv2D, ConvTranspose2D):
        with pytest.raises(TypeError, match="rng must be a numpy.random.Generator"):
            kind(1, 1, 3, rng=rng)


@pytest.mark.parametrize(
    "layer, shape, sentence",
    [
        (Conv2D(3, 2, 3, rng=rng()), (2, 5, 5, 4),
         "Conv2D takes x of shape (any, any, any, 3), got (2, 5, 5, 4)"),
        (Conv2D(3, 2, 3, rng=rng()), (2, 3, 5, 5), "Conv2D takes x of shape (any, any, any, 3)"),
        (ConvTranspose1D(3, 2, 3, rng=rng()), (2, 5, 2),
         "ConvTranspose1D takes x of shape (any, any, 3), got (2, 5, 2)"),
        (Conv2D(3, 2, 3, rng=rng()), (5, 5, 3), "Conv2D takes x of shape (any, any, any, 3)"),
        (Conv1D(3, 2, 3, rng=rng()), (2, 5, 5, 3), "Conv1D takes x of shape (any, any, 3)"),
        (Conv3D(3, 2, 3, rng=rng()), (2, 5, 5, 3), "Conv3D takes x of shape (any, any, any, any"),
        (Conv2D(1, 2, (3, 4), padding=(0, 1), rng=rng()), (2, 3, 1, 1),
         "Conv2D: a kernel that reaches over (3, 4) places does not fit into the padded x of "
         "(3, 3)"),
        (Conv1D(1, 2, 3, dilation=3, rng=rng()), (2, 6, 1),
         "Conv1D: a kernel that reaches over (7,) places does not fit into the padded x of (6,)"),
        (ConvTranspose2D(1, 2, 2, padding=(1, 2), rng=rng()), (2, 3, 2, 1),
         "ConvTranspose2D: nothing is left of y: x of (3, 2) would become (2, -1)"),
        (Conv2D(1, 2, 1, rng=rng()), (2, 0, 3, 1), "Conv2D: a kernel that reaches over (1, 1)"),
        (ConvTranspose2D(1, 2, 3, rng=rng()), (2, 0, 3, 1), "ConvTranspose2D: nothing is left"),
    ],
)
def test_arrays_are_refused_in_a_sentence(layer, shape, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        layer.forward(np.ones(shape, "float32"))


@pytest.mark.parametrize("padding", [1, ((2, 0), (0, 2)), ((7, 0), (0, 9))], ids=str)
def test_circular_padding_makes_an_image_whose_ends_meet(padding):
    """Turned by some places, x gives y turned by as many, in both directions of the pass."""
    layer = in_float64(Conv2D(2, 3, 3, padding=padding, padding_mode="circular", rng=rng()))
    zeros = in_float64(Conv2D(2, 3, 3, padding=padding, rng=rng()))
    x, turned = rng(1).standard_normal((2, 5, 4, 2)), {"shift": (2, 1), "axis": (1, 2)}
    (y, cache), (of_turned, turned_cache) = layer.forward(x), layer.forward(np.roll(x, **turned))
    np.testing.assert_allclose(of_turned[:, :5, :4], np.roll(y[:, :5, :4], **turned), atol=1e-14)
    assert np.abs(zeros(np.roll(x, **turned)) - np.roll(zeros(x), **turned)).max() > 0.1
    dy = np.zeros_like(y)
    dy[:, :5, :4] = rng(2).standard_normal((2, 5, 4, 3))
    dx = layer.backward(dy, cache)
    dy[:, :5, :4] = np.roll(dy[:, :5, :4], **turned)
    np.testing.assert_allclose(
        layer.backward(dy, turned_cache), np.roll(dx, **turned), atol=1e-13
    )
    sentence = "Conv2D: unknown padding_mode 'reflect'; choose one of zeros, circular"
    with pytest.raises(ValueError, match=sentence):
        Conv2D(2, 3, 3, padding_mode="reflect", rng=rng())
