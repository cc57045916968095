"""The weights of the fast convolution: G of W, its adjoint, and the G that were made last.

    W (4, 4, C, M), G (3, 3, 4 C, M)        g0, g0 + g1, g1 along columns and along rows

with g0 and g1 the taps of the two super-pixels that the kernel spans along an axis
(superpixels.py).
"""

import collections
import math
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


def add_transformed_back(g, column, row, gradient):
    """Add to dW the adjoint of `transform` at one of its nine matrices, dG[column, row] (4 C, M):
    the matrix goes to the taps of which G was made."""
    taps = taps_of(gradient)
    made_of = slice(0, 1), slice(0, 2), slice(1, 2)
    taps[made_of[column], made_of[row]] += g.reshape(taps.shape[2:])


class Transformed:
    """G of a weight. Threads that want it at the same time each make some of its channels.

    It takes over the memory of the `former` one of the same weight: fresh memory for a large G
    would cost a page fault every 4 KiB, in each step of the optimiser.
    """

    def __init__(self, weight, former=None):
        self.parts = shares(weight.shape[2], PARTS)
        self.missing = len(self.parts)
        self.lock = threading.Lock()
        self.done = threading.Event()  # nobody is at work on it: it is complete, or somebody failed
        if former is None:
            self.g = np.empty((3, 3, 2, 2, *weight.shape[2:]), weight.dtype)
        else:
            former.missing, self.g = math.inf, former.g

    def complete(self, weight):
        """Make what nobody has begun, and wait for the rest."""
        try:
            while self.parts:
                try:
                    channels = slice(*self.parts.pop())
                except IndexError:  # another thread was quicker
                    break
                transform(weight[:, :, channels], self.g[..., channels, :])
                with self.lock:
                    self.missing -= 1
                    if not self.missing:
                        self.done.set()
        except BaseException:
            self.done.set()  # nobody is to wait for the part that is lost
            raise
        self.done.wait()
        if self.missing:
            raise RuntimeError("another thread failed to transform the weight")

    def serves(self, weight):
        """Whether it is being made, or is the weight's: four of its nine matrices are W itself.

        Whether it is complete is asked twice, as another thread may begin to write over it.
        """
        if not self.done.is_set():
            return True
        complete = not self.missing
        return complete and np.array_equal(self.g[::2, ::2], taps_of(weight)) and not self.missing


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
        if entry is None or not entry.serves(weight):
            with self.lock:
                former, entry = entry, self.entries.get(place)
                if entry is None or entry is former:  # else another thread has begun a new one
                    entry = self.entries[place] = Transformed(weight, entry)
                    self.entries.move_to_end(place)
                    if len(self.entries) > MOST_KNOWN:
                        self.entries.popitem(last=False)
        entry.complete(weight)
        channels, outputs = weight.shape[2:]
        return entry.g.reshape(3, 3, 4 * channels, outputs)


known = Known()
