"""The weights of the fast convolution: G of W, its adjoint, and the G that were made last.

    W (4, 4, C, M), G (3, 3, 4 C, M)        g0, g0 + g1, g1 along columns and along rows

with g0 and g1 the taps of the two super-pixels that the kernel spans along an axis
(superpixels.py).
"""

from threading import local

import numpy as np

MOST_KNOWN = 8  # transformed weights that are kept


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


class Known(local):
    """The transformed weights that were last asked for, as a weight serves many batches between two
    steps of the optimiser. Each thread that calls has its own.

    One is looked up by where the weight lies in memory, and counts while the weight is still what
    it was, so it does not matter who writes into a weight, or when: four of the nine matrices are W
    itself. Otherwise it is made again in the same memory, as fresh memory for a large G would cost
    a page fault every 4 KiB, in each step of the optimiser.
    """

    def __init__(self):
        self.made = {}  # place of the weight -> G (3, 3, 2, 2, C, M), the oldest first

    def transformed(self, weight):
        """G (3, 3, 4 C, M)."""
        place = weight.ctypes.data, weight.shape, weight.strides, weight.dtype
        g = self.made.get(place)
        if g is None or not np.array_equal(g[::2, ::2], taps_of(weight)):
            self.made.pop(place, None)  # half a G is no G, where something interrupts the work
            if g is None:
                g = np.empty((3, 3, 2, 2, *weight.shape[2:]), weight.dtype)
            transform(weight, g)
            self.made[place] = g
            if len(self.made) > MOST_KNOWN:
                del self.made[next(iter(self.made))]
        channels, outputs = weight.shape[2:]
        return g.reshape(3, 3, 4 * channels, outputs)


known = Known()
