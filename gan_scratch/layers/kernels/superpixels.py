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

import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gan_scratch.layers.kernels.patches import inside
from gan_scratch.layers.kernels.transformed import add_transformed_back, known
from gan_scratch.layers.kernels.workspace import workspace
from gan_scratch.share import cut

BLOCK_BYTES = 9 << 19  # of what is in work at a time: near the cache
MOST_BLOCK_BYTES = 9 << 21  # where the weight is large
MOST_WEIGHT_BYTES = 1 << 23  # a transformed weight is 9/4 of this at the most
FEWEST_CHANNELS = 64  # on either side: below, the products are too small to save much


def suits(x, weight, geometry):
    """Whether these functions compute this convolution, and well."""
    return (
        isinstance(x, np.ndarray) and x.dtype.kind == "f"
        and geometry.kernel == (4, 4) and geometry.stride == (2, 2)
        and geometry.dilation == (1, 1) and geometry.groups == 1 and min(geometry.small) >= 2
        and min(weight.shape[2:]) >= FEWEST_CHANNELS and weight.nbytes <= MOST_WEIGHT_BYTES
    )


class Tiles:
    """Room for some images on their way through the nine products.

    padded      (images, 2 (rows + 1), 2 (columns + 1), C), zero outside of the images
    d_rows      (row tiles, images, columns + 1, 4 C): differences taken along one axis
    d           (row tiles, images, column tiles, 4 C): along both, two arrays
    m           (row tiles, images, column tiles, outputs): the products, two arrays
    m_rows      (row tiles, images, columns, outputs)
    products    [(d, m)] as stacks of matrices, four stacks of nine in all, in the order of `stacks`
    single      [(column, row, d, m)], the nine one by one

    for `rows` × `columns` outputs. Along an axis, products 0 and 2 have a tile for an odd last
    output, so they are alike and stand together: the row tiles are those of product 0, 2 and 1,
    one after the other; of the two arrays d one holds the column tiles of 0 and 2, the other those
    of 1. So what goes along the columns is done for all rows at once, and four calls multiply.
    """

    def __init__(self, images, channels, outputs, geometry, dtype):
        rows, columns = geometry.small
        pairs, tiles = rows // 2, -(-rows // 2)
        total = 2 * tiles + pairs
        self.tiles = tiles

        def places(*groups):
            """Arrays of these shapes; those of one group lie one after the other, and the groups
            over each other."""
            sizes = [[math.prod(shape) for shape in group] for group in groups]
            memory = workspace.empty((max(map(sum, sizes)),), dtype)
            for group, of_group in zip(groups, sizes, strict=True):
                ends = itertools.accumulate(of_group)
                for shape, size, end in zip(group, of_group, ends, strict=True):
                    yield memory[end - size : end].reshape(shape)

        outer, inner = -(-columns // 2), columns // 2
        alike, alone = (2, total, images, outer), (total, images, inner)
        # On the way in and back: padded - d_rows - d, products, m - m_rows. A step reads what the
        # one before has left, so every other array can lie where the last but one was.
        self.padded, *d = places(
            [(images, 2 * rows + 2, 2 * columns + 2, channels)],
            [(*alike, 2, 2, channels), (*alone, 2, 2, channels)],
        )
        d_rows, *m = places(
            [(total, images, columns + 1, 2, 2, channels)],
            [(*alike, outputs), (*alone, outputs)],
        )
        self.m_rows = workspace.empty((total, images, columns, outputs), dtype)
        self.products = [
            (d[0][:, : 2 * tiles].reshape(2, 2, -1, 4 * channels),
             m[0][:, : 2 * tiles].reshape(2, 2, -1, outputs)),
            (d[0][:, 2 * tiles :].reshape(2, -1, 4 * channels),
             m[0][:, 2 * tiles :].reshape(2, -1, outputs)),
            (d[1][: 2 * tiles].reshape(2, -1, 4 * channels),
             m[1][: 2 * tiles].reshape(2, -1, outputs)),
            (d[1][2 * tiles :].reshape(-1, 4 * channels), m[1][2 * tiles :].reshape(-1, outputs)),
        ]
        self.single = [
            (*divmod(int(place[index]), 3), d[index], m[index])
            for (d, m), place in zip(self.products, stacks(np.arange(9).reshape(3, 3)), strict=True)
            for index in np.ndindex(place.shape)
        ]
        cells = self.padded.reshape(images, rows + 1, 2, columns + 1, 2, channels)
        super_pixels = cells.transpose(1, 0, 3, 2, 4, 5)
        self.along_rows = Differences(super_pixels, *self.by_rows(d_rows), axis=0)
        self.along_columns = Differences(d_rows, *d, axis=2)
        self.sums_along_columns = Sums(*m, self.m_rows, axis=2)
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
        return Sums(*self.by_rows(self.m_rows), y.swapaxes(0, 1), axis=0)

    def by_rows(self, array):
        """The row tiles of products 0 and 2 as (2, tiles, ...), and those of product 1."""
        outer = array[: 2 * self.tiles]
        return outer.reshape(2, self.tiles, *array.shape[1:]), array[2 * self.tiles :]


def along(array, axis, start, stop=None, step=1):
    return array[(slice(None),) * axis + (slice(start, stop, step),)]


class Differences:
    """v = d0 - d1, d1, d1 - d2 for each pair of outputs along `axis`; an odd last output takes
    d0 and d1 as they are.

    v0 and v2 come as one array (2, ...), so that one call serves both: d with an axis in front,
    along which it starts one place later, is d0 and d1, or d1 and d2.
    """

    def __init__(self, d, outer, v1, axis):
        pairs = v1.shape[axis]
        self.odd = outer.shape[1 + axis] > pairs
        self.v0, self.v1, self.v2 = outer[0], v1, outer[1]
        self.d1 = along(d, axis, 1, 2 * pairs, 2)
        first = along(d, axis, 0, 2 * pairs, 2)
        self.d0_d1 = started_later(first, d, axis)
        self.d1_d2 = started_later(self.d1, d, axis)
        self.v0_v2 = along(outer, 1 + axis, 0, pairs)
        self.last = started_later(along(d, axis, 2 * pairs, 2 * pairs + 1), d, axis)
        self.odd_v0_v2 = along(outer, 1 + axis, pairs)
        # Back: two outputs have seen each even place of d but the first, and the last of pairs.
        self.start, self.start_v0 = along(first, axis, 0, 1), along(self.v0, axis, 0, 1)
        self.end, self.end_v2 = self.last[0], along(self.v2, axis, pairs - 1, pairs)
        tiles = pairs + self.odd
        self.between = along(d, axis, 2, 2 * tiles - 1, 2)
        self.next_v0 = along(self.v0, axis, 1, tiles)
        self.former_v2 = along(self.v2, axis, 0, tiles - 1)
        self.v0_of_pairs, self.v2_of_pairs = self.v0_v2

    def apply(self):
        np.subtract(self.d0_d1, self.d1_d2, out=self.v0_v2)
        self.v1[...] = self.d1
        if self.odd:
            self.odd_v0_v2[...] = self.last

    def adjoint(self):
        """d = to each place what was made of it."""
        np.subtract(self.v1, self.v0_of_pairs, out=self.d1)
        self.d1 += self.v2_of_pairs
        self.start[...] = self.start_v0
        np.subtract(self.next_v0, self.former_v2, out=self.between)
        if self.odd:
            self.last[1][...] = self.odd_v0_v2[1]
        else:
            np.negative(self.end_v2, out=self.end)


def started_later(part, d, axis):
    """(2, ...): `part`, a view into d, and the view that starts one place later along `axis`."""
    return as_strided(part, (2, *part.shape), (d.strides[axis], *part.strides))


class Sums:
    """y = m0 + m1, m1 - m2 for each pair of outputs along `axis`; m0 + m2 for an odd last one.

    m0 and m2 come as one array (2, ...).
    """

    def __init__(self, outer, m1, y, axis):
        pairs = m1.shape[axis]
        (self.m0, self.m2), self.m1 = along(outer, 1 + axis, 0, pairs), m1
        self.y0, self.y1 = (along(y, axis, first, 2 * pairs, 2) for first in range(2))
        self.odd = outer.shape[1 + axis] > pairs
        self.odd_m0_m2 = along(outer, 1 + axis, pairs)
        self.odd_y = along(y, axis, 2 * pairs)

    def apply(self):
        np.add(self.m0, self.m1, out=self.y0)
        np.subtract(self.m1, self.m2, out=self.y1)
        if self.odd:
            np.add(*self.odd_m0_m2, out=self.odd_y)

    def adjoint(self):
        """m = to each product what came of it."""
        self.m0[...] = self.y0
        np.add(self.y0, self.y1, out=self.m1)
        np.negative(self.y1, out=self.m2)
        if self.odd:
            self.odd_m0_m2[...] = self.odd_y


def stacks(g):
    """g (3, 3, ...), by the products along columns and rows, as the four stacks of the products."""
    return g[::2, ::2], g[::2, 1], g[1, ::2], g[1, 1]


def in_blocks(count, weight, geometry, dtype):
    """(images, Tiles for them) of one block after the other.

    A block has as many images as fit into BLOCK_BYTES, or into four times the room of a larger
    transformed weight, as that has to be read for each block; at least one.
    """
    channels, outputs = weight.shape[2:]
    room = max(BLOCK_BYTES, min(9 * weight.nbytes, MOST_BLOCK_BYTES))
    size = max(1, room // (numbers_an_image(geometry, channels, outputs) * dtype.itemsize))
    settings = channels, outputs, geometry, dtype
    for start, stop in cut(count, -(-count // size)):
        yield slice(start, stop), workspace.room(Tiles, stop - start, *settings)


def numbers_an_image(geometry, channels, outputs):
    """How much room one image takes in Tiles."""
    rows, columns = geometry.small
    tile_rows, tile_columns = (-(-3 * n // 2) for n in geometry.small)
    padded = 4 * (rows + 1) * (columns + 1) * channels
    d_rows, d = (4 * channels * tile_rows * width for width in (columns + 1, tile_columns))
    m, m_rows = (outputs * tile_rows * width for width in (tile_columns, columns))
    return max(padded, d) + max(d_rows, m) + m_rows


def all_places_seen(geometry):
    """Whether the kernel reaches each place of the image."""
    axes = zip(geometry.large, geometry.small, geometry.low, strict=True)
    return all(low >= 0 and large + low <= 2 * small + 2 for large, small, low in axes)


def convolve(x, weight, geometry):
    kernels = stacks(known.transformed(weight))
    y = np.empty((len(x), *geometry.small, weight.shape[-1]), x.dtype)
    for images, tiles in in_blocks(len(x), weight, geometry, x.dtype):
        tiles.transform(x[images])
        for (d, m), kernel in zip(tiles.products, kernels, strict=True):
            np.matmul(d, kernel, out=m)
        tiles.collect(y[images])
    return y


def convolve_adjoint(y, weight, geometry):
    kernels = [g.swapaxes(-1, -2) for g in stacks(known.transformed(weight))]
    shape = len(y), *geometry.large, weight.shape[2]
    x = np.empty(shape, y.dtype) if all_places_seen(geometry) else np.zeros(shape, y.dtype)
    for images, tiles in in_blocks(len(y), weight, geometry, y.dtype):
        tiles.collect_back(y[images])
        for (d, m), kernel in zip(tiles.products, kernels, strict=True):
            np.matmul(m, kernel, out=d)
        tiles.transform_back(x[images])
    return x


def add_weight_gradient(x, y, geometry, gradient):
    channels, outputs = gradient.shape[2:]
    product = np.empty((4 * channels, outputs), x.dtype)
    for images, tiles in in_blocks(len(x), gradient, geometry, x.dtype):
        tiles.transform(x[images])
        tiles.collect_back(y[images])
        for column, row, d, m in tiles.single:
            np.matmul(d.T, m, out=product)
            add_transformed_back(product, column, row, gradient)
