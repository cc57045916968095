"""Resampling by its definition and its edges; the contract is tested for all layers."""

import numpy as np
import pytest

from gan_scratch.layers import Conv1D, ConvTranspose1D, PixelShuffle, Upsample, ZeroStuffing


def test_nearest_shows_each_place_again():
    x = np.random.default_rng(0).standard_normal((2, 3, 2, 4))
    y = Upsample((2, 3))(x)
    assert y.shape == (2, 6, 6, 4)
    for row in range(6):
        for column in range(6):
            np.testing.assert_array_equal(y[:, row, column], x[:, row // 2, column // 3])


def test_bilinear_by_hand():
    """A scale of 2 puts each new place a quarter of a step from an old one."""
    x = np.array([0.0, 4.0, 8.0]).reshape(1, 3, 1)
    y = Upsample(2, mode="bilinear")(x)
    np.testing.assert_allclose(y.ravel(), [0, 1, 3, 5, 7, 8])
    plane = x[:, :, None] + 10 * x[:, None]  # row + 10 column
    y = Upsample(2, mode="bilinear")(plane)
    steps = np.array([0, 1, 3, 5, 7, 8])
    np.testing.assert_allclose(y[0, :, :, 0], steps[:, None] + 10 * steps)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_a_constant_stays_and_its_gradient_counts_places(mode):
    layer = Upsample((2, 3), mode=mode)
    y, cache = layer.forward(np.full((1, 4, 5, 2), 7.0))
    np.testing.assert_allclose(y, 7.0, rtol=1e-14)
    # Every place of y shows weights that sum to 1, so all of dy arrives.
    assert layer.backward(np.ones(y.shape), cache).sum() == pytest.approx(y.size)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_a_scale_of_one_changes_nothing(mode):
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 2))
    y = Upsample(1, mode=mode)(x)
    np.testing.assert_array_equal(y, x)
    assert y.flags.writeable and not np.shares_memory(y, x)


def test_pixel_shuffle_by_its_definition():
    r, channels = 3, 2
    x = np.random.default_rng(0).standard_normal((2, 2, 4, channels * r * r))
    y = PixelShuffle(r)(x)
    assert y.shape == (2, 6, 12, channels)
    for row in range(6):
        for column in range(12):
            for channel in range(channels):
                source = channel * r * r + (row % r) * r + column % r
                np.testing.assert_array_equal(
                    y[:, row, column, channel], x[:, row // r, column // r, source]
                )


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Upsample(0), "Upsample: scale must be a positive whole number, got 0"),
        (lambda: Upsample(1.5), "Upsample: scale must be a positive whole number, got 1.5"),
        (lambda: Upsample((2, 0)), "Upsample: scale must be a positive whole number, got 0"),
        (lambda: Upsample(()), "Upsample: scale must be one to three numbers"),
        (lambda: Upsample((1, 1, 1, 1)), "Upsample: scale must be one to three numbers"),
        (lambda: Upsample(2, mode="cubic"), "unknown mode 'cubic'; choose one of nearest, bilin"),
        (lambda: PixelShuffle(0), "PixelShuffle: r must be a positive whole number, got 0"),
    ],
)
def test_settings_are_refused_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_inputs_are_refused_in_a_sentence():
    for shape in [(3, 2), (1, 2, 2, 2, 2, 2)]:
        with pytest.raises(ValueError, match="Upsample takes x .* one to three axes between"):
            Upsample(2)(np.ones(shape))
    with pytest.raises(ValueError, match=r"scale \(2, 3\) takes x with 2 axes .*got \(1, 4, 2\)"):
        Upsample((2, 3))(np.ones((1, 4, 2)))
    with pytest.raises(ValueError, match=r"PixelShuffle\(2\) takes x .* C · 4\), got .*6\)"):
        PixelShuffle(2)(np.ones((1, 2, 2, 6)))
    with pytest.raises(ValueError, match=r"PixelShuffle takes x of shape .*got \(2, 2, 4\)"):
        PixelShuffle(2)(np.ones((2, 2, 4)))


def test_a_transposed_convolution_is_a_convolution_of_the_stuffed_x():
    """With the kernel turned round (Dumoulin and Visin 2016, section 4.6)."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((2, 4, 3)).astype("float32")
    transposed = ConvTranspose1D(3, 2, 5, stride=3, padding=1, bias=False, rng=rng)
    convolution = Conv1D(3, 2, 5, padding=5 - 1 - 1, bias=False, rng=rng)
    convolution.weight.value[...] = transposed.weight.value[::-1].swapaxes(1, 2)
    y = convolution(ZeroStuffing(3)(x))
    np.testing.assert_allclose(y, transposed(x), rtol=1e-5, atol=1e-6)


def test_stuffing_with_no_zeros_is_the_identity_and_takes_places():
    x = np.random.default_rng(4).standard_normal((2, 3, 2, 1))
    np.testing.assert_array_equal(ZeroStuffing(1)(x), x)
    with pytest.raises(ValueError, match=r"ZeroStuffing takes x of shape \(..., any, any, any\)"):
        ZeroStuffing(2)(x[0, 0])
    with pytest.raises(ValueError, match="ZeroStuffing: factor must be a positive whole number"):
        ZeroStuffing(0)
