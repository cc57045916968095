"""Convolution by patches: what the kernel sees at each place as one row of a matrix.

    convolve            y = patches(x) W
    convolve_adjoint    x = patches(y) Ŵ, or patchesᵀ(y Wᵀ)
    weight_gradient     dW = patches(x)ᵀ y

with W as a matrix (taps · C, M). `patches` copies each image place to all rows that see it;
`patchesᵀ` adds them back. The matrix is larger than the image by the number of taps, so it is
taken for a few images at a time, which keeps it in the processor's cache and memory low.
`loops.py` says what the results mean.

Adding back is slow, as its runs are short, and most adjoints do without. With a stride of s, take
s × s places of the image together as one super-pixel: place p = s u + r is part r of super-pixel u.
Along an axis, tap t = s τ + r connects y[u - τ] with that place, so

    x[s u + r] = Σ_τ y[u - τ] W[s τ + r]ᵀ

which is a convolution of y again, with a stride of 1 and s² C channels that come out: its weight Ŵ
is W in another order, with zeros where a kernel has no tap s τ + r.
"""

import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gan_scratch.backend import array_module
from gan_scratch.layers.kernels.geometry import Geometry
from gan_scratch.layers.kernels.loops import channel_groups
from gan_scratch.layers.kernels.workspace import workspace
from gan_scratch.share import cut

PATCH_BYTES = 1 << 19  # of the patches that are in work at a time: near the cache
COLUMN_BYTES = 1 << 21  # where they are kept by columns: long ones
DEVICE_PATCH_BYTES = 1 << 24  # on a device, where launching costs and caches do not matter
FEW_CHANNELS = 4  # below it the matrix is kept by columns
MOST_IN_VAIN = 1.6  # products for each connection, from which on adding back is quicker
PRODUCT_BYTES = 1 << 22  # of one product on its way into a weight gradient


class Patches:
    """The patches of some images, and the padded images that they are taken from.

    matrix      (images · places, taps · C)
    padded      (images, *extent, C), zero outside of the images
    by_taps     the matrix as (images, *places, *taps, C)

    A copy is fast if long runs of it are neighbours in memory. With many channels these are the
    taps of a row; with few, the matrix is kept column by column, and neighbouring places are.
    """

    def __init__(self, images, channels, geometry, dtype, xp=np):
        empty = workspace.empty if xp is np else xp.empty
        extent = [
            (small - 1) * stride + (kernel - 1) * dilation + 1
            for _, small, kernel, stride, dilation, _ in geometry.axes()
        ]
        rows, columns = images * geometry.places, geometry.taps * channels
        if channels < FEW_CHANNELS:
            self.matrix = empty((columns, rows), dtype).T
            self.padded = xp.moveaxis(empty((channels, images, *extent), dtype), 0, -1)
        else:
            self.matrix = empty((rows, columns), dtype)
            self.padded = empty((images, *extent, channels), dtype)
        self.inside, self.image = inside(geometry, extent)
        self.by_taps = self.matrix.reshape(images, *geometry.small, *geometry.kernel, channels)
        self.geometry = geometry
        self.seen = seen(self.padded, geometry) if xp is np else None

    def each_tap(self):
        """(what the matrix has of a tap, where it is in the padded images), views of one shape."""
        for taps in itertools.product(*map(range, self.geometry.kernel)):
            places, axes = [slice(None)], zip(taps, self.geometry.axes(), strict=True)
            for tap, (_, small, _, stride, dilation, _) in axes:
                first = tap * dilation
                places.append(slice(first, first + (small - 1) * stride + 1, stride))
            yield self.by_taps[(..., *taps, slice(None))], self.padded[tuple(places)]

    def take(self, x):
        """Fill the matrix with the patches of x."""
        self.padded[...] = 0
        self.padded[self.inside] = x[self.image]
        if self.seen is not None:
            self.by_taps[...] = self.seen
            return
        for patches, image in self.each_tap():
            patches[...] = image

    def add_back(self, x):
        """x = the adjoint of `take`: each number of the matrix added where it was taken from."""
        self.padded[...] = 0
        for patches, image in self.each_tap():
            image += patches
        x[self.image] = self.padded[self.inside]


def inside(geometry, extent):
    """(index into the padded images, index into the images): the part that both have."""
    padded, image = [slice(None)], [slice(None)]
    for low, large, length in zip(geometry.low, geometry.large, extent, strict=True):
        size = max(0, min(large, length - low))
        padded.append(slice(low, low + size))
        image.append(slice(size))
    return tuple(padded), tuple(image)


def seen(padded, geometry):
    """What every tap sees from every place, (images, *places, *taps, C): a view in which the same
    number lies many times, to be read only."""
    of_image, *along, of_channel = padded.strides
    by_place = [step * stride for step, stride in zip(along, geometry.stride, strict=True)]
    by_tap = [step * dilation for step, dilation in zip(along, geometry.dilation, strict=True)]
    return as_strided(
        padded, (len(padded), *geometry.small, *geometry.kernel, padded.shape[-1]),
        (of_image, *by_place, *by_tap, of_channel), writeable=False,
    )


