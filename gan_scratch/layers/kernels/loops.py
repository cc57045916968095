"""What a convolution is: plain loops over all its connections. The faster kernels must agree.

    convolve            y[o] = Σ_t x[o · stride + t · dilation - low] W[t]      large -> small
    convolve_adjoint    x[o · stride + t · dilation - low] += y[o] W[t]ᵀ        small -> large
    weight_gradient     dW[t] = Σ_o x[o · stride + t · dilation - low]ᵀ y[o]

All three are the same trilinear form Σ x W y, read for y, for x and for W; so each is the
derivative of the others, and the second is the first one's adjoint: y · convolve(x) =
convolve_adjoint(y) · x.

Arrays: x (N, *large, C), y (N, *small, M), W (*kernel, C / groups, M).
"""

import itertools

from gan_scratch.backend import array_module


def connections(geometry):
    """Every (o, i, t): place of the small side, place of the large side, tap between them."""
    for o in itertools.product(*map(range, geometry.small)):
        for t in itertools.product(*map(range, geometry.kernel)):
            i = tuple(
                place * stride + tap * dilation - low
                for place, tap, stride, dilation, low in zip(
                    o, t, geometry.stride, geometry.dilation, geometry.low, strict=True
                )
            )
            if all(0 <= place < size for place, size in zip(i, geometry.large, strict=True)):
                yield o, i, t


def channel_groups(x_channels, y_channels, groups):
    """(slice of x's channels, slice of y's channels) of each group."""
    c, m = x_channels // groups, y_channels // groups
    return [(slice(g * c, (g + 1) * c), slice(g * m, (g + 1) * m)) for g in range(groups)]


def convolve(x, weight, geometry):
    y = array_module(x).zeros((len(x), *geometry.small, weight.shape[-1]), x.dtype)
    for c, m in channel_groups(x.shape[-1], y.shape[-1], geometry.groups):
        for o, i, t in connections(geometry):
            y[:, *o, m] += x[:, *i, c] @ weight[*t][:, m]
    return y


def convolve_adjoint(y, weight, geometry):
    channels = weight.shape[-2] * geometry.groups
    x = array_module(y).zeros((len(y), *geometry.large, channels), y.dtype)
    for c, m in channel_groups(channels, y.shape[-1], geometry.groups):
        for o, i, t in connections(geometry):
            x[:, *i, c] += y[:, *o, m] @ weight[*t][:, m].T
    return x


def add_weight_gradient(x, y, geometry, gradient):
    for c, m in channel_groups(x.shape[-1], y.shape[-1], geometry.groups):
        for o, i, t in connections(geometry):
            gradient[*t][:, m] += x[:, *i, c].T @ y[:, *o, m]
