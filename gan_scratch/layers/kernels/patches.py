"""Convolution by patches: what the kernel sees at each place as one row of a matrix.

    convolve            y = patches(x) W
    convolve_adjoint    x = patchesᵀ(y Wᵀ)
    weight_gradient     dW = patches(x)ᵀ y

with W as a matrix (taps · C, M). `patches` copies each image place to all rows that see it;
`patchesᵀ` adds them back. The matrix is larger than the image by the number of taps, so it is
taken for a few images at a time, which keeps it in the processor's cache and memory low.
`loops.py` says what the results mean.
"""

import itertools

import numpy as np

from gan_scratch.backend import array_module
from gan_scratch.layers.kernels.loops import channel_groups
from gan_scratch.layers.kernels.workspace import workspace
from gan_scratch.share import cut

PATCH_BYTES = 1 << 21  # of the patches that are in work at a time: near the cache
DEVICE_PATCH_BYTES = 1 << 24  # on a device, where launching costs and caches do not matter
FEW_CHANNELS = 4  # below it the matrix is kept by columns
PRODUCT_BYTES = 1 << 22  # of one product on its way into a weight gradient


class Patches:
    """The patches of some images, and the padded images that they are taken from.

    matrix      (images · places, taps · C)
    padded      (images, *extent, C), zero outside of the images

    Taps within one stride of each other form a block: they see neighbouring places, so all of
    them are copied at once. With a stride of 2, a kernel of 4 × 4 is 4 blocks of 2 × 2.

    A copy is fast if long runs of it are neighbours in memory. With many channels these are the
    runs; with few, the matrix is kept column by column, the blocks are single taps, and
    neighbouring places are the runs.
    """

    def __init__(self, images, channels, geometry, dtype, xp=np):
        empty = workspace.empty if xp is np else xp.empty
        by_columns = channels < FEW_CHANNELS
        blocks = [
            tap_blocks(kernel, stride, dilation, 1 if by_columns else stride)
            for kernel, stride, dilation in zip(
                geometry.kernel, geometry.stride, geometry.dilation, strict=True
            )
        ]
        steps = [
            max(step for step, _, _ in along) + small
            for along, small in zip(blocks, geometry.small, strict=True)
        ]
        extent = [step * stride for step, stride in zip(steps, geometry.stride, strict=True)]
        rows, columns = images * geometry.places, geometry.taps * channels
        if by_columns:
            self.matrix = empty((columns, rows), dtype).T
            self.padded = xp.moveaxis(empty((channels, images, *extent), dtype), 0, -1)
        else:
            self.matrix = empty((rows, columns), dtype)
            self.padded = empty((images, *extent, channels), dtype)
        self.inside, self.image = inside(geometry, extent)
        patches = self.matrix.reshape(images, *geometry.small, *geometry.kernel, channels)
        cells = [part for pair in zip(steps, geometry.stride, strict=True) for part in pair]
        self.pairs = list(pairs(
            patches, self.padded.reshape(images, *cells, channels), blocks, geometry.small
        ))

    def take(self, x):
        """Fill the matrix with the patches of x."""
        self.padded[...] = 0
        self.padded[self.inside] = x[self.image]
        for patches, image in self.pairs:
            patches[...] = image

    def add_back(self, x):
        """x = the adjoint of `take`: each number of the matrix added where it was taken from."""
        self.padded[...] = 0
        for patches, image in self.pairs:
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


def pairs(patches, cells, blocks, small):
    """Pairs of views that hold the same numbers, of the patches (images, *small, *kernel, C) and of
    the padded images (images, steps, stride, steps, stride, ..., C): one for each block of taps."""
    axes = len(small)
    order = [0, *(1 + axis + side for axis in range(axes) for side in (0, axes)), 2 * axes + 1]
    for along in itertools.product(*blocks):
        taps = tuple(slice(first, first + count) for _, first, (_, count) in along)
        place = [slice(None)]
        for (step, _, (offset, count)), places in zip(along, small, strict=True):
            place += [slice(step, step + places), slice(offset, offset + count)]
        yield patches[(..., *taps, slice(None))].transpose(order), cells[tuple(place)]


def tap_blocks(kernel, stride, dilation, length):
    """[(step, first tap, (offset, count))]: blocks of at most `length` taps along one axis.

    The block's taps see `step` strides and `offset` places behind the patch's first place.
    """
    length = length if dilation == 1 else 1
    blocks = []
    for first in range(0, kernel, length):
        step, offset = divmod(first * dilation, stride)
        blocks.append((step, first, (offset, min(length, kernel - first))))
    return blocks


def in_blocks(array, channels, geometry):
    """(images, Patches for them) of one block after the other, as many as the cache holds."""
    on_host = isinstance(array, np.ndarray)
    image_bytes = geometry.places * geometry.taps * channels * array.dtype.itemsize
    size = max(1, (PATCH_BYTES if on_host else DEVICE_PATCH_BYTES) // max(1, image_bytes))
    for start, stop in cut(len(array), -(-len(array) // size)):
        settings = stop - start, channels, geometry, array.dtype
        patches = workspace.room(Patches, *settings) if on_host else Patches(
            *settings, array_module(array)
        )
        yield slice(start, stop), patches


def convolve(x, weight, geometry):
    xp = array_module(x)
    y = xp.empty((len(x), *geometry.small, weight.shape[-1]), x.dtype)
    for c, m in channel_groups(x.shape[-1], y.shape[-1], geometry.groups):
        kernel = weight[..., m].reshape(-1, m.stop - m.start)
        for images, patches in in_blocks(x, c.stop - c.start, geometry):
            patches.take(x[images, ..., c])
            y[images, ..., m] = (patches.matrix @ kernel).reshape(y[images, ..., m].shape)
    return y


def convolve_adjoint(y, weight, geometry):
    xp = array_module(y)
    channels = weight.shape[-2] * geometry.groups
    x = xp.zeros((len(y), *geometry.large, channels), y.dtype)
    for c, m in channel_groups(channels, y.shape[-1], geometry.groups):
        kernel = weight[..., m].reshape(-1, m.stop - m.start)
        for images, patches in in_blocks(y, c.stop - c.start, geometry):
            rows = y[images, ..., m].reshape(-1, m.stop - m.start)
            xp.matmul(rows, kernel.T, out=patches.matrix)
            patches.add_back(x[images, ..., c])
    return x


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
