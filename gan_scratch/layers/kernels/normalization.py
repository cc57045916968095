"""The passes of batch normalization over x (N, ..., C), blockwise, beside what they mean.

    moments(x)                              (mean, variance) of each channel, and of how many values
    scale_and_shift(x, mean, a, c)          a (x - mean) + c
    moments_with(dy, x, mean)               (Σ dy, Σ dy (x - mean)) of each channel
    combine(dy, a, x, mean, b, c)           a dy + b (x - mean) + c

with mean, a, b, c one number a channel. A block of a few images stays in the processor's cache
while several operations pass over it.
"""

from functools import cache

import numpy as np

from gan_scratch.layers.kernels.workspace import workspace

BLOCK = 1 << 19  # numbers that are worked on at a time
RUN = 4096  # numbers in a row up to which neighbouring places are taken together


class Plain:
    """What the passes mean. x and dy as rows (N · places, C)."""

    @staticmethod
    def moments(x):
        x = x.reshape(-1, x.shape[-1])
        mean = x.mean(axis=0)
        return mean, ((x - mean) * (x - mean)).mean(axis=0), len(x)

    @staticmethod
    def scale_and_shift(x, mean, a, c):
        return a * (x - mean) + c

    @staticmethod
    def moments_with(dy, x, mean):
        dy, x = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
        return dy.sum(axis=0), (dy * (x - mean)).sum(axis=0)

    @staticmethod
    def combine(dy, a, x, mean, b, c):
        return a * dy + b * (x - mean) + c


class Blocks:
    """The same, a block at a time. Sums over blocks are added in the order of the images."""

    @staticmethod
    def moments(x):
        rows, run = in_rows(x)
        channels = x.shape[-1]

        found = []
        for block in blocks_of(rows):
            count = block.size // channels
            mean = channel_sum(block, channels) / count
            centred = np.subtract(block, tiled(mean, run), out=room_for(block))
            found.append((count, mean, channel_sum_of_products(centred, centred, channels)))
        if len(found) == 1:
            return mean, found[0][2] / count, count
        counts, means, squares = (np.array(part, np.float64) for part in zip(*found, strict=True))
        # Blocks differ in their means: Chan, Golub and LeVeque (1983), equation 2.1.
        weights = (counts / counts.sum())[:, None]
        mean = (weights * means).sum(axis=0)
        spread = (weights * (means - mean) ** 2).sum(axis=0)
        variance = squares.sum(axis=0) / counts.sum() + spread
        return mean.astype(x.dtype), variance.astype(x.dtype), int(counts.sum())

    @staticmethod
    def scale_and_shift(x, mean, a, c):
        rows, run = in_rows(x)
        y = np.empty_like(rows)
        mean, a, c = tiled(mean, run), tiled(a, run), tiled(c, run)
        for block, out in zip(blocks_of(rows), blocks_of(y), strict=True):
            np.subtract(block, mean, out=out)
            out *= a
            out += c
        return y.reshape(x.shape)

    @staticmethod
    def moments_with(dy, x, mean):
        dy_rows, run = in_rows(dy)
        rows, _ = in_rows(x)
        channels = x.shape[-1]
        mean = tiled(mean, run)
        total, product = np.zeros((2, channels), np.float64)
        for dy_block, block in zip(blocks_of(dy_rows), blocks_of(rows), strict=True):
            centred = np.subtract(block, mean, out=room_for(block))
            total += channel_sum(dy_block, channels)
            product += channel_sum_of_products(centred, dy_block, channels)
        return total.astype(x.dtype), product.astype(x.dtype)

    @staticmethod
    def combine(dy, a, x, mean, b, c):
        dy_rows, run = in_rows(dy)
        rows, _ = in_rows(x)
        dx = np.empty_like(rows)
        mean, a, b, c = (tiled(v, run) for v in (mean, a, b, c))
        for dy_block, block, out in zip(*map(blocks_of, (dy_rows, rows, dx)), strict=True):
            np.subtract(block, mean, out=out)
            out *= b
            out += c
            out += np.multiply(dy_block, a, out=room_for(block))
        return dx.reshape(x.shape)


def in_rows(x):
    """(x as (N, rows, run · C), run): so many neighbouring places in a row that loops are long."""
    channels = x.shape[-1]
    places = x[0].size // channels if len(x) else 1
    run = longest_run(places, max(1, RUN // channels))
    return np.ascontiguousarray(x).reshape(len(x), places // run, run * channels), run


@cache
def longest_run(places, most):
    """The largest divisor of `places` that is at most `most`."""
    return max(run for run in range(1, min(places, most) + 1) if places % run == 0)


def tiled(per_channel, run):
    row = np.empty((run, len(per_channel)), per_channel.dtype)
    row[...] = per_channel
    return row.reshape(-1)


def add_to_channels(y, bias):
    """y += bias, one number a channel: in long rows twice as fast."""
    if y.flags.c_contiguous and len(bias) > 1:
        rows, run = in_rows(y)
        rows += tiled(bias, run)
    else:
        y += bias


def total(x):
    """Σ x of each channel, over all samples and places."""
    rows, _ = in_rows(x)
    return channel_sum(rows, x.shape[-1])


def channel_sum(block, channels):
    rows = block.reshape(-1, block.shape[-1])
    by_place = np.ones(len(rows), block.dtype) @ rows  # quicker than NumPy's sum along an axis
    return by_place.reshape(-1, channels).sum(axis=0)


def channel_sum_of_products(a, b, channels):
    by_place = np.einsum("ijk,ijk->k", a, b)
    return by_place.reshape(-1, channels).sum(axis=0)


def blocks_of(rows):
    """Blocks of a few images of `rows`, as many as fit into BLOCK numbers."""
    size = max(1, BLOCK // max(1, rows[0].size))
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def room_for(block):
    """Working memory of the block's shape, the same for each block."""
    workspace.begin()
    return workspace.empty(block.shape, block.dtype)
