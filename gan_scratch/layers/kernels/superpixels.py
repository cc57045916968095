"""A 4 × 4 convolution with a stride of 2 in 9 matrix products instead of 16.

Take 2 × 2 pixels together as one super-pixel of 4 C channels: the kernel is then 2 × 2 with a
stride of 1. Along one axis two of its outputs take three super-pixels d and two taps g,

    y0 = d0 g0 + d1 g1        y1 = d1 g0 + d2 g1

which are four products, and three will do:

    m0 = (d0 - d1) g0         m1 = d1 (g0 + g1)         m2 = (d1 - d2) g1
    y0 = m0 + m1              y1 = m1 - m2

(Winograd 1980; Lavin and Gray 2016 call it F(2, 2).) An odd output at the end takes its two,
m0 = d0 g0 and m2 = d1 g1. With both axes, 9 products make 4 outputs:

    D = transform(x)      G = transformed(W)      M_k = D_k G_k, k = 1 ... 9      y = collect(M)

Each step is linear, so the two backward passes are the transposed steps in the other order:

    dx = transformᵀ(dM_k G_kᵀ)       dW = transformedᵀ(D_kᵀ dM_k)       with dM = collectᵀ(dy)
"""

import functools
import operator

import numpy as np

from gan_scratch.layers.kernels.parallel import (
    available_threads,
    in_shares,
    shares,
    workspace,
)
from gan_scratch.layers.kernels.patches import inside

BLOCK_BYTES = 6 << 20  # of what is in work at a time, on each thread: near the cache
MOST_WEIGHT_BYTES = 1 << 21  # a transformed weight is 9/4 of this at the most
FEWEST_CHANNELS = 64  # on either side: below, the products are too small to save much


def suits(x, weight, geometry):
    """Whether these functions compute this convolution, and well."""
    return (
        isinstance(x, np.ndarray)
        and x.dtype.kind == "f"
        and geometry.kernel == (4, 4)
        and geometry.stride == (2, 2)
        and geometry.dilation == (1, 1)
        and geometry.groups == 1
        and min(geometry.small) >= 2
        and min(weight.shape[2:]) >= FEWEST_CHANNELS
        and weight.nbytes <= MOST_WEIGHT_BYTES
    )


