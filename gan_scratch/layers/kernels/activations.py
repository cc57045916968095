"""The passes of the leaky ReLU, blockwise, beside what they mean.

    leaky_relu(x, slope)        x where x > 0, else slope · x
    gate(v, y, slope)           v where y > 0, else slope · v

with 0 ≤ slope ≤ 1. y has the sign of x, so the output says which side each element was on.
"""

import numpy as np

from gan_scratch.backend import array_module

BLOCK = 1 << 18  # numbers that are worked on at a time, so that they stay in the cache


class Plain:
    """What the passes mean."""

    @staticmethod
    def leaky_relu(x, slope):
        return Plain.gate(x, x, slope)

    @staticmethod
    def gate(v, y, slope):
        positive = (y.real > 0).astype(v.dtype)
        return array_module(v).maximum(positive, slope) * v


class Blocks:
    """The same, a block at a time, for real numbers on the host."""

    @staticmethod
    def leaky_relu(x, slope):
        def block(x, y):
            if slope == 0:
                np.maximum(x, 0, out=y)
            else:
                np.multiply(x, slope, out=y)
                np.maximum(x, y, out=y)

        return in_blocks(block, x)

    @staticmethod
    def gate(v, y, slope):
        def block(v, y, out):
            if slope == 0:
                np.multiply(v, y > 0, out=out)
            else:  # the factor (1 - slope) [y > 0] + slope, rounded: it is exactly 1 or the slope
                low = out.dtype.type(slope)
                np.copyto(out, y > 0)
                out *= 1 - low
                out += low
                out *= v

        return in_blocks(block, v, y)


def in_blocks(work, *arrays):
    """A new array that work(*blocks, block of the new array) has filled."""
    result = np.empty(arrays[0].shape, arrays[0].dtype)
    if result.size <= BLOCK:
        work(*arrays, result)
        return result
    *flat, out = [np.ascontiguousarray(array).reshape(-1) for array in (*arrays, result)]

    for start in range(0, result.size, BLOCK):
        block = slice(start, start + BLOCK)
        work(*(array[block] for array in flat), out[block])
    return result
