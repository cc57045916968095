"""Normalization: numbers that belong together get mean 0 and variance 1, then a learnt scale.

The four layers differ only in which numbers belong together:

    BatchNorm       one channel, over the whole batch and all places
    LayerNorm       one sample's last axes: at one place, or all of it
    InstanceNorm    one sample's channel, over all places
    GroupNorm       one sample's group of channels, over all places

Only the first lets samples see each other.
"""

import math

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers import kernels
from gan_scratch.layers.layer import Buffer, Layer, Parameter
from gan_scratch.share import gather


class Normalization(Layer):
    """y = γ x̂ + β,  x̂ = (x - μ) / σ,  σ² = mean (x - μ)² + eps,  over numbers that go together.

    Backward, with g = γ dy and means over the same numbers
        dx = (g - mean g - x̂ mean(g x̂)) / σ         dγ = Σ dy x̂        dβ = Σ dy
    Tangent, with r = σ̇ / σ = mean(x̂ ẋ) / σ and ġ = γ dẏ + γ̇ dy
        x̂̇ = (ẋ - mean ẋ - x̂ mean(ẋ x̂)) / σ          ẏ = γ x̂̇ + γ̇ x̂ + β̇
        dẋ = (ġ - mean ġ - x̂̇ mean(g x̂) - x̂ mean(ġ x̂ + g x̂̇)) / σ - r dx
        dγ̇ = Σ dẏ x̂ + dy x̂̇                           dβ̇ = Σ dẏ
    Where μ and σ are constants (batch norm in inference), the terms with means fall away.

    A subclass gives fold(x), x in a shape where the numbers that go together fill `axes`, and
    unfold_weight(w), weight or bias in a shape that multiplies it.
    """

    axes = (0,)

    def __init__(self, shape, eps):
        self.eps = settings.positive(self, "eps", eps)
        self.weight = Parameter(np.ones(shape, "float32"))
        self.bias = Parameter(np.zeros(shape, "float32"))

    def fold(self, x):
        raise NotImplementedError

    def unfold_weight(self, weight):
        raise NotImplementedError

    def mean(self, v):
        return v.mean(axis=self.axes, keepdims=True)

    def forward(self, x, training=True):
        self.expect_input(x)
        folded = self.fold(x)
        mean = self.mean(folded)
        mean += self.mean(folded - mean)  # what float32 lost of a mean far from zero
        centred = folded - mean
        inverse = 1 / array_module(x).sqrt(self.mean(centred * centred) + self.eps)
        y = centred * inverse * self.unfold_weight(self.weight.value)
        y += self.unfold_weight(self.bias.value)
        return y.reshape(x.shape), (x, mean, inverse, False)

    def normalized(self, cache):
        """x̂ of a call, folded."""
        x, mean, inverse, _ = cache
        return (self.fold(x) - mean) * inverse

    def through(self, v, x_hat, inverse, constant):
        """The derivative of x̂ by x applied to v; it is symmetric, so its transpose too."""
        if constant:
            return v * inverse
        return (v - self.mean(v) - x_hat * self.mean(v * x_hat)) * inverse

    def backward(self, dy, cache, need_dx=True):
        x, _, inverse, constant = cache
        self.expect(dy, x.shape, like=x, name="dy")
        folded_dy, x_hat = self.fold(dy), self.normalized(cache)
        self.add_to(self.weight, folded_dy * x_hat)
        self.add_to(self.bias, folded_dy)
        if not need_dx:
            return None
        g = folded_dy * self.unfold_weight(self.weight.value)
        return self.through(g, x_hat, inverse, constant).reshape(x.shape)

    def add_to(self, parameter, v):
        """Add Σ v to the gradient of weight or bias, summed over all that it multiplies."""
        if parameter.frozen:
            return
        shape = self.unfold_weight(parameter.value).shape
        shared = tuple(axis for axis, size in enumerate(shape) if size == 1)
        parameter.gradient += v.sum(axis=shared, keepdims=True).reshape(parameter.value.shape)

    def tangent_forward(self, x_dot, cache):
        x, _, inverse, constant = cache
        self.expect(x_dot, x.shape, like=x, name="x_dot")
        x_hat = self.normalized(cache)
        x_hat_dot = self.through(self.fold(x_dot), x_hat, inverse, constant)
        y_dot = x_hat_dot * self.unfold_weight(self.weight.value)
        if self.weight.tangent is not None:
            y_dot += x_hat * self.unfold_weight(self.weight.tangent)
        if self.bias.tangent is not None:
            y_dot += self.unfold_weight(self.bias.tangent)
        return y_dot.reshape(x.shape), (x_dot, x_hat_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x, _, inverse, constant = cache
        x_dot, x_hat_dot = tangent_cache
        self.expect_cotangents(dy, dy_dot, x.shape, like=x)
        x_hat, dy = self.normalized(cache), self.fold(dy)
        weight = self.unfold_weight(self.weight.value)
        g_dot = array_module(x).zeros_like(dy)
        self.add_to(self.weight, dy * x_hat_dot)
        if dy_dot is not None:
            dy_dot = self.fold(dy_dot)
            self.add_to(self.weight, dy_dot * x_hat)
            self.add_to(self.bias, dy_dot)
            g_dot += dy_dot * weight
        if not need_dx:
            return None, None
        if self.weight.tangent is not None:
            g_dot += dy * self.unfold_weight(self.weight.tangent)
        g = dy * weight
        dx = self.through(g, x_hat, inverse, constant)
        dx_dot = self.through(g_dot, x_hat, inverse, constant)
        if not constant:
            turning = x_hat_dot * self.mean(g * x_hat) + x_hat * self.mean(g * x_hat_dot)
            growth = self.mean(x_hat * self.fold(x_dot)) * inverse
            dx_dot -= turning * inverse + growth * dx
        return dx.reshape(x.shape), dx_dot.reshape(x.shape)


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
        self.num_features = settings.positive_integer(self, "num_features", num_features)
        super().__init__(self.num_features, eps)
        self.momentum = settings.number(
            self, "momentum", momentum, "in [0, 1]", lambda share: 0 <= share <= 1
        )
        self.running_mean = Buffer(np.zeros(self.num_features, "float32"), averaged=True)
        self.running_var = Buffer(np.ones(self.num_features, "float32"), averaged=True)

    def mean(self, v):
        sums, counts = zip(*gather((v.sum(axis=0, keepdims=True), len(v))), strict=True)
        return sum(sums) / sum(counts)

    def fold(self, x):
        return x.reshape(-1, self.num_features)

    def unfold_weight(self, weight):
        return weight[None]

    def forward(self, x, training=True):
        self.expect(x, (..., self.num_features), like=self.weight.value)
        if x.ndim < 2:
            raise ValueError(f"BatchNorm takes x of shape (N, ..., C), got {tuple(x.shape)}")
        values = None
        if training and x.size:
            mean, variance, values = of_all(gather(kernels.moments(x)))
            if values == 1:
                raise ValueError(
                    "BatchNorm needs more than one value a channel in training, got x of shape "
                    f"{tuple(x.shape)}: their mean would be the value itself"
                )
            self.remember(mean, variance, values)
        else:
            mean, variance = self.running_mean.value.copy(), self.running_var.value
        inverse = 1 / array_module(x).sqrt(variance + self.eps)
        scale = self.weight.value * inverse
        y = kernels.scale_and_shift(x, mean, scale, self.bias.value)
        return y, (x, mean, inverse, values is None)

    def remember(self, mean, variance, values):
        unbiased = variance * (values / (values - 1))
        for buffer, new in ((self.running_mean, mean), (self.running_var, unbiased)):
            if not buffer.frozen:
                buffer.value[...] += self.momentum * (new - buffer.value)

    def backward(self, dy, cache, need_dx=True):
        x, mean, inverse, constant = cache
        self.expect(dy, x.shape, like=x, name="dy")
        sum_dy, product = kernels.moments_with(dy, x, mean)
        if not self.weight.frozen:
            self.weight.gradient += product * inverse
        if not self.bias.frozen:
            self.bias.gradient += sum_dy
        if not need_dx:
            return None
        a = self.weight.value * inverse
        if constant:
            return a * dy
        # dx = a (dy - mean dy - x̂ mean(dy x̂)), collected as a dy + b (x - mean) + c
        of_shares = gather((sum_dy, product, dy.size // self.num_features))
        sum_dy, product, values = (sum(parts) for parts in zip(*of_shares, strict=True))
        b = -a * inverse * (product * inverse) / values
        c = -a * sum_dy / values
        return kernels.combine(dy, a, x, mean, b, c)


def of_all(moments):
    """(mean, variance, values) of several sets of values together, from those of each: Chan, Golub
    and LeVeque (1983), equation 2.1."""
    if len(moments) == 1:
        return moments[0]
    values = sum(count for _, _, count in moments)
    mean = sum(count * mean for mean, _, count in moments) / values
    squares = sum(count * (variance + (m - mean) ** 2) for m, variance, count in moments)
    return mean, squares / values, values


class LayerNorm(Normalization):
    """Each sample's last axes (Ba, Kiros and Hinton 2016).

    `num_features` is the size of the last axis, which normalizes each place for itself, or a tuple,
    the sizes of the last axes: (H, W, C) normalizes an image as a whole.

    Shapes
        x (..., *num_features), weight and bias (*num_features), y as x
    """

    axes = (1,)

    def __init__(self, num_features, eps=1e-5):
        self.num_features = settings.shape(self, "num_features", num_features)
        super().__init__(self.num_features, eps)

    def expect_input(self, x):
        self.expect(x, (..., *self.num_features), like=self.weight.value)

    def fold(self, x):
        return x.reshape(-1, math.prod(self.num_features))

    def unfold_weight(self, weight):
        return weight.reshape(1, -1)


class InstanceNorm(Normalization):
    """Each channel of each sample, over all places (Ulyanov, Vedaldi and Lempitsky 2016).

    Shapes
        x (N, ..., C) with at least one axis of places, weight and bias (C,), y as x
    """

    axes = (1,)

    def __init__(self, num_features, eps=1e-5):
        self.num_features = settings.positive_integer(self, "num_features", num_features)
        super().__init__(self.num_features, eps)

    def expect_input(self, x):
        self.expect(x, (..., self.num_features), like=self.weight.value)
        if x.ndim < 3:
            raise ValueError(
                f"InstanceNorm takes x of shape (N, ..., C) with places, got {tuple(x.shape)}"
            )
        if math.prod(x.shape[1:-1]) <= 1:
            raise ValueError(
                "InstanceNorm needs more than one place a channel, got x of shape "
                f"{tuple(x.shape)}: their mean would be the value itself"
            )

    def fold(self, x):
        return x.reshape(len(x), math.prod(x.shape[1:-1]), self.num_features)

    def unfold_weight(self, weight):
        return weight[None, None]


class GroupNorm(Normalization):
    """Groups of channels of each sample, over all places (Wu and He 2018).

    Shapes
        x (N, ..., C), num_groups must divide C; weight and bias (C,), y as x
    """

    axes = (1, 3)

    def __init__(self, num_groups, num_features, eps=1e-5):
        self.num_groups = settings.positive_integer(self, "num_groups", num_groups)
        self.num_features = settings.positive_integer(self, "num_features", num_features)
        if self.num_features % self.num_groups:
            raise ValueError(
                f"GroupNorm: num_groups must divide num_features, got {num_groups} groups for "
                f"{num_features} channels"
            )
        super().__init__(self.num_features, eps)

    def expect_input(self, x):
        self.expect(x, (..., self.num_features), like=self.weight.value)
        if x.ndim < 2:
            raise ValueError(f"GroupNorm takes x of shape (N, ..., C), got {tuple(x.shape)}")
        if 0 in x.shape[1:]:
            raise ValueError(f"GroupNorm needs at least one place, got x of {tuple(x.shape)}")

    def fold(self, x):
        places = math.prod(x.shape[1:-1])
        return x.reshape(len(x), places, self.num_groups, self.num_features // self.num_groups)

    def unfold_weight(self, weight):
        return weight.reshape(1, 1, self.num_groups, -1)