class Tiles:
    """Room for some images on their way through the nine products.

    padded      (images, 2 (rows + 1), 2 (columns + 1), C), zero outside of the images
    d_rows      (row tiles, images, columns + 1, 4 C): differences taken along one axis
    d           (row tiles, images, column tiles, 4 C): along both, two arrays
    m           (row tiles, images, column tiles, outputs): the products, two arrays
    m_rows      (row tiles, images, columns, outputs)
    products    [(d, m)] as stacks of matrices, four stacks of nine in all, in the order of `stacks`

    for `rows` × `columns` outputs. Along an axis, products 0 and 2 have a tile for an odd last
    output, so they are alike and stand together: the row tiles are those of product 0, 2 and 1,
    one after the other; of the two arrays d one holds the column tiles of 0 and 2, the other those
    of 1. So what goes along the columns is done for all rows at once, and four calls multiply.
    """

    def __init__(self, images, channels, outputs, geometry, dtype):
        rows, columns = geometry.small
        pairs, tiles = rows // 2, -(-rows // 2)
        total = 2 * tiles + pairs
        self.row_parts = [slice(tiles), slice(2 * tiles, total), slice(tiles, 2 * tiles)]

        def room(*shape):
            return workspace.empty(shape, dtype)

        self.padded = room(images, 2 * rows + 2, 2 * columns + 2, channels)
        d_rows = room(total, images, columns + 1, 2, 2, channels)
        outer, inner = -(-columns // 2), columns // 2
        alike, alone = (2, total, images, outer), (total, images, inner)
        d = room(*alike, 2, 2, channels), room(*alone, 2, 2, channels)
        m = room(*alike, outputs), room(*alone, outputs)
        self.m_rows = room(total, images, columns, outputs)
        self.products = [
            (d[0][:, : 2 * tiles].reshape(2, 2, -1, 4 * channels),
             m[0][:, : 2 * tiles].reshape(2, 2, -1, outputs)),
            (d[0][:, 2 * tiles :].reshape(2, -1, 4 * channels),
             m[0][:, 2 * tiles :].reshape(2, -1, outputs)),
            (d[1][: 2 * tiles].reshape(2, -1, 4 * channels),
             m[1][: 2 * tiles].reshape(2, -1, outputs)),
            (d[1][2 * tiles :].reshape(-1, 4 * channels), m[1][2 * tiles :].reshape(-1, outputs)),
        ]
        cells = self.padded.reshape(images, rows + 1, 2, columns + 1, 2, channels)
        super_pixels = cells.transpose(1, 0, 3, 2, 4, 5)
        self.along_rows = Differences(super_pixels, [d_rows[part] for part in self.row_parts], 0)
        self.along_columns = Differences(d_rows, (d[0][0], d[1], d[0][1]), axis=2)
        self.sums_along_columns = Sums((m[0][0], m[1], m[0][1]), self.m_rows, axis=2)
        self.inside, self.image = inside(geometry, self.padded.shape[1:3])

    def transform(self, x):
        """Fill the d of the products from the images x."""
        self.padded[...] = 0
        self.padded[self.inside] = x[self.image]
        self.along_rows.apply()
        self.along_columns.apply()

    def transform_back(self, x):
        """x = the adjoint of `transform` at d."""
        self.along_columns.adjoint()
        self.along_rows.adjoint()
        x[self.image] = self.padded[self.inside]

    def collect(self, y):
        """Fill the outputs y from the m of the products."""
        self.sums_along_columns.apply()
        self.sums_along_rows(y).apply()

    def collect_back(self, dy):
        """Fill m with the adjoint of `collect` at dy."""
        self.sums_along_rows(dy).adjoint()
        self.sums_along_columns.adjoint()

    def sums_along_rows(self, y):
        return Sums([self.m_rows[part] for part in self.row_parts], y.swapaxes(0, 1), axis=0)


def along(array, axis, start, stop=None, step=1):
    return array[(slice(None),) * axis + (slice(start, stop, step),)]


class Differences:
    """v = d0 - d1, d1, d1 - d2 for each pair of outputs along `axis`; an odd last output takes
    d0 and d1 as they are."""

    def __init__(self, d, v, axis):
        pairs = v[1].shape[axis]
        self.d0, self.d1, self.d2 = (
            along(d, axis, first, first + 2 * pairs - 1, 2) for first in range(3)
        )
        self.v0, self.v1, self.v2 = along(v[0], axis, 0, pairs), v[1], along(v[2], axis, 0, pairs)
        self.rest = along(d, axis, 2 * pairs)  # of the last pair d2; behind it, an odd output's
        self.odd = v[0].shape[axis] > pairs
        self.odd_d0, self.odd_v0 = along(d, axis, 2 * pairs, -1), along(v[0], axis, pairs)
        self.odd_d1, self.odd_v2 = along(d, axis, 2 * pairs + 1), along(v[2], axis, pairs)

    def apply(self):
        np.subtract(self.d0, self.d1, out=self.v0)
        self.v1[...] = self.d1
        np.subtract(self.d1, self.d2, out=self.v2)
        if self.odd:
            self.odd_v0[...] = self.odd_d0
            self.odd_v2[...] = self.odd_d1

    def adjoint(self):
        """d = to each place what was made of it."""
        self.d0[...] = self.v0
        self.rest[...] = 0
        self.d2 -= self.v2
        np.subtract(self.v1, self.v0, out=self.d1)
        self.d1 += self.v2
        if self.odd:
            self.odd_d0 += self.odd_v0
            self.odd_d1 += self.odd_v2


class Sums:
    """y = m0 + m1, m1 - m2 for each pair of outputs along `axis`; m0 + m2 for an odd last one."""

    def __init__(self, m, y, axis):
        pairs = m[1].shape[axis]
        self.m0, self.m1, self.m2 = along(m[0], axis, 0, pairs), m[1], along(m[2], axis, 0, pairs)
        self.y0, self.y1 = (along(y, axis, first, 2 * pairs, 2) for first in range(2))
        self.odd = m[0].shape[axis] > pairs
        self.odd_m0, self.odd_m2 = along(m[0], axis, pairs), along(m[2], axis, pairs)
        self.odd_y = along(y, axis, 2 * pairs)

    def apply(self):
        np.add(self.m0, self.m1, out=self.y0)
        np.subtract(self.m1, self.m2, out=self.y1)
        if self.odd:
            np.add(self.odd_m0, self.odd_m2, out=self.odd_y)

    def adjoint(self):
        """m = to each product what came of it."""
        self.m0[...] = self.y0
        np.add(self.y0, self.y1, out=self.m1)
        np.negative(self.y1, out=self.m2)
        if self.odd:
            self.odd_m0[...] = self.odd_y
            self.odd_m2[...] = self.odd_y


def stacks(g):
    """g (3, 3, ...), by the products along columns and rows, as the four stacks of the products."""
    return g[::2, ::2], g[::2, 1], g[1, ::2], g[1, 1]


def transformed(weight):
    """G (3, 3, 4 C, M) of W (4, 4, C, M): g0, g0 + g1, g1 along columns and along rows."""
    channels, outputs = weight.shape[2:]
    taps = weight.reshape(2, 2, 2, 2, channels, outputs).transpose(2, 0, 1, 3, 4, 5)
    g = np.empty((3, 3, *taps.shape[2:]), weight.dtype)
    g[::2, ::2] = taps
    np.add(taps[:, 0], taps[:, 1], out=g[::2, 1])
    np.add(g[0], g[2], out=g[1])
    return g.reshape(3, 3, 4 * channels, outputs)


def add_transformed_back(g, gradient):
    """Add the adjoint of `transformed` at dG to dW (4, 4, C, M)."""
    channels, outputs = gradient.shape[2:]
    both = g.reshape(3, 3, 2, 2, channels, outputs)
    taps = gradient.reshape(2, 2, 2, 2, channels, outputs).transpose(2, 0, 1, 3, 4, 5)
    for column in range(2):
        of_column = both[column] + both[column + 1]
        for row in range(2):
            taps[column, row] += of_column[row]
            taps[column, row] += of_column[row + 1]


def in_blocks(work, count, weight, geometry, dtype):
    """[what one thread's images add up to]: work(tiles, images, sum so far) for each block.

    A block has as many images as fit into BLOCK_BYTES, at least one.
    """
    channels, outputs = weight.shape[2:]
    size = max(1, BLOCK_BYTES // (numbers_an_image(geometry, channels, outputs) * dtype.itemsize))

    def share(start, stop):
        total = None
        for first, last in shares(stop - start, -(-(stop - start) // size)):
            tiles = workspace.room(Tiles, last - first, channels, outputs, geometry, dtype)
            total = work(tiles, slice(start + first, start + last), total)
        return total

    return in_shares(share, count, available_threads())


def numbers_an_image(geometry, channels, outputs):
    """How much room one image takes in Tiles."""
    rows, columns = geometry.small
    tile_rows, tile_columns = (-(-3 * n // 2) for n in geometry.small)
    padded = 4 * (rows + 1) * (columns + 1) * channels
    d = 4 * channels * tile_rows * (columns + 1 + tile_columns)
    m = outputs * tile_rows * (columns + tile_columns)
    return padded + d + m


def convolve(x, weight, geometry):
    kernels = stacks(transformed(weight))
    y = np.empty((len(x), *geometry.small, weight.shape[-1]), x.dtype)

    def block(tiles, images, _):
        tiles.transform(x[images])
        for (d, m), kernel in zip(tiles.products, kernels, strict=True):
            np.matmul(d, kernel, out=m)
        tiles.collect(y[images])

    in_blocks(block, len(x), weight, geometry, x.dtype)
    return y


def convolve_adjoint(y, weight, geometry):
    kernels = [kernel.swapaxes(-1, -2) for kernel in stacks(transformed(weight))]
    x = np.zeros((len(y), *geometry.large, weight.shape[2]), y.dtype)

    def block(tiles, images, _):
        tiles.collect_back(y[images])
        for (d, m), kernel in zip(tiles.products, kernels, strict=True):
            np.matmul(m, kernel, out=d)
        tiles.transform_back(x[images])

    in_blocks(block, len(y), weight, geometry, y.dtype)
    return x


def add_weight_gradient(x, y, geometry, gradient):
    channels, outputs = gradient.shape[2:]

    def block(tiles, images, total):
        tiles.transform(x[images])
        tiles.collect_back(y[images])
        found = np.empty((3, 3, 4 * channels, outputs), x.dtype)
        for (d, m), part in zip(tiles.products, stacks(found), strict=True):
            np.matmul(d.swapaxes(-1, -2), m, out=part)
        return found if total is None else np.add(total, found, out=total)

    totals = in_blocks(block, len(x), gradient, geometry, x.dtype)
    if len(x):
        add_transformed_back(functools.reduce(operator.iadd, totals), gradient)
