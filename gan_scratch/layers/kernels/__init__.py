"""The fast kernels, and which of them runs. Layers call these functions and never branch.

    convolve(x, weight, geometry)                           large side -> small side
    convolve_adjoint(y, weight, geometry)                   small side -> large side
    add_weight_gradient(x, y, geometry, gradient)           both sides -> weight, added
    moments, scale_and_shift, moments_with, combine         the passes of batch normalization
    leaky_relu, gate                                        those of the leaky ReLU
    product(a, b)                                           a @ b
    channel_total(x)                                        Σ x of each channel
    add_to_channels(y, bias)                                y += bias, one number a channel

`loops.py`, `normalization.Plain` and `activations.Plain` say what they mean.
"""

from contextlib import contextmanager

import numpy as np

from gan_scratch.layers.kernels import activations, loops, normalization, patches, superpixels

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


@contextmanager
def nine_products():
    """Inside the block convolutions of 4 × 4 with stride 2 take the nine products, however few
    channels they have: to check them on small arrays."""
    before, superpixels.FEWEST_CHANNELS = superpixels.FEWEST_CHANNELS, 1
    try:
        yield
    finally:
        superpixels.FEWEST_CHANNELS = before


def convolution_kernel(array, weight, geometry):
    """The module whose functions run. Complex numbers check the fast kernels, so they take another
    path than these."""
    if _plain or array.dtype.kind == "c":
        return loops
    return superpixels if superpixels.suits(array, weight, geometry) else patches


def convolve(x, weight, geometry):
    x = geometry.around(x)
    return convolution_kernel(x, weight, geometry).convolve(x, weight, geometry)


def convolve_adjoint(y, weight, geometry):
    x = convolution_kernel(y, weight, geometry).convolve_adjoint(y, weight, geometry)
    return geometry.folded(x)


def add_weight_gradient(x, y, geometry, gradient):
    x = geometry.around(x)
    convolution_kernel(x, gradient, geometry).add_weight_gradient(x, y, geometry, gradient)


def blockwise(family, x):
    """family.Blocks on the host; elsewhere, for complex numbers and for no numbers, .Plain."""
    blocks = isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size and not _plain
    return family.Blocks if blocks else family.Plain


def moments(x):
    return blockwise(normalization, x).moments(x)


def scale_and_shift(x, mean, a, c):
    return blockwise(normalization, x).scale_and_shift(x, mean, a, c)


def moments_with(dy, x, mean):
    return blockwise(normalization, x).moments_with(dy, x, mean)


def combine(dy, a, x, mean, b, c):
    return blockwise(normalization, x).combine(dy, a, x, mean, b, c)


def add_to_channels(y, bias):
    if blockwise(normalization, y) is normalization.Blocks:
        normalization.add_to_channels(y, bias)
    else:
        y += bias


def channel_total(x):
    """Σ x of each channel: of many short rows the sum is slow, so a few are taken as one."""
    if blockwise(normalization, x) is normalization.Blocks:
        return normalization.total(x)
    return x.reshape(-1, x.shape[-1]).sum(axis=0)


def product(a, b):
    """a (n, k) @ b (k, m)."""
    if a.shape[1] == 1:
        return a * b  # ten times as fast as a product of matrices that sums over nothing
    return a @ b


def leaky_relu(x, slope):
    return blockwise(activations, x).leaky_relu(x, slope)


def gate(v, y, slope):
    return blockwise(activations, v).gate(v, y, slope)
