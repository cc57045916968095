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

import numpy as np

from gan_scratch.layers.kernels.parallel import available_threads, in_shares, workspace

BLOCK_BYTES = 1 << 22  # of what is in work at a time, on each thread: near the cache
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
    d[a][b]     (images, tiles of a, tiles of b, 4 C): what product 3 a + b takes
    m[a][b]     (images, tiles of a, tiles of b, outputs): what it gives
    kernel      (4 C, outputs): one product of a weight gradient

    for `rows` × `columns` outputs. Products 0 and 2 of an axis have a tile for an odd last output.
    """

    def __init__(self, images, channels, outputs, geometry, dtype):
        self.geometry = geometry
        rows, columns = geometry.small
        of_rows, of_columns = ((-(-n // 2), n // 2, -(-n // 2)) for n in geometry.small)

        def room(*shape):
            return workspace.empty((images, *shape), dtype)

        self.padded = room(2 * rows + 2, 2 * columns + 2, channels)
        self.padded[...] = 0
        self.d_rows = [room(a, columns + 1, 2, 2, channels) for a in of_rows]
        self.d = [[room(a, b, 2, 2, channels) for b in of_columns] for a in of_rows]
        self.m_rows = [room(a, columns, outputs) for a in of_rows]
        self.m = [[room(a, b, outputs) for b in of_columns] for a in of_rows]
        self.kernel = workspace.empty((4 * channels, outputs), dtype)

    def super_pixels(self, images):
        """A view of the padded images: (images, rows + 1, columns + 1, 2, 2, C)."""
        rows, columns = self.geometry.small
        cells = self.padded[:images].reshape(images, rows + 1, 2, columns + 1, 2, -1)
        return cells.transpose(0, 1, 3, 2, 4, 5)

    def inside(self):
        """(index into the padded images, index into the images): the part that both have."""
        padded, image = [slice(None)], [slice(None)]
        for low, large, extent in zip(
            self.geometry.low, self.geometry.large, self.padded.shape[1:3], strict=True
        ):
            size = max(0, min(large, extent - low))
            padded.append(slice(low, low + size))
            image.append(slice(size))
        return tuple(padded), tuple(image)

    def transform(self, x):
        """Fill d from the images x."""
        padded, image = self.inside()
        self.padded[: len(x)][padded] = x[image]
        differences(self.super_pixels(len(x)), [part[: len(x)] for part in self.d_rows], axis=1)
        for part, row in zip(self.d_rows, self.d, strict=True):
            differences(part[: len(x)], [room[: len(x)] for room in row], axis=2)

    def transform_back(self, x):
        """x = the adjoint of `transform` at d."""
        padded, image = self.inside()
        for part, row in zip(self.d_rows, self.d, strict=True):
            differences_back([room[: len(x)] for room in row], part[: len(x)], axis=2)
        parts = [part[: len(x)] for part in self.d_rows]
        differences_back(parts, self.super_pixels(len(x)), axis=1)
        x[image] = self.padded[: len(x)][padded]

    def collect(self, y):
        """Fill the outputs y from m."""
        for part, row in zip(self.m_rows, self.m, strict=True):
            sums([room[: len(y)] for room in row], part[: len(y)], axis=2)
        sums([part[: len(y)] for part in self.m_rows], y, axis=1)

    def collect_back(self, dy):
        """Fill m with the adjoint of `collect` at dy."""
        sums_back(dy, [part[: len(dy)] for part in self.m_rows], axis=1)
        for part, row in zip(self.m_rows, self.m, strict=True):
            sums_back(part[: len(dy)], [room[: len(dy)] for room in row], axis=2)

    def products(self, images):
        """(d, m) of each of the nine products, as matrices."""
        for d_row, m_row in zip(self.d, self.m, strict=True):
            for d, m in zip(d_row, m_row, strict=True):
                tiles = images * d.shape[1] * d.shape[2]
                yield d[:images].reshape(tiles, -1), m[:images].reshape(tiles, -1)


def along(array, axis, start, stop=None, step=1):
    return array[(slice(None),) * axis + (slice(start, stop, step),)]


def triples(d, pairs, axis):
    """d0, d1, d2 of each pair of outputs along `axis`."""
    return (along(d, axis, first, first + 2 * pairs - 1, 2) for first in range(3))


def differences(d, out, axis):
    """out = d0 - d1, d1, d1 - d2 for each pair; d0, nothing, d1 for an odd last output."""
    pairs = out[1].shape[axis]
    d0, d1, d2 = triples(d, pairs, axis)
    np.subtract(d0, d1, out=along(out[0], axis, 0, pairs))
    out[1][...] = d1
    np.subtract(d1, d2, out=along(out[2], axis, 0, pairs))
    along(out[0], axis, pairs)[...] = along(d, axis, 2 * pairs, -1)
    along(out[2], axis, pairs)[...] = along(d, axis, 2 * pairs + 1)


def differences_back(parts, d, axis):
    """d = the adjoint of `differences`: to each place what was made of it."""
    pairs = parts[1].shape[axis]
    d0, d1, d2 = triples(d, pairs, axis)
    first, last = along(parts[0], axis, 0, pairs), along(parts[2], axis, 0, pairs)
    d0[...] = first
    along(d, axis, 2 * pairs)[...] = 0
    d2 -= last
    np.subtract(parts[1], first, out=d1)
    d1 += last
    odd = along(d, axis, 2 * pairs, -1)
    odd += along(parts[0], axis, pairs)
    odd = along(d, axis, 2 * pairs + 1)
    odd += along(parts[2], axis, pairs)


def sums(m, y, axis):
    """y = m0 + m1, m1 - m2 for each pair; m0 + m2 for an odd last output."""
    pairs = m[1].shape[axis]
    first, last = along(m[0], axis, 0, pairs), along(m[2], axis, 0, pairs)
    np.add(first, m[1], out=along(y, axis, 0, 2 * pairs, 2))
    np.subtract(m[1], last, out=along(y, axis, 1, 2 * pairs, 2))
    np.add(along(m[0], axis, pairs), along(m[2], axis, pairs), out=along(y, axis, 2 * pairs))


def sums_back(y, m, axis):
    """m = the adjoint of `sums`."""
    pairs = m[1].shape[axis]
    y0, y1 = (along(y, axis, first, 2 * pairs, 2) for first in range(2))
    along(m[0], axis, 0, pairs)[...] = y0
    np.add(y0, y1, out=m[1])
    np.negative(y1, out=along(m[2], axis, 0, pairs))
    for part in (m[0], m[2]):
        along(part, axis, pairs)[...] = along(y, axis, 2 * pairs)


def transformed(weight):
    """G (9, 4 C, M) of W (4, 4, C, M): g0, g0 + g1, g1 along both axes."""
    channels, outputs = weight.shape[2:]
    taps = weight.reshape(2, 2, 2, 2, channels, outputs).transpose(0, 2, 1, 3, 4, 5)
    g = np.empty((3, 3, *taps.shape[2:]), weight.dtype)
    g[::2, ::2] = taps
    np.add(taps[:, 0], taps[:, 1], out=g[::2, 1])
    np.add(g[0], g[2], out=g[1])
    return g.reshape(9, 4 * channels, outputs)


def transformed_back(g, shape):
    """The adjoint of `transformed`: dW (4, 4, C, M) of dG."""
    channels, outputs = shape[2:]
    both = g.reshape(3, 3, 2, 2, channels, outputs)
    rows = np.stack([both[:, 0] + both[:, 1], both[:, 1] + both[:, 2]], axis=1)
    taps = np.stack([rows[0] + rows[1], rows[1] + rows[2]])
    return taps.transpose(0, 2, 1, 3, 4, 5).reshape(shape)


def in_blocks(work, count, weight, geometry, dtype):
    """[what one thread's images add up to]: work(tiles, images, sum so far) for each block.

    A block has as many images as fit into BLOCK_BYTES, at least one.
    """
    channels, outputs = weight.shape[2:]
    size = max(1, BLOCK_BYTES // (numbers_an_image(geometry, channels, outputs) * dtype.itemsize))

    def share(start, stop):
        tiles = Tiles(min(size, stop - start), channels, outputs, geometry, dtype)
        total = None
        for first in range(start, stop, size):
            total = work(tiles, slice(first, min(first + size, stop)), total)
        return total

    return in_shares(share, count, available_threads())


def numbers_an_image(geometry, channels, outputs):
    """How much room one image takes in Tiles."""
    rows, columns = geometry.small
    tile_rows, tile_columns = (-(-3 * n // 2) for n in geometry.small)
    padded = 4 * (rows + 1) * (columns + 1) * channels
    d = 4 * channels * tile_rows * (columns + 1 + tile_columns)
    return padded + d + outputs * tile_rows * (columns + tile_columns)


def convolve(x, weight, geometry):
    kernels = transformed(weight)
    y = np.empty((len(x), *geometry.small, weight.shape[-1]), x.dtype)

    def block(tiles, images, _):
        tiles.transform(x[images])
        for (d, m), kernel in zip(tiles.products(len(x[images])), kernels, strict=True):
            np.matmul(d, kernel, out=m)
        tiles.collect(y[images])

    in_blocks(block, len(x), weight, geometry, x.dtype)
    return y


def convolve_adjoint(y, weight, geometry):
    kernels = transformed(weight).swapaxes(1, 2)
    x = np.zeros((len(y), *geometry.large, weight.shape[2]), y.dtype)

    def block(tiles, images, _):
        tiles.collect_back(y[images])
        for (d, m), kernel in zip(tiles.products(len(y[images])), kernels, strict=True):
            np.matmul(m, kernel, out=d)
        tiles.transform_back(x[images])

    in_blocks(block, len(y), weight, geometry, y.dtype)
    return x


def add_weight_gradient(x, y, geometry, gradient):
    channels, outputs = gradient.shape[2:]

    def block(tiles, images, total):
        tiles.transform(x[images])
        tiles.collect_back(y[images])
        if total is None:
            total = np.zeros((9, 4 * channels, outputs), x.dtype)
        for (d, m), part in zip(tiles.products(len(x[images])), total, strict=True):
            part += np.matmul(d.T, m, out=tiles.kernel)
        return total

    for total in in_blocks(block, len(x), gradient, geometry, x.dtype):
        if total is not None:  # of no images there is no sum
            gradient += transformed_back(total, gradient.shape)
