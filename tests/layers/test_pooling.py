"""Pooling by its definition, a window at a time, and its edges; the contract is tested for all."""

import numpy as np
import pytest

from gan_scratch.layers import AveragePool2D, GlobalAveragePool, MaxPool2D


def windows(x, kernel, stride, padding, outside):
    """(index of y, window of x with `outside` as its padding), one after the other."""
    wide = np.full((x.shape[0] + 2 * padding[0], x.shape[1] + 2 * padding[1]), outside)
    wide[padding[0]:padding[0] + x.shape[0], padding[1]:padding[1] + x.shape[1]] = x
    for row in range((wide.shape[0] - kernel[0]) // stride[0] + 1):
        for column in range((wide.shape[1] - kernel[1]) // stride[1] + 1):
            top, left = row * stride[0], column * stride[1]
            yield (row, column), wide[top:top + kernel[0], left:left + kernel[1]]


GEOMETRIES = [
    ((2, 2), (2, 2), (0, 0)),
    ((3, 3), (2, 2), (1, 1)),
    ((2, 3), (1, 2), (1, 0)),
    ((2, 2), (3, 1), (0, 1)),
    ((4, 1), (5, 1), (2, 0)),
    ((11, 1), (1, 1), (3, 0)),  # the first rows of the kernel never leave the padding
]


@pytest.mark.parametrize("kernel, stride, padding", GEOMETRIES)
def test_each_window_gives_its_mean_or_its_largest(kernel, stride, padding):
    x = np.random.default_rng(0).standard_normal((2, 5, 7, 3))
    mean = AveragePool2D(kernel, stride, padding)(x)
    real_mean = AveragePool2D(kernel, stride, padding, count_include_pad=False)(x)
    largest = MaxPool2D(kernel, stride, padding)(x)
    for sample in range(2):
        for channel in range(3):
            image = x[sample, :, :, channel]
            for (row, column), window in windows(image, kernel, stride, padding, np.nan):
                place = sample, row, column, channel
                assert mean[place] == pytest.approx(np.nansum(window) / window.size, abs=1e-14)
                assert real_mean[place] == pytest.approx(np.nanmean(window), abs=1e-14)
                assert largest[place] == np.nanmax(window)
    last_windows = row + 1, column + 1
    assert mean.shape == real_mean.shape == largest.shape == (2, *last_windows, 3)


def test_the_stride_is_the_kernel_unless_given():
    for layer in AveragePool2D((2, 3)), MaxPool2D((2, 3)):
        assert layer.stride == (2, 3)
        assert layer(np.ones((1, 4, 6, 1))).shape == (1, 2, 2, 1)
    assert MaxPool2D((2, 3), stride=1)(np.ones((1, 4, 6, 1))).shape == (1, 3, 4, 1)


def test_the_first_of_equals_is_picked_row_by_row():
    """As after a ReLU, where whole windows are zero."""
    layer = MaxPool2D(2)
    x = np.zeros((1, 4, 4, 1))
    x[0, 2, 1, 0] = x[0, 3, 0, 0] = 5.0  # in one window: the upper one is the first
    y, cache = layer.forward(x)
    dx = layer.backward(np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1), cache)
    np.testing.assert_array_equal(
        dx[0, :, :, 0], [[1, 0, 2, 0], [0, 0, 0, 0], [0, 3, 4, 0], [0, 0, 0, 0]]
    )


def test_overlapping_windows_add_their_gradients():
    layer = MaxPool2D(3, stride=1)
    x = np.zeros((1, 4, 4, 1))
    x[0, 1, 1, 0] = 1.0
    y, cache = layer.forward(x)
    dx = layer.backward(np.full(y.shape, 2.0), cache)
    assert dx[0, 1, 1, 0] == 8.0 and dx.sum() == 8.0


def test_numbers_below_zero_beat_the_padding():
    y = MaxPool2D(3, stride=2, padding=1)(np.full((1, 4, 4, 2), -3.0))
    np.testing.assert_array_equal(y, -3.0)


def test_infinities_and_nan_in_a_max_pool():
    x = np.array([[-np.inf, -np.inf, 1.0, -np.inf], [-np.inf, -np.inf, np.nan, 2.0]])
    layer = MaxPool2D(2)
    y, cache = layer.forward(x.reshape(1, 2, 4, 1))
    np.testing.assert_array_equal(y.ravel(), [-np.inf, np.nan])
    dx = layer.backward(np.ones(y.shape), cache)
    assert dx[0, 0, 0, 0] == 1.0
    y = MaxPool2D(2, stride=1, padding=1)(np.full((1, 1, 1, 1), -np.inf))
    np.testing.assert_array_equal(y, np.full((1, 2, 2, 1), -np.inf))


def test_large_kernels_have_more_places_than_a_byte_can_count():
    x = np.random.default_rng(0).standard_normal((1, 20, 20, 1))
    layer = MaxPool2D(20)
    y, cache = layer.forward(x)
    dx = layer.backward(np.ones(y.shape), cache)
    assert y[0, 0, 0, 0] == x.max()
    assert dx.ravel().argmax() == x.ravel().argmax() and dx.sum() == 1.0


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 6, 5), (2, 2, 1, 3, 5), (2, 5)])
def test_the_global_average_is_over_all_places(shape):
    x = np.random.default_rng(0).standard_normal(shape)
    layer = GlobalAveragePool()
    y, cache = layer.forward(x)
    rows = x.reshape(2, -1, 5)
    np.testing.assert_allclose(y, sum(rows[:, p] for p in range(rows.shape[1])) / rows.shape[1])
    dx = layer.backward(y, cache)
    np.testing.assert_allclose(dx.reshape(rows.shape), (y / rows.shape[1])[:, None] + 0 * rows)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: MaxPool2D(0), "MaxPool2D: kernel_size must be a positive whole number, got 0"),
        (lambda: AveragePool2D((2, 2, 2)), r"AveragePool2D: kernel_size must be .* 2 of them"),
        (lambda: MaxPool2D(2, stride=0), "MaxPool2D: stride must be a positive whole number"),
        (lambda: MaxPool2D(2, padding=-1), "MaxPool2D: padding must be a whole number ≥ 0, got -1"),
        (lambda: MaxPool2D(3, padding=2), r"padding must be at most half of kernel_size \(3, 3\)"),
        (lambda: AveragePool2D((4, 1), padding=(2, 1)), r"at most half .*got \(2, 1\)"),
    ],
)
def test_settings_are_refused_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_images_are_refused_in_a_sentence():
    sentence = r"MaxPool2D with kernel_size \(3, 5\) takes .* at least 3x1, got .*\(1, 2, 9, 1\)"
    with pytest.raises(ValueError, match=sentence):
        MaxPool2D((3, 5), padding=(0, 2))(np.ones((1, 2, 9, 1)))
    with pytest.raises(ValueError, match="at least 1x1"):
        AveragePool2D(2, padding=1)(np.ones((1, 0, 3, 1)))
    with pytest.raises(ValueError, match=r"AveragePool2D takes x of shape .*got \(4, 4, 1\)"):
        AveragePool2D(2)(np.ones((4, 4, 1)))
    for shape in [(4,), (2, 0, 3, 1)]:
        with pytest.raises(ValueError, match="GlobalAveragePool takes x .* at least one place"):
            GlobalAveragePool()(np.ones(shape))
