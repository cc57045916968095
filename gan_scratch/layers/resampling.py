"""Resampling: layers that give an image more places."""

import functools
import math
import operator

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.linear_map import LinearMap

MODES = ("nearest", "bilinear")


class Upsample(LinearMap):
    """`scale` times as many places along each axis between the samples and the channels.

    Shapes
        x (N, ..., C) with one to three axes between, y the same with each of these times its scale
    nearest
        y_o = x_⌊o / scale⌋              dx = the sum of dy over the places that show x
    bilinear, along one axis after the other
        y = B x                          dx = Bᵀ dy
        with B_oi = max(0, 1 - |c_o - i|) and c_o = (o + ½) / scale - ½, kept within the axis

    "bilinear" is linear along each axis, so it is linear on sequences and trilinear on volumes.
    c_o is where the middle of place o lies among the middles of the places of x: PyTorch's
    align_corners=False. `scale` is a whole number, or one an axis.
    """

    def __init__(self, scale, mode="nearest"):
        if isinstance(scale, (tuple, list)):
            self.scale = settings.positive_integers(self, "scale", scale, len(scale))
            if not 1 <= len(scale) <= 3:
                raise ValueError(f"Upsample: scale must be one to three numbers, got {scale!r}")
        else:
            self.scale = settings.positive_integer(self, "scale", scale)
        self.mode = settings.one_of(self, "mode", mode, MODES)

    def plan(self, x):
        scales = self.scales(x)
        if self.mode == "nearest":
            return scales
        sizes = x.shape[1:-1]
        return [interpolation(*pair, like=x) for pair in zip(sizes, scales, strict=True)]

    def apply(self, v, plan):
        if self.mode == "nearest":
            return repeated(v, plan)
        for axis, matrix in enumerate(plan, start=1):
            v = product_along(axis, matrix, v)
        return v

    def adjoint(self, dy, plan):
        if self.mode == "nearest":
            return summed(dy, plan)
        for axis, matrix in enumerate(plan, start=1):
            dy = product_along(axis, matrix.T, dy)
        return dy

    def scales(self, x):
        """The scale of each axis between the samples and the channels."""
        self.expect(x)
        between = x.ndim - 2
        if not 1 <= between <= 3:
            raise ValueError(
                "Upsample takes x of shape (N, ..., C) with one to three axes between, "
                f"got {tuple(x.shape)}"
            )
        scales = (self.scale,) * between if isinstance(self.scale, int) else self.scale
        if len(scales) != between:
            raise ValueError(
                f"Upsample with scale {scales} takes x with {len(scales)} axes between N and C, "
                f"got {tuple(x.shape)}"
            )
        return scales


def repeated(v, scales):
    """Each place of v (N, ..., C) shown `scale` times along each axis."""
    wide = [v.shape[0]]  # (N, H, scale, W, scale, C)
    index = [slice(None)]  # [:, :, None, :, None, :]
    for size, scale in zip(v.shape[1:-1], scales, strict=True):
        wide += [size, scale]
        index += [slice(None), None]
    y = array_module(v).empty((*wide, v.shape[-1]), v.dtype)
    y[...] = v[tuple(index)]
    sizes = [size * scale for size, scale in zip(v.shape[1:-1], scales, strict=True)]
    return y.reshape(v.shape[0], *sizes, v.shape[-1])


def summed(dy, scales):
    """The adjoint of repeated: the sum over the places that show the same one."""
    for axis, scale in enumerate(scales, start=1):
        before = (slice(None),) * axis
        shown = [dy[(*before, slice(start, None, scale))] for start in range(scale)]
        dy = functools.reduce(operator.add, shown)
    return dy


def interpolation(size, scale, like):
    """The matrix B (size · scale, size) of linear interpolation along one axis.

    Its dtype and library are those of the array `like`.
    """
    xp = array_module(like)
    centre = (xp.arange(size * scale) + 0.5) / scale - 0.5
    centre = xp.clip(centre, 0, size - 1)
    distance = abs(centre[:, None] - xp.arange(size))
    return xp.maximum(1 - distance, 0).astype(like.dtype)


def product_along(axis, matrix, v):
    """matrix @ v along one axis of v, which gets the length of the matrix's columns."""
    before, after = v.shape[:axis], v.shape[axis + 1:]
    stack = v.reshape(math.prod(before), v.shape[axis], math.prod(after))
    return (matrix @ stack).reshape(*before, matrix.shape[0], *after)


class PixelShuffle(LinearMap):
    """r² channels become r x r places (Shi et al. 2016).

    Shapes
        x (N, H, W, C r²), y (N, H r, W r, C)
        y[n, h r + i, w r + j, c] = x[n, h, w, c r² + i r + j]: PyTorch's order of channels
    Backward
        the same numbers the other way
    """

    def __init__(self, r):
        self.r = settings.positive_integer(self, "r", r)

    def plan(self, x):
        self.expect(x, (None, None, None, None))
        if x.shape[3] % self.r**2:
            raise ValueError(
                f"PixelShuffle({self.r}) takes x (N, H, W, C · {self.r**2}), got {tuple(x.shape)}"
            )
        return x.shape

    def apply(self, v, plan):
        n, height, width, channels = plan
        r, c = self.r, channels // self.r**2
        split = v.reshape(n, height, width, c, r, r)
        return split.transpose(0, 1, 4, 2, 5, 3).reshape(n, height * r, width * r, c)

    def adjoint(self, dy, plan):
        n, height, width, channels = plan
        r, c = self.r, channels // self.r**2
        split = dy.reshape(n, height, r, width, r, c)
        return split.transpose(0, 1, 3, 5, 2, 4).reshape(n, height, width, channels)


class ZeroStuffing(LinearMap):
    """factor - 1 zeros between neighbours along each axis: what a fractionally strided convolution
    convolves. x (N, ..., C), y the same with (size - 1) · factor + 1 for each size between.

    Backward      the places of x are picked from dy
    """

    def __init__(self, factor):
        self.factor = settings.positive_integer(self, "factor", factor)

    def plan(self, x):
        self.expect(x, (..., None, None, None))
        sizes = (max((size - 1) * self.factor + 1, 0) for size in x.shape[1:-1])
        picked = (slice(None), *(slice(None, None, self.factor),) * (x.ndim - 2))
        return picked, (len(x), *sizes, x.shape[-1])

    def apply(self, v, plan):
        y = array_module(v).zeros(plan[1], v.dtype)
        y[plan[0]] = v
        return y

    def adjoint(self, dy, plan):
        return dy[plan[0]]
