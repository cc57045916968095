"""Pooling: each window of an image gives one number a channel, its mean or its largest.

A sum over windows is a sum over the places in a window: the first place of every window is one
strided slice of the image, the second another. So a pass is a few whole-array operations.
"""

import math
from typing import NamedTuple

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.linear_map import LinearMap


class Windows(NamedTuple):
    """Windows of `kernel` places along an axis of `size` places, a new one every `stride`.

    Window o has the places o · stride + offset - padding, for offset = 0 ... kernel - 1; those
    outside the axis are padding.
    """

    kernel: int
    stride: int
    padding: int
    size: int

    @property
    def count(self):
        return (self.size + 2 * self.padding - self.kernel) // self.stride + 1

    def taps(self):
        """(windows, places), two slices for each offset: the windows that have no padding there,
        and the place that each of them has there."""
        for offset in range(self.kernel):
            shift = offset - self.padding
            first = max(0, -(shift // self.stride))
            last = min(self.count - 1, (self.size - 1 - shift) // self.stride)
            if first <= last:
                places = slice(
                    first * self.stride + shift, last * self.stride + shift + 1, self.stride
                )
                yield slice(first, last + 1), places


class Pool2D(LinearMap):
    """The settings of a pooling layer, and its windows on an image."""

    def __init__(self, kernel_size, stride=None, padding=0):
        self.kernel_size = settings.positive_integers(self, "kernel_size", kernel_size, 2)
        stride = kernel_size if stride is None else stride
        self.stride = settings.positive_integers(self, "stride", stride, 2)
        self.padding = settings.whole_numbers(self, "padding", padding, 2)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: padding must be at most half of kernel_size "
                f"{self.kernel_size}, got {padding!r}"
            )

    def windows(self, x):
        """The windows along rows and along columns of x (N, H, W, C)."""
        self.expect(x, (None, None, None, None))
        smallest = [
            max(1, kernel - 2 * padding)
            for kernel, padding in zip(self.kernel_size, self.padding, strict=True)
        ]
        if x.shape[1] < smallest[0] or x.shape[2] < smallest[1]:
            raise ValueError(
                f"{type(self).__name__} with kernel_size {self.kernel_size} takes images of at "
                f"least {smallest[0]}x{smallest[1]}, got x of shape {tuple(x.shape)}"
            )
        each = zip(self.kernel_size, self.stride, self.padding, x.shape[1:3], strict=True)
        return [Windows(*window) for window in each]


class AveragePool2D(Pool2D):
    """y = the mean of each window, channel by channel.

    Shapes
        x (N, H, W, C), y (N, H', W', C),  H' = ⌊(H + 2 padding - kernel) / stride⌋ + 1
    Backward
        each place gets dy / n from every window that it is in, with n places to a window

    The mean over a window is that over its rows of that over its columns, so the passes go along
    one axis after the other. `count_include_pad`: whether zeros of the padding count as places.
    kernel_size, stride (by default the kernel's size) and padding: a number, or one an axis.
    """

    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True):
        super().__init__(kernel_size, stride, padding)
        self.count_include_pad = bool(count_include_pad)

    def plan(self, x):
        windows = self.windows(x)
        places = math.prod(self.kernel_size)
        if any(self.padding) and not self.count_include_pad:
            ones = array_module(x).ones((1, *x.shape[1:3], 1), x.dtype)
            places = self.sums(ones, windows)
        return windows, places

    def apply(self, v, plan):
        windows, places = plan
        return self.sums(v, windows) / places

    def adjoint(self, dy, plan):
        windows, places = plan
        rows, columns = windows
        return spread(spread(dy / places, 2, columns), 1, rows)

    def sums(self, v, windows):
        rows, columns = windows
        return window_sums(window_sums(v, 1, rows), 2, columns)


def window_sums(v, axis, windows):
    """The sum of each window along `axis`."""
    shape = (*v.shape[:axis], windows.count, *v.shape[axis + 1:])
    total = array_module(v).zeros(shape, v.dtype)
    for window, places in windows.taps():
        total[along(axis, window)] += v[along(axis, places)]
    return total


def spread(dy, axis, windows):
    """The adjoint of window_sums: each place gets the sum of dy over the windows it is in."""
    shape = (*dy.shape[:axis], windows.size, *dy.shape[axis + 1:])
    dx = array_module(dy).zeros(shape, dy.dtype)
    for window, places in windows.taps():
        dx[along(axis, places)] += dy[along(axis, window)]
    return dx


def along(axis, part):
    """The index that takes `part` of an axis and all of the axes before and after."""
    return (slice(None),) * axis + (part,)


class MaxPool2D(Pool2D):
    """y = the largest number of each window, channel by channel.

    Shapes
        x (N, H, W, C), y (N, H', W', C),  H' = ⌊(H + 2 padding - kernel) / stride⌋ + 1
    Backward
        dy goes to the place that was picked, the first of the largest; where windows overlap,
        a place gets the sum

    The plan is the places that were picked: while they stay, y picks linearly. Padding is never
    picked, and a nan in a window makes y nan. kernel_size, stride (by default the kernel's size)
    and padding: a number, or one an axis.
    """

    piecewise_linear = True

    def forward(self, x, training=True):
        plan = rows, columns, _ = self.plan(x)
        # apply would multiply numbers that were not picked by zero, and 0 · ∞ is nan.
        y = largest(x, rows, columns) if x.dtype.kind == "f" else self.apply(x, plan)
        return self.passed(x, y, plan)

    def plan(self, x):
        rows, columns = self.windows(x)
        real = x.real
        y = largest(real, rows, columns)
        picked = []
        free = array_module(x).ones(y.shape, bool)  # windows that have picked no place yet
        for window, places in taps(rows, columns):
            pick = free[window] & (real[places] == y[window])
            free[window] = free[window] & ~pick
            picked.append(pick)
        return rows, columns, picked

    def apply(self, v, plan):
        rows, columns, picked = plan
        y = array_module(v).zeros((v.shape[0], rows.count, columns.count, v.shape[3]), v.dtype)
        for (window, places), pick in zip(taps(rows, columns), picked, strict=True):
            y[window] += v[places] * pick
        return y

    def adjoint(self, dy, plan):
        rows, columns, picked = plan
        dx = array_module(dy).zeros((dy.shape[0], rows.size, columns.size, dy.shape[3]), dy.dtype)
        for (window, places), pick in zip(taps(rows, columns), picked, strict=True):
            dx[places] += dy[window] * pick
        return dx


def taps(rows, columns):
    """The taps of both axes, as indices of images: rows first, as one reads."""
    for window_row, place_row in rows.taps():
        for window_column, place_column in columns.taps():
            yield (slice(None), window_row, window_column), (slice(None), place_row, place_column)


def largest(x, rows, columns):
    """The largest number of each window of a real x."""
    xp = array_module(x)
    y = xp.full((x.shape[0], rows.count, columns.count, x.shape[3]), -math.inf, x.dtype)
    for window, places in taps(rows, columns):
        y[window] = xp.maximum(y[window], x[places])
    return y


class GlobalAveragePool(LinearMap):
    """y = the mean over all places, channel by channel.

    Shapes
        x (N, ..., C), y (N, C)
    Backward
        each of n places gets dy / n
    """

    def plan(self, x):
        self.expect(x)
        if x.ndim < 2 or 0 in x.shape[1:-1]:
            raise ValueError(
                "GlobalAveragePool takes x of shape (N, ..., C) with at least one place, "
                f"got {tuple(x.shape)}"
            )
        return x.shape, math.prod(x.shape[1:-1])

    def apply(self, v, plan):
        shape, places = plan
        return v.reshape(shape[0], places, shape[-1]).sum(axis=1) / places

    def adjoint(self, dy, plan):
        shape, places = plan
        return array_module(dy).repeat(dy[:, None] / places, places, axis=1).reshape(shape)