def in_blocks(array, channels, geometry):
    """(images, Patches for them) of one block after the other, as many as the cache holds."""
    on_host = isinstance(array, np.ndarray)
    image_bytes = geometry.places * geometry.taps * channels * array.dtype.itemsize
    most = COLUMN_BYTES if channels < FEW_CHANNELS else PATCH_BYTES
    size = max(1, (most if on_host else DEVICE_PATCH_BYTES) // max(1, image_bytes))
    for start, stop in cut(len(array), -(-len(array) // size)):
        settings = stop - start, channels, geometry, array.dtype
        if on_host:
            yield slice(start, stop), workspace.room(Patches, *settings)
        else:
            yield slice(start, stop), Patches(*settings, array_module(array))


def convolve(x, weight, geometry):
    xp = array_module(x)
    y = xp.empty((len(x), *geometry.small, weight.shape[-1]), x.dtype)
    for c, m in channel_groups(x.shape[-1], y.shape[-1], geometry.groups):
        kernel = weight[..., m].reshape(-1, m.stop - m.start)
        for images, patches in in_blocks(x, c.stop - c.start, geometry):
            patches.take(x[images, ..., c])
            if geometry.groups == 1:
                xp.matmul(patches.matrix, kernel, out=y[images].reshape(-1, y.shape[-1]))
            else:
                y[images, ..., m] = (patches.matrix @ kernel).reshape(y[images, ..., m].shape)
    return y


def convolve_adjoint(y, weight, geometry):
    xp = array_module(y)
    channels = weight.shape[-2] * geometry.groups
    x = xp.zeros((len(y), *geometry.large, channels), y.dtype)
    dual = of_super_pixels(geometry)
    for c, m in channel_groups(channels, y.shape[-1], geometry.groups):
        if c.stop - c.start >= FEW_CHANNELS and in_vain(geometry, dual) < MOST_IN_VAIN:
            add_super_pixels(x[..., c], y[..., m], weight[..., m], geometry, dual)
        else:
            add_patches_back(x[..., c], y[..., m], weight[..., m], geometry)
    return x


def add_patches_back(x, y, weight, geometry):
    kernel = weight.reshape(-1, weight.shape[-1])
    for images, patches in in_blocks(y, x.shape[-1], geometry):
        rows = y[images].reshape(-1, y.shape[-1])
        array_module(y).matmul(rows, kernel.T, out=patches.matrix)
        patches.add_back(x[images])


def of_super_pixels(geometry):
    """The convolution of y that gives the image by super-pixels, of those that y reaches."""
    kernel = tuple(-(-k // s) for k, s in zip(geometry.kernel, geometry.stride, strict=True))
    first = first_super_pixel(geometry)
    last = ((low + large - 1) // stride for large, _, _, stride, _, low in geometry.axes())
    ones = (1,) * len(kernel)
    return Geometry(
        large=geometry.small, kernel=kernel, stride=ones, dilation=ones,
        small=tuple(b - a + 1 for a, b in zip(first, last, strict=True)),
        low=tuple(k - 1 - a for k, a in zip(kernel, first, strict=True)),
    )


def first_super_pixel(geometry):
    """The first super-pixel with a place of the image; at most the last one that y[0] reaches."""
    return tuple(
        min(low // stride, -(-kernel // stride) - 1)
        for _, _, kernel, stride, _, low in geometry.axes()
    )


def in_vain(geometry, dual):
    """How many products the way by super-pixels makes for each connection."""
    if any(dilation > 1 for dilation in geometry.dilation):
        return math.inf
    made = dual.places * dual.taps * math.prod(geometry.stride)
    return made / (geometry.places * geometry.taps)


def add_super_pixels(x, y, weight, geometry, dual):
    xp, axes = array_module(y), len(geometry.kernel)
    stride, channels, outputs = geometry.stride, *weight.shape[-2:]
    # Ŵ: (τ, r, τ, r, ..., C, M) -> (τ from behind, ..., M, r, ..., C)
    whole = [taps * s for taps, s in zip(dual.kernel, stride, strict=True)]
    padded = xp.zeros((*whole, channels, outputs), weight.dtype)
    padded[tuple(map(slice, geometry.kernel))] = weight
    taps_and_parts = itertools.chain(*zip(dual.kernel, stride, strict=True))
    parts = padded.reshape(*taps_and_parts, channels, outputs)
    tau, r = range(0, 2 * axes, 2), range(1, 2 * axes, 2)
    turned = parts[tuple(slice(None, None, -1 if axis % 2 == 0 else 1) for axis in range(2 * axes))]
    kernel = turned.transpose(*tau, 2 * axes + 1, *r, 2 * axes).reshape(dual.taps * outputs, -1)
    first = first_super_pixel(geometry)
    image = (slice(None), *(
        slice(low - a * s, low - a * s + large)
        for a, (large, _, _, s, _, low) in zip(first, geometry.axes(), strict=True)
    ))
    in_order = [0, *(1 + axis + part * axes for axis in range(axes) for part in (0, 1)), -1]
    size = [places * s for places, s in zip(dual.small, stride, strict=True)]
    for images, patches in in_blocks(y, outputs, dual):
        patches.take(y[images])
        super_pixels = (patches.matrix @ kernel).reshape(-1, *dual.small, *stride, channels)
        x[images] = super_pixels.transpose(in_order).reshape(-1, *size, channels)[image]


def add_weight_gradient(x, y, geometry, gradient):
    for c, m in channel_groups(x.shape[-1], y.shape[-1], geometry.groups):
        add_products(x[..., c], y[..., m], geometry, gradient[..., m])


def add_products(x, y, geometry, gradient):
    """gradient += patches(x)ᵀ y, a few images and a few taps at a time."""
    channels, outputs = x.shape[-1], y.shape[-1]
    tap_bytes = channels * outputs * gradient.dtype.itemsize
    taps_at_once = max(1, PRODUCT_BYTES // max(1, tap_bytes))
    by_taps = gradient.reshape(geometry.taps, channels, outputs)
    for images, patches in in_blocks(x, channels, geometry):
        patches.take(x[images])
        dy = y[images].reshape(-1, outputs)
        for first in range(0, geometry.taps, taps_at_once):
            taps = slice(first, min(first + taps_at_once, geometry.taps))
            columns = patches.matrix[:, taps.start * channels : taps.stop * channels]
            by_taps[taps] += (columns.T @ dy).reshape(-1, channels, outputs)
