"""The weights of the fast convolution: G of W, its adjoint, and the G that were made last.

    W (4, 4, C, M), G (3, 3, 4 C, M)        g0, g0 + g1, g1 along columns and along rows

with g0 and g1 the taps of the two super-pixels that the kernel spans along an axis
(superpixels.py).
"""

import collections
import threading

import numpy as np

from gan_scratch.layers.kernels.parallel import shares

MOST_KNOWN = 8  # transformed weights that are kept
PARTS = 4  # in which one is made, by as many threads as ask for it


def taps_of(weight):
    """W (4, 4, C, M) as (columns, rows, within a column, within a row, C, M): super-pixels."""
    channels, outputs = weight.shape[2:]
    return weight.reshape(2, 2, 2, 2, channels, outputs).transpose(2, 0, 1, 3, 4, 5)


def transform(weight, g):
    """Fill g (3, 3, 2, 2, C, M) from W."""
    taps = taps_of(weight)
    g[::2, ::2] = taps
    np.add(taps[:, 0], taps[:, 1], out=g[::2, 1])
    np.add(g[0], g[2], out=g[1])


def add_transformed_back(g, gradient):
    """Add the adjoint of `transform` at dG (3, 3, 4 C, M) to dW."""
    taps = taps_of(gradient)
    both = g.reshape(3, 3, *taps.shape[2:])
    for column in range(2):
        of_column = both[column] + both[column + 1]
        for row in range(2):
            taps[column, row] += of_column[row]
            taps[column, row] += of_column[row + 1]


class Transformed:
    """G of a weight. Threads that find it missing at the same time each make some of its channels;
    one that comes while it is being made makes another."""

    def __init__(self, weight):
        self.g = np.empty((3, 3, 2, 2, *weight.shape[2:]), weight.dtype)
        self.parts = shares(weight.shape[2], PARTS)
        self.missing = len(self.parts)
        self.lock = threading.Lock()
        self.done = threading.Event()

    def complete(self, weight):
        """Make what nobody has begun, and wait for the rest."""
        while self.parts:
            try:
                channels = slice(*self.parts.pop())
            except IndexError:  # another thread was quicker
                break
            try:
                transform(weight[:, :, channels], self.g[..., channels, :])
            except BaseException:
                self.done.set()  # nobody is to wait for this part
                raise
            with self.lock:
                self.missing -= 1
                if not self.missing:
                    self.done.set()
        self.done.wait()
        if self.missing:
            raise RuntimeError("another thread failed to transform the weight")

    def made_of(self, weight):
        """Whether it is complete, and the weight's: four of its nine matrices are W itself."""
        return not self.missing and np.array_equal(self.g[::2, ::2], taps_of(weight))


class Known:
    """The transformed weights that were last asked for, as a weight serves many batches between two
    steps of the optimiser.

    An entry is looked up by where the weight lies in memory, and counts while the weight is still
    what it was, so it does not matter who writes into a weight, or when.
    """

    def __init__(self):
        self.entries = collections.OrderedDict()  # place of the weight -> Transformed
        self.lock = threading.Lock()

    def transformed(self, weight):
        """G (3, 3, 4 C, M)."""
        place = weight.ctypes.data, weight.shape, weight.strides, weight.dtype
        entry = self.entries.get(place)
        if entry is None or not entry.made_of(weight):
            with self.lock:
                if self.entries.get(place) is entry:  # else another thread has begun a new one
                    self.entries[place] = Transformed(weight)
                    self.entries.move_to_end(place)
                    if len(self.entries) > MOST_KNOWN:
                        self.entries.popitem(last=False)
                entry = self.entries.get(place)
            entry.complete(weight)
        channels, outputs = weight.shape[2:]
        return entry.g.reshape(3, 3, 4 * channels, outputs)


known = Known()
