"""The fast kernels, and which of them runs. Layers call these functions and never branch.

    convolve(x, weight, geometry)                           large side -> small side
    convolve_adjoint(y, weight, geometry)                   small side -> large side
    add_weight_gradient(x, y, geometry, gradient)           both sides -> weight, added
    moments, scale_and_shift, moments_with, combine         the passes of batch normalization

`loops.py` and `normalization.Plain` say what they mean.
"""

from contextlib import contextmanager

import numpy as np

from gan_scratch.layers.kernels import loops, normalization, patches

_plain = False


@contextmanager
def plain():
    """Inside the block the plain kernels run, whatever the arrays: to check, and to read along."""
    global _plain
    before, _plain = _plain, True
    try:
        yield
    finally:
        _plain = before


def convolution_kernel(array):
    """The module whose functions run for this array. Complex numbers check the fast kernels, so
    they take another path than these."""
    return loops if _plain or array.dtype.kind == "c" else patches


def convolve(x, weight, geometry):
    return convolution_kernel(x).convolve(x, weight, geometry)


def convolve_adjoint(y, weight, geometry):
    return convolution_kernel(y).convolve_adjoint(y, weight, geometry)


def add_weight_gradient(x, y, geometry, gradient):
    convolution_kernel(x).add_weight_gradient(x, y, geometry, gradient)


def normalization_kernel(x):
    """Blocks on the host; elsewhere, for complex numbers and for no numbers, plain formulas."""
    blockwise = isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size and not _plain
    return normalization.Blocks if blockwise else normalization.Plain


def moments(x):
    return normalization_kernel(x).moments(x)


def scale_and_shift(x, a, c):
    return normalization_kernel(x).scale_and_shift(x, a, c)


def moments_with(dy, x, mean):
    return normalization_kernel(x).moments_with(dy, x, mean)


def combine(dy, a, x, b, c):
    return normalization_kernel(x).combine(dy, a, x, b, c)
