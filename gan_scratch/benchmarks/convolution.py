"""One convolution, from the naive to the fast: the same three passes, computed in five ways.

A 4 × 4 convolution with stride 2 from 64 to 128 channels, as a DCGAN has them, on 64 images
of 28 × 28: y, dx and dW. docs/speed.md tells the story of the steps; this measures them, and the
same in other libraries beside them.
"""

import time
from functools import partial

import numpy as np
import threadpoolctl

from gan_scratch.benchmarks import markdown, peers
from gan_scratch.layers.kernels import loops, patches, superpixels
from gan_scratch.layers.kernels.geometry import Geometry

IMAGES, SIZE, CHANNELS, OUTPUTS = 64, 28, 64, 128
COLUMNS = ("way", "threads", "forward", "backward", "seconds", "gflops", "error")


class Gathered:
    """An array of indices picks the patches; `np.add.at` adds them back."""

    def places(self, o):
        """(rows, columns) that each of o places along an axis sees, in the padded image."""
        along = (np.arange(o)[:, None] * 2 + np.arange(4)).reshape(-1)  # the same along both axes
        return along[:, None], along[None, :]

    def pick(self, padded, o):
        """The patches of a padded image, (N, o, o, 4, 4, C)."""
        seen = padded[:, *self.places(o)].reshape(len(padded), o, 4, o, 4, -1)
        return seen.transpose(0, 1, 3, 2, 4, 5)

    def add_back(self, seen, padded):
        """The adjoint of `pick`: add patches to a padded image."""
        n, o, *_, channels = seen.shape
        seen = seen.transpose(0, 1, 3, 2, 4, 5).reshape(n, 4 * o, 4 * o, channels)
        np.add.at(padded, (slice(None), *self.places(o)), seen)

    def matrix(self, x, geometry):
        o = geometry.small[0]
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        return self.pick(padded, o).reshape(len(x) * o * o, -1)

    def convolve(self, x, weight, geometry):
        y = self.matrix(x, geometry) @ weight.reshape(-1, weight.shape[-1])
        return y.reshape(len(x), *geometry.small, -1)

    def convolve_adjoint(self, y, weight, geometry):
        o, channels = geometry.small[0], weight.shape[2]
        seen = y.reshape(-1, y.shape[-1]) @ weight.reshape(-1, weight.shape[-1]).T
        padded = np.zeros((len(y), 2 * o + 2, 2 * o + 2, channels), y.dtype)
        self.add_back(seen.reshape(len(y), o, o, 4, 4, channels), padded)
        return padded[:, 1:-1, 1:-1]

    def add_weight_gradient(self, x, y, geometry, gradient):
        rows = y.reshape(-1, y.shape[-1])
        gradient += (self.matrix(x, geometry).T @ rows).reshape(gradient.shape)


class Sliced(Gathered):
    """One slice a tap picks what it sees at all places at once, and 16 slices add back."""

    def taps(self, padded, o):
        """((row, column) of a tap, what it sees (N, o, o, C)) of each of the 16."""
        for row, column in np.ndindex(4, 4):
            yield (row, column), padded[:, row : row + 2 * o : 2, column : column + 2 * o : 2]

    def pick(self, padded, o):
        seen = np.empty((len(padded), o, o, 4, 4, padded.shape[-1]), padded.dtype)
        for (row, column), view in self.taps(padded, o):
            seen[:, :, :, row, column] = view
        return seen

    def add_back(self, seen, padded):
        for (row, column), view in self.taps(padded, seen.shape[1]):
            view += seen[:, :, :, row, column]


LONGEST = 10  # seconds after which a slow way is not repeated

# (words, kernel); all run on one core.
WAYS = (
    ("loops over places and taps", loops),
    ("patches by an array of indices", Gathered()),
    ("patches by slices", Sliced()),
    ("patches by blocks", patches),
    ("nine products for sixteen", superpixels),
)


def rows(threads, repeats=5, libraries=tuple(peers.PEERS)):
    """Yields a row for each way, and for each of the other libraries that is installed: seconds of
    the passes (the fastest of `repeats`), and the largest error of the three results, measured in
    double precision. Libraries that have threads are timed on one and on `threads`."""
    rng = np.random.default_rng(0)
    geometry = Geometry(
        large=(SIZE, SIZE), small=(SIZE // 2, SIZE // 2), kernel=(4, 4), stride=(2, 2),
        dilation=(1, 1), low=(1, 1),
    )
    x = rng.standard_normal((IMAGES, SIZE, SIZE, CHANNELS), "float32")
    dy = rng.standard_normal((IMAGES, *geometry.small, OUTPUTS), "float32")
    weight = rng.standard_normal((4, 4, CHANNELS, OUTPUTS), "float32")
    exact = passes(Sliced(), *(array.astype("float64") for array in (x, dy, weight)), geometry)[0]
    runs = [
        (words, 1, partial(passes, kernel, x, dy, weight, geometry)) for words, kernel in WAYS
    ] + [
        (name, count, partial(peers.passes, peer, x, dy, weight, count))
        for name, peer in peers.PEERS.items() if name in libraries and peer.installed
        for count in sorted({1, threads} if peer.threads else {1})
    ]
    for words, count, run in runs:
        with threadpoolctl.threadpool_limits(count):
            (forward, backward), results = fastest(run, repeats)
        operations, seconds = 2 * 3 * IMAGES * geometry.places * weight.size, forward + backward
        yield {
            "way": words, "threads": count, "forward": round(forward, 4),
            "backward": round(backward, 4), "seconds": round(seconds, 4),
            "gflops": round(operations / seconds / 1e9, 1),
            "error": float(f"{max(map(error, results, exact)):.1e}"),
        }


def fastest(run, repeats):
    """((least seconds forward, backward), results) of some runs, of one only where it is slow."""
    seconds, start = [], time.perf_counter()
    while len(seconds) < repeats and (not seconds or time.perf_counter() - start < LONGEST):
        results, taken = run()
        seconds.append(taken)
    return [min(times) for times in zip(*seconds, strict=True)], results


def passes(kernel, x, dy, weight, geometry):
    """((y, dx, dW), (seconds forward, seconds backward))."""
    gradient = np.zeros_like(weight)
    start = time.perf_counter()
    y = kernel.convolve(x, weight, geometry)
    middle = time.perf_counter()
    dx = kernel.convolve_adjoint(dy, weight, geometry)
    kernel.add_weight_gradient(x, dy, geometry, gradient)
    return (y, dx, gradient), (middle - start, time.perf_counter() - middle)


def error(found, exact):
    """The largest difference, relative to the largest number."""
    return float(abs(found - exact).max() / abs(exact).max())


def table(measured):
    """The rows as lines of Markdown."""
    return markdown("way | threads | forward, ms | backward, ms | GFLOP/s | error", (
        f"{row['way']} | {row['threads']} | {1000 * row['forward']:.1f} "
        f"| {1000 * row['backward']:.1f} "
        f"| {row['gflops']:{'.0f' if row['gflops'] > 10 else '.1f'}} | {row['error']:.0e}"
        for row in measured
    ))
