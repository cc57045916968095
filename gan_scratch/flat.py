"""Flat parameters: their arrays lie end to end in one vector, and each is a view of its piece.

So what is done to every number (a step, a sum, a check) is a few operations on a long vector,
however many layers there are.
"""

from itertools import accumulate, pairwise

import numpy as np

from gan_scratch.backend import array_module

# A vector is worked on in blocks of this many numbers, so that what lies between two operations
# stays in the processor's cache: three times as fast as whole vectors. It changes no bit.
BLOCK = 1 << 16


class FlatParameters:
    """Parameters of one dtype, n numbers in all.

    parameters          name -> Parameter
    values, gradients   vectors (n,); each `parameter.value` and `parameter.gradient` is a view
    pieces              the slice of both vectors that belongs to each parameter

    A copy (deepcopy, pickle) is laid out anew, from the parameters that were copied with it.
    """

    def __init__(self, parameters):
        values = [parameter.value.ravel() for parameter in parameters.values()]
        gradients = [parameter.gradient.ravel() for parameter in parameters.values()]
        xp, dtypes = array_module(*values), sorted({str(row.dtype) for row in values})
        if len(dtypes) > 1:
            raise TypeError(f"an optimiser takes parameters of one dtype, got {', '.join(dtypes)}")
        ends = accumulate(map(len, values), initial=0)
        self.parameters = parameters
        self.pieces = [slice(start, stop) for start, stop in pairwise(ends)]
        self.settle(xp.concatenate(values), xp.concatenate(gradients))

    def __reduce__(self):
        return type(self), (self.parameters,)

    def settle(self, values, gradients):
        """From now on the parameters lie in these vectors, which hold their numbers."""
        self.values, self.gradients, self.views = values, gradients, []
        for (name, held), piece in zip(self.parameters.items(), self.pieces, strict=True):
            shape = held.value.shape
            held.value = values[piece].reshape(shape)
            held.gradient = gradients[piece].reshape(shape)
            self.views.append((name, held, held.value, held.gradient))

    def expect_views(self):
        """Raise RuntimeError where a parameter's array is no longer a view of its piece."""
        for name, held, value, gradient in self.views:
            if not is_same_memory(held.value, value) or not (
                held.frozen or is_same_memory(held.gradient, gradient)
            ):
                raise RuntimeError(
                    f"{name} was given a new array (or another optimiser) after this optimiser "
                    "packed it; write into it instead, as in parameter.value[...] = new"
                )

    def free_runs(self, counts):
        """[(slice, count)] of what is not frozen, given a count for each parameter: neighbours with
        the same count, usually all of them, are one run."""
        runs = []
        for held, piece, count in zip(self.parameters.values(), self.pieces, counts, strict=True):
            if held.frozen:
                continue
            if runs and (runs[-1][0].stop, runs[-1][1]) == (piece.start, count):
                piece = slice(runs.pop()[0].start, piece.stop)
            runs.append((piece, count))
        return runs


def is_same_memory(array, view):
    """Whether `array` is the piece of memory that `view` is, perhaps by another object."""
    return array is view or (
        array.shape == view.shape and array.strides == view.strides
        and array_module(view).shares_memory(array, view)
    )


def blocks(piece, vector):
    """Slices that make up `piece` of the vector; on a device a single one, as launches cost."""
    size = BLOCK if isinstance(vector, np.ndarray) else max(1, piece.stop - piece.start)
    for start in range(piece.start, piece.stop, size):
        yield slice(start, min(start + size, piece.stop))
