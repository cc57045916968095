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
import math

import numpy as np

from gan_scratch.backend import array_module
from gan_scratch.layers.kernels.loops import channel_groups
from gan_scratch.layers.kernels.parallel import available_threads, in_shares, workspace

PATCH_BYTES = 1 << 21  # of the patches that are in work at a time, on each thread: near the cache
DEVICE_PATCH_BYTES = 1 << 24  # on a device, where launching costs and caches do not matter
FEW_CHANNELS = 4  # below it the matrix is kept by columns
WORTH_SHARING = 1 << 23  # multiplications from which threads pay
SMALL_WEIGHT = 1 << 22  # bytes up to which each thread keeps a weight gradient of its own
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

    def __init__(self, images, channels, geometry, like):
        xp = array_module(like)
        self.geometry = geometry
        self.by_columns = channels < FEW_CHANNELS
        self.blocks = [
            tap_blocks(kernel, stride, dilation, 1 if self.by_columns else stride)
            for kernel, stride, dilation in zip(
                geometry.kernel, geometry.stride, geometry.dilation, strict=True
            )
        ]
        steps = [
            max(step for step, _, _ in blocks) + small
            for blocks, small in zip(self.blocks, geometry.small, strict=True)
        ]
        self.cells = [part for pair in zip(steps, geometry.stride, strict=True) for part in pair]
        self.shape = (*geometry.small, *geometry.kernel, channels)
        empty = workspace.empty if isinstance(like, np.ndarray) else xp.empty
        self.buffer = empty((images * math.prod(self.shape),), like.dtype)
        extent = [step * stride for step, stride in zip(steps, geometry.stride, strict=True)]
        if self.by_columns:
            self.padded = xp.moveaxis(empty((channels, images, *extent), like.dtype), 0, -1)
        else:
            self.padded = empty((images, *extent, channels), like.dtype)
        self.padded[...] = 0

    def matrix(self, images):
        columns = self.geometry.taps * self.shape[-1]
        used = self.buffer[: images * self.geometry.places * columns]
        return used.reshape(columns, -1).T if self.by_columns else used.reshape(-1, columns)

    def inside(self):
        """(index into the padded images, index into the images): the part that both have."""
        sizes = [
            max(0, min(large, extent - low))
            for large, low, extent in zip(
                self.geometry.large, self.geometry.low, self.padded.shape[1:-1], strict=True)
        ]
        padded = tuple(
            slice(low, low + size) for low, size in zip(self.geometry.low, sizes, strict=True)
        )
        return (slice(None), *padded), (slice(None), *(slice(size) for size in sizes))

    def pairs(self, images):
        """Pairs of views, of the patches and of the padded images, of the same numbers."""
        axes = len(self.shape) // 2
        patches = self.matrix(images).reshape(images, *self.shape)
        cells = self.padded[:images].reshape(images, *self.cells, self.shape[-1])
        order = [0, *(axis + 1 + side for axis in range(axes) for side in (0, axes)), 2 * axes + 1]
        for blocks in itertools.product(*self.blocks):
            taps = tuple(slice(first, first + count) for _, first, (_, count) in blocks)
            block = patches[(..., *taps, slice(None))].transpose(order)
            place = [slice(None)]
            for (step, _, (offset, count)), small in zip(
                blocks, self.geometry.small, strict=True
            ):
                place += [slice(step, step + small), slice(offset, offset + count)]
            yield block, cells[tuple(place)]

    def take(self, x):
        """The patches of x, as a matrix."""
        padded, inside = self.inside()
        self.padded[: len(x)][padded] = x[inside]
        for patches, image in self.pairs(len(x)):
            patches[...] = image
        return self.matrix(len(x))

    def add_back(self, x):
        """x = the adjoint of `take`: each number of the matrix added where it was taken from."""
        padded, inside = self.inside()
        self.padded[: len(x)] = 0
        for patches, image in self.pairs(len(x)):
            image += patches
        x[inside] = self.padded[: len(x)][padded]


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


