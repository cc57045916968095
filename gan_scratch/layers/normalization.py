"""Normalization: numbers that belong together get mean 0 and variance 1, then a learnt scale.

The four layers differ only in which numbers belong together:

    BatchNorm       one channel, over the whole batch and all places
    LayerNorm       one sample's last axes: at one place, or all of it
    InstanceNorm    one sample's channel, over all places
    GroupNorm       one sample's group of channels, over all places

Only the first lets samples see each other. `Normalization` has what all four share, `WithinSample`
the forward and backward pass of the last three; those of `BatchNorm` run in kernels. `Affine` is
the scale and shift alone.
"""

import math
from typing import NamedTuple

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers import kernels
from gan_scratch.layers.layer import Buffer, Layer, Parameter
from gan_scratch.share import gather


class Cache(NamedTuple):
    """x of a call, and the μ and 1/σ that normalize it when it is folded: x̂ = (x - mean) inverse.

    constant    True: mean and inverse do not depend on x (batch norm in inference)
    """

    x: np.ndarray
    mean: np.ndarray
    inverse: np.ndarray
    constant: bool


class Normalization(Layer):
    """y = γ x̂ + β,  x̂ = (x - μ) / σ,  σ² = mean (x - μ)² + eps,  over numbers that go together.

    The derivative J = ∂x̂/∂x is symmetric, so tangents and gradients are both multiplied by it.
    A subclass has forward, backward and mean.
    """

    def __init__(self, num_features, eps):
        self.num_features = num_features
        self.eps = settings.positive(self, "eps", eps)
        self.weight = Parameter(np.ones(num_features, "float32"))
        self.bias = Parameter(np.zeros(num_features, "float32"))

    def expect_input(self, x):
        self.expect(x, (..., *self.weight.value.shape), like=self.weight.value)

    def fold(self, v):
        """v so shaped that mean finds what goes together: rows, a column for each entry of γ."""
        return v.reshape(-1, self.weight.value.size)

    def fold_weight(self, weight):
        """A weight or bias in a shape that multiplies a folded array."""
        return weight.reshape(-1)

    def mean(self, v):
        """The mean of a folded v over the numbers that go together."""
        raise NotImplementedError

    def x_hat(self, cache):
        """x̂ of a call, folded."""
        return (self.fold(cache.x) - cache.mean) * cache.inverse

    def jacobian_product(self, v, x_hat, cache):
        """J v = (v - mean v - x̂ mean(v x̂)) / σ, or v / σ where μ and σ are constants."""
        if not cache.constant:
            v = v - self.mean(v) - x_hat * self.mean(v * x_hat)
        return v * cache.inverse

    def add_gradient(self, parameter, v):
        """Add Σ v to the gradient of weight or bias, over all that one number of it multiplies."""
        if not parameter.frozen:
            shared = tuple(range(v.ndim - self.fold_weight(parameter.value).ndim))
            parameter.gradient += v.sum(axis=shared).reshape(parameter.value.shape)

    def tangent_forward(self, x_dot, cache):
        """x̂̇ = J ẋ,  ẏ = γ x̂̇ + γ̇ x̂ + β̇"""
        self.expect(x_dot, cache.x.shape, like=cache.x, name="x_dot")
        x_hat = self.x_hat(cache)
        x_hat_dot = self.jacobian_product(self.fold(x_dot), x_hat, cache)
        y_dot = x_hat_dot * self.fold_weight(self.weight.value)
        if self.weight.tangent is not None:
            y_dot += x_hat * self.fold_weight(self.weight.tangent)
        if self.bias.tangent is not None:
            y_dot += self.fold_weight(self.bias.tangent)
        return y_dot.reshape(x_dot.shape), (x_dot, x_hat_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        """dẋ = J ġ + J̇ g,  g = γ dy,  ġ = γ dẏ + γ̇ dy;  dγ̇ = Σ dẏ x̂ + dy x̂̇,  dβ̇ = Σ dẏ"""
        shape = cache.x.shape
        x_dot, x_hat_dot = tangent_cache
        self.expect_cotangents(dy, dy_dot, shape, like=cache.x)
        x_hat, dy = self.x_hat(cache), self.fold(dy)
        weight = self.fold_weight(self.weight.value)
        g, g_dot = dy * weight, array_module(dy).zeros_like(dy)
        self.add_gradient(self.weight, dy * x_hat_dot)
        if dy_dot is not None:
            dy_dot = self.fold(dy_dot)
            self.add_gradient(self.weight, dy_dot * x_hat)
            self.add_gradient(self.bias, dy_dot)
            g_dot += dy_dot * weight
        if not need_dx:
            return None, None
        if self.weight.tangent is not None:
            g_dot += dy * self.fold_weight(self.weight.tangent)
        dx = self.jacobian_product(g, x_hat, cache)
        dx_dot = self.jacobian_product(g_dot, x_hat, cache)
        if not cache.constant:
            # J̇ g = -(x̂̇ mean(g x̂) + x̂ mean(g x̂̇)) / σ - (σ̇ / σ) J g,  σ̇ / σ = mean(x̂ ẋ) / σ
            turning = x_hat_dot * self.mean(g * x_hat) + x_hat * self.mean(g * x_hat_dot)
            growth = self.mean(x_hat * self.fold(x_dot)) * cache.inverse
            dx_dot -= turning * cache.inverse + growth * dx
        return dx.reshape(shape), dx_dot.reshape(shape)


class WithinSample(Normalization):
    """The passes where numbers of one sample go together: they fill `axes` of a folded array."""

    axes = (1,)

    def mean(self, v):
        return v.mean(axis=self.axes, keepdims=True)

    def forward(self, x, training=True):
        self.expect_input(x)
        folded = self.fold(x)
        mean = self.mean(folded)
        mean += self.mean(folded - mean)  # what float32 lost of a mean far from zero
        centred = folded - mean
        inverse = 1 / array_module(x).sqrt(self.mean(centred * centred) + self.eps)
        y = centred * inverse * self.fold_weight(self.weight.value)
        y += self.fold_weight(self.bias.value)
        return y.reshape(x.shape), Cache(x, mean, inverse, constant=False)

    def backward(self, dy, cache, need_dx=True):
        """dx = J g,  g = γ dy;  dγ = Σ dy x̂,  dβ = Σ dy"""
        self.expect(dy, cache.x.shape, like=cache.x, name="dy")
        x_hat, dy = self.x_hat(cache), self.fold(dy)
        self.add_gradient(self.weight, dy * x_hat)
        self.add_gradient(self.bias, dy)
        if not need_dx:
            return None
        g = dy * self.fold_weight(self.weight.value)
        return self.jacobian_product(g, x_hat, cache).reshape(cache.x.shape)


class Affine(WithinSample):
    """y = γ x + β for x (..., C), weight γ and bias β (C,): as if normalized by μ = 0 and σ = 1."""

    piecewise_linear = True

    def __init__(self, num_features):
        super().__init__(settings.positive_integer(self, "num_features", num_features), eps=1)

    def forward(self, x, training=True):
        self.expect_input(x)
        return self.weight.value * x + self.bias.value, Cache(x, 0.0, 1.0, constant=True)


class LayerNorm(WithinSample):
    """Each sample's last axes (Ba, Kiros and Hinton 2016).

    `num_features` is the size of the last axis, which normalizes each place for itself, or a tuple,
    the sizes of the last axes: (H, W, C) normalizes an image as a whole.

    Shapes
        x (..., *num_features), weight and bias (*num_features), y as x
    """

    def __init__(self, num_features, eps=1e-5):
        super().__init__(settings.shape(self, "num_features", num_features), eps)


class InstanceNorm(WithinSample):
    """Each channel of each sample, over all places (Ulyanov, Vedaldi and Lempitsky 2016).

    Shapes
        x (N, ..., C) with at least one axis of places, weight and bias (C,), y as x
    """

    def __init__(self, num_features, eps=1e-5):
        super().__init__(settings.positive_integer(self, "num_features", num_features), eps)

    def expect_input(self, x):
        super().expect_input(x)
        if x.ndim < 3:
            raise ValueError(
                f"InstanceNorm takes x of shape (N, ..., C) with places, got {tuple(x.shape)}"
            )
        if math.prod(x.shape[1:-1]) <= 1:
            raise ValueError(
                "InstanceNorm needs more than one place a channel, got x of shape "
                f"{tuple(x.shape)}: their mean would be the value itself"
            )

    def fold(self, v):
        return v.reshape(len(v), math.prod(v.shape[1:-1]), self.num_features)


class GroupNorm(WithinSample):
    """Groups of channels of each sample, over all places (Wu and He 2018).

    Shapes
        x (N, ..., C), num_groups must divide C; weight and bias (C,), y as x
    """

    axes = (1, 3)

    def __init__(self, num_groups, num_features, eps=1e-5):
        self.num_groups = settings.positive_integer(self, "num_groups", num_groups)
        num_features = settings.positive_integer(self, "num_features", num_features)
        if num_features % self.num_groups:
            raise ValueError(
                f"GroupNorm: num_groups must divide num_features, got {num_groups} groups for "
                f"{num_features} channels"
            )
        super().__init__(num_features, eps)

    def expect_input(self, x):
        super().expect_input(x)
        if x.ndim < 2:
            raise ValueError(f"GroupNorm takes x of shape (N, ..., C), got {tuple(x.shape)}")
        if 0 in x.shape[1:]:
            raise ValueError(f"GroupNorm needs at least one place, got x of {tuple(x.shape)}")

    def fold(self, v):
        places = math.prod(v.shape[1:-1])
        return v.reshape(len(v), places, self.num_groups, self.num_features // self.num_groups)

    def fold_weight(self, weight):
        return weight.reshape(self.num_groups, -1)


class BatchNorm(Normalization):
    """Each channel over the whole batch and all places (Ioffe and Szegedy 2015).

    Shapes
        x (N, C), (N, T, C), (N, H, W, C) or (N, D, H, W, C); weight γ (C,), bias β (C,); y as x

    In training μ and σ² are those of the batch, and
        running_mean ← (1 - momentum) running_mean + momentum μ
        running_var  ← (1 - momentum) running_var  + momentum σ² M / (M - 1)
    with M values a channel, as PyTorch keeps them. In inference these take the place of μ and σ².
    `momentum` is the share of the new batch; `eps` is added to the variance.
    """

    mixes_samples = True
    shareable = True

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(settings.positive_integer(self, "num_features", num_features), eps)
        self.momentum = settings.number(
            self, "momentum", momentum, "in [0, 1]", lambda share: 0 <= share <= 1
        )
        self.running_mean = Buffer(np.zeros(self.num_features, "float32"), averaged=True)
        self.running_var = Buffer(np.ones(self.num_features, "float32"), averaged=True)

    def expect_input(self, x):
        super().expect_input(x)
        if x.ndim < 2:
            raise ValueError(f"BatchNorm takes x of shape (N, ..., C), got {tuple(x.shape)}")

    def forward(self, x, training=True):
        self.expect_input(x)
        constant = not (training and x.size)
        if constant:
            mean, variance = self.running_mean.value.copy(), self.running_var.value
        else:
            mean, variance = self.batch_statistics(x)
        inverse = 1 / array_module(x).sqrt(variance + self.eps)
        y = kernels.scale_and_shift(x, mean, self.weight.value * inverse, self.bias.value)
        return y, Cache(x, mean, inverse, constant)

    def batch_statistics(self, x):
        """μ and σ² of the batch, of which the running statistics take their share."""
        mean, variance, values = of_all(gather(kernels.moments(x)))
        if values == 1:
            raise ValueError(
                "BatchNorm needs more than one value a channel in training, got x of shape "
                f"{tuple(x.shape)}: their mean would be the value itself"
            )
        unbiased = variance * (values / (values - 1))
        for buffer, new in ((self.running_mean, mean), (self.running_var, unbiased)):
            if not buffer.frozen:
                buffer.value[...] += self.momentum * (new - buffer.value)
        return mean, variance

    def backward(self, dy, cache, need_dx=True):
        """dx = a (dy - mean dy - x̂ mean(dy x̂)), a = γ / σ, as the kernel's a dy + b (x - μ) + c"""
        x, mean, inverse, constant = cache
        self.expect(dy, x.shape, like=x, name="dy")
        sum_dy, product = kernels.moments_with(dy, x, mean)  # Σ dy, Σ dy (x - μ)
        if not self.weight.frozen:
            self.weight.gradient += product * inverse
        if not self.bias.frozen:
            self.bias.gradient += sum_dy
        if not need_dx:
            return None
        a = self.weight.value * inverse
        if constant:
            return a * dy
        of_shares = gather((sum_dy, product, dy.size // self.num_features))
        sum_dy, product, values = (sum(parts) for parts in zip(*of_shares, strict=True))
        b = -a * inverse * (product * inverse) / values
        c = -a * sum_dy / values
        return kernels.combine(dy, a, x, mean, b, c)

    def mean(self, v):
        sums, counts = zip(*gather((v.sum(axis=0, keepdims=True), len(v))), strict=True)
        return sum(sums) / sum(counts)


def of_all(moments):
    """(mean, variance, values) of several sets of values together, from those of each: Chan, Golub
    and LeVeque (1983), equation 2.1."""
    if len(moments) == 1:
        return moments[0]
    values = sum(count for _, _, count in moments)
    mean = sum(count * mean for mean, _, count in moments) / values
    squares = sum(count * (variance + (m - mean) ** 2) for m, variance, count in moments)
    return mean, squares / values, values