def images_at_once(count, channels, geometry, like):
    """How many images' patches are taken at a time: as many as the cache holds, at least one."""
    row = geometry.taps * channels * like.dtype.itemsize
    budget = PATCH_BYTES if isinstance(like, np.ndarray) else DEVICE_PATCH_BYTES
    return max(1, min(count, budget // max(1, geometry.places * row)))


def blocks_of(start, stop, size):
    return [slice(first, min(first + size, stop)) for first in range(start, stop, size)]


def threads_for(array, weight, geometry):
    """More than one where there is enough to multiply."""
    multiplications = len(array) * geometry.places * weight.size
    if not isinstance(array, np.ndarray) or multiplications < WORTH_SHARING:
        return 1
    return available_threads()


def convolve(x, weight, geometry):
    xp = array_module(x)
    y = xp.empty((len(x), *geometry.small, weight.shape[-1]), x.dtype)
    for c, m in channel_groups(x.shape[-1], y.shape[-1], geometry.groups):
        kernel = weight[..., m].reshape(-1, m.stop - m.start)
        size = images_at_once(len(x), c.stop - c.start, geometry, x)

        def share(start, stop, c=c, m=m, kernel=kernel, size=size):
            patches = Patches(min(size, stop - start), c.stop - c.start, geometry, x)
            for block in blocks_of(start, stop, size):
                rows = patches.take(x[block, ..., c])
                y[block, ..., m] = (rows @ kernel).reshape(y[block, ..., m].shape)

        in_shares(share, len(x), threads_for(x, weight, geometry))
    return y


def convolve_adjoint(y, weight, geometry):
    xp = array_module(y)
    channels = weight.shape[-2] * geometry.groups
    x = xp.zeros((len(y), *geometry.large, channels), y.dtype)
    for c, m in channel_groups(channels, y.shape[-1], geometry.groups):
        kernel = weight[..., m].reshape(-1, m.stop - m.start)
        size = images_at_once(len(y), c.stop - c.start, geometry, y)

        def share(start, stop, c=c, m=m, kernel=kernel, size=size):
            patches = Patches(min(size, stop - start), c.stop - c.start, geometry, y)
            for block in blocks_of(start, stop, size):
                rows = y[block, ..., m].reshape(-1, m.stop - m.start)
                matrix = patches.matrix(block.stop - block.start)
                xp.matmul(rows, kernel.T, out=matrix)
                patches.add_back(x[block, ..., c])

        in_shares(share, len(y), threads_for(y, weight, geometry))
    return x


def add_weight_gradient(x, y, geometry, gradient):
    """Each thread sums over its own images, and the sums are added in the order of the images; or,
    where a sum would need much memory, over all images for some of the outputs."""
    for c, m in channel_groups(x.shape[-1], y.shape[-1], geometry.groups):
        group = x[..., c], y[..., m], geometry, gradient[..., m]
        if gradient[..., m].nbytes <= SMALL_WEIGHT:
            sum_over_images(*group)
        else:
            sum_for_outputs(*group)


def sum_over_images(x, y, geometry, gradient):
    def share(start, stop):
        total = array_module(x).zeros(gradient.shape, gradient.dtype)
        add_products(x[start:stop], y[start:stop], geometry, total)
        return total

    for total in in_shares(share, len(x), threads_for(x, gradient, geometry)):
        gradient += total


def sum_for_outputs(x, y, geometry, gradient):
    def share(start, stop):
        add_products(x, y[..., start:stop], geometry, gradient[..., start:stop])

    in_shares(share, y.shape[-1], threads_for(x, gradient, geometry))


def add_products(x, y, geometry, gradient):
    """gradient += patches(x)ᵀ y, a few images and a few rows at a time."""
    channels, outputs = x.shape[-1], y.shape[-1]
    size = images_at_once(len(x), channels, geometry, x)
    patches = Patches(min(size, len(x)), channels, geometry, x)
    rows_at_once = max(1, PRODUCT_BYTES // max(1, outputs * gradient.dtype.itemsize * channels))
    by_taps = gradient.reshape(geometry.taps, channels, outputs)
    for block in blocks_of(0, len(x), size):
        matrix, dy = patches.take(x[block]), y[block].reshape(-1, outputs)
        for taps in blocks_of(0, geometry.taps, rows_at_once):
            rows = slice(taps.start * channels, taps.stop * channels)
            by_taps[taps] += (matrix[:, rows].T @ dy).reshape(-1, channels, outputs)
