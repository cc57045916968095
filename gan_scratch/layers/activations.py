"""Activations: functions of each element alone, and softmax, a function of each row.

Two kinds of elementwise function share their passes. A piecewise linear one multiplies by a
factor that only the sign of x decides, so all four of its passes are that one product. A smooth
one is known by its slope f'(x) and its curvature f''(x).
"""

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers import kernels
from gan_scratch.layers.layer import Layer, Parameter
from gan_scratch.share import share


def sigmoid(x):
    """1 / (1 + e⁻ˣ). Where e⁻ˣ overflows, 1 / ∞ = 0 is the right answer."""
    with np.errstate(over="ignore"):
        return 1 / (1 + array_module(x).exp(-x))


def softplus(x):
    """log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|), without overflow."""
    xp = array_module(x)
    positive = x.real > 0
    return xp.where(positive, x, xp.zeros_like(x)) + xp.log1p(xp.exp(xp.where(positive, -x, x)))


class PiecewiseLinear(Layer):
    """y = factor · x, with factor = 1 where x > 0, else the negative slope.

    Backward      dx = factor · dy
    Tangent       ẏ = factor · ẋ     dẋ = factor · dẏ     (f'' = 0)

    At x = 0, where there is no derivative, the left one is taken. A subclass calls
    `super().__init__(negative_slope)` and has all four passes.
    """

    piecewise_linear = True

    def __init__(self, negative_slope):
        self.negative_slope = settings.number(
            self, "negative_slope", negative_slope, "in [0, 1]", lambda slope: 0 <= slope <= 1
        )

    def forward(self, x, training=True):
        self.expect(x)
        y = kernels.leaky_relu(x, self.negative_slope)
        return y, y

    def gate(self, v, y):
        """factor · v: the output has the sign of x, so it tells the factor."""
        return kernels.gate(v, y, self.negative_slope)

    def backward(self, dy, cache, need_dx=True):
        y = cache
        self.expect(dy, y.shape, like=y, name="dy")
        return self.gate(dy, y) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        y = cache
        self.expect(x_dot, y.shape, like=y, name="x_dot")
        return self.gate(x_dot, y), None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        y = cache
        self.expect_cotangents(dy, dy_dot, y.shape, like=y)
        if not need_dx:
            return None, None
        return self.gate(dy, y), None if dy_dot is None else self.gate(dy_dot, y)


class ReLU(PiecewiseLinear):
    """y = x where x > 0, else 0."""

    def __init__(self):
        super().__init__(negative_slope=0.0)


class LeakyReLU(PiecewiseLinear):
    """y = x where x > 0, else negative_slope · x (Maas et al. 2013)."""

    def __init__(self, negative_slope=0.2):
        super().__init__(negative_slope)


class PReLU(Layer):
    """y = x where x > 0, else a x, with a learnt slope a (He et al. 2015).

    Shapes
        x (..., C), weight a (1,) shared by all channels or (C,) one a channel
    Backward, with n = 1 where x ≤ 0, else 0
        dx = dy where x > 0, else a dy           da = Σ n x dy
    Tangent
        ẏ = (ẋ where x > 0, else a ẋ) + n x ȧ
        dẋ = (dẏ where x > 0, else a dẏ) + n ȧ dy       dȧ = Σ n (ẋ dy + x dẏ)
    """

    def __init__(self, num_features=1, init=0.25):
        self.num_features = settings.positive_integer(self, "num_features", num_features)
        self.weight = Parameter(np.full(num_features, init, "float32"))

    def gate(self, x, v):
        return array_module(x).where(x.real > 0, v, self.weight.value * v)

    def forward(self, x, training=True):
        channels = None if self.num_features == 1 else self.num_features
        self.expect(x, (..., channels), like=self.weight.value)
        return self.gate(x, x), x

    def backward(self, dy, cache, need_dx=True):
        x = cache
        self.expect(dy, x.shape, like=x, name="dy")
        if not self.weight.frozen:
            self.weight.gradient += self.sum_of_negatives(x, x * dy)
        return self.gate(x, dy) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        x = cache
        self.expect(x_dot, x.shape, like=x, name="x_dot")
        y_dot = self.gate(x, x_dot)
        if self.weight.tangent is not None:
            y_dot = y_dot + self.negatives(x, x * self.weight.tangent)
        return y_dot, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x, x_dot = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, x.shape, like=x)
        if not self.weight.frozen:
            self.weight.gradient += self.sum_of_negatives(x, x_dot * dy)
            if dy_dot is not None:
                self.weight.gradient += self.sum_of_negatives(x, x * dy_dot)
        if not need_dx:
            return None, None
        dx_dot = None if dy_dot is None else self.gate(x, dy_dot)
        if self.weight.tangent is not None:
            through_weight = self.negatives(x, self.weight.tangent * dy)
            dx_dot = through_weight if dx_dot is None else dx_dot + through_weight
        return self.gate(x, dy), dx_dot

    def negatives(self, x, v):
        """v where x ≤ 0, else 0."""
        xp = array_module(x)
        return xp.where(x.real > 0, xp.zeros_like(v), v)

    def sum_of_negatives(self, x, v):
        """Σ v over all places with x ≤ 0, as the weight is shared."""
        per_channel = self.negatives(x, v).sum(axis=tuple(range(x.ndim - 1)))
        return per_channel.sum(keepdims=True) if self.num_features == 1 else per_channel


class Smooth(Layer):
    """y = f(x), element by element, with f' and f'' known.

    Backward      dx = f'(x) dy
    Tangent       ẏ = f'(x) ẋ      dẋ = f'(x) dẏ + f''(x) ẋ dy

    A subclass gives
        forward(x, training=True)   f(x) and a cache, which is x or y: whichever f' is easier from
        slope(cache)                f'(x)
        curvature(cache)            f''(x)
    """

    def slope(self, cache):
        raise NotImplementedError

    def curvature(self, cache):
        raise NotImplementedError

    def backward(self, dy, cache, need_dx=True):
        self.expect(dy, cache.shape, like=cache, name="dy")
        return self.slope(cache) * dy if need_dx else None

    def tangent_forward(self, x_dot, cache):
        self.expect(x_dot, cache.shape, like=cache, name="x_dot")
        return self.slope(cache) * x_dot, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x_dot = tangent_cache
        self.expect_cotangents(dy, dy_dot, cache.shape, like=cache)
        if not need_dx:
            return None, None
        slope = self.slope(cache)
        dx_dot = self.curvature(cache) * x_dot * dy
        if dy_dot is not None:
            dx_dot += slope * dy_dot
        return slope * dy, dx_dot


class Sigmoid(Smooth):
    """y = 1 / (1 + e⁻ˣ),  y' = y (1 - y),  y'' = y (1 - y) (1 - 2 y)."""

    def forward(self, x, training=True):
        self.expect(x)
        y = sigmoid(x)
        return y, y

    def slope(self, y):
        return y * (1 - y)

    def curvature(self, y):
        return y * (1 - y) * (1 - 2 * y)


class Tanh(Smooth):
    """y = tanh x,  y' = 1 - y²,  y'' = -2 y (1 - y²)."""

    def forward(self, x, training=True):
        self.expect(x)
        y = array_module(x).tanh(x)
        return y, y

    def slope(self, y):
        square = y * y
        return array_module(y).subtract(1, square, out=square)

    def curvature(self, y):
        return -2 * y * (1 - y * y)


class Softplus(Smooth):
    """y = log(1 + eˣ),  y' = σ(x),  y'' = σ(x) (1 - σ(x))."""

    def forward(self, x, training=True):
        self.expect(x)
        return softplus(x), x

    def slope(self, x):
        return sigmoid(x)

    def curvature(self, x):
        return sigmoid(x) * sigmoid(-x)


class Softmax(Layer):
    """y_i = e^{x_i} / Σ_j e^{x_j} over the last axis.

    Backward
        dx = y (dy - s),  s = Σ_j y_j dy_j
    Tangent
        ẏ = y (ẋ - Σ_j y_j ẋ_j)
        dẋ = ẏ (dy - s) + y (dẏ - ṡ),  ṡ = Σ_j ẏ_j dy_j + y_j dẏ_j
    """

    def forward(self, x, training=True):
        self.expect(x, (..., None))
        shifted = x - x.real.max(axis=-1, keepdims=True)  # the largest power is e⁰
        exponential = array_module(x).exp(shifted)
        y = exponential / exponential.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, dy, cache, need_dx=True):
        y = cache
        self.expect(dy, y.shape, like=y, name="dy")
        return y * (dy - (y * dy).sum(axis=-1, keepdims=True)) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        y = cache
        self.expect(x_dot, y.shape, like=y, name="x_dot")
        y_dot = y * (x_dot - (y * x_dot).sum(axis=-1, keepdims=True))
        return y_dot, y_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        y, y_dot = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, y.shape, like=y)
        if not need_dx:
            return None, None
        centred = dy - (y * dy).sum(axis=-1, keepdims=True)
        dx_dot = y_dot * centred - y * (y_dot * dy).sum(axis=-1, keepdims=True)
        if dy_dot is not None:
            dx_dot += y * (dy_dot - (y * dy_dot).sum(axis=-1, keepdims=True))
        return y * centred, dx_dot


class GumbelSoftmax(Softmax):
    """y = softmax((x + g) / τ) of logits x (..., K), Gumbel noise g and τ = temperature · factor.

    The class with the largest x + g is a draw from softmax(x), and as τ → 0 y becomes its one-hot
    vector (Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017). With `hard=True` y is that vector
    at once and the other passes stay those of the softmax: the straight-through estimator (Bengio,
    Léonard and Courville 2013), which is no derivative, so the gradient check does not judge it.

    In inference g = 0, so that looking at a game draws nothing: a generator then makes its
    likeliest choices and varies with its latent vector alone. With training=True it draws.

    A `schedule` (progress -> factor) lowers τ as a training goes on. τ must stay above 0, so take
    training.schedules.down_to(0.1, linear) rather than linear.
    """

    shareable = True

    def __init__(self, temperature=1.0, hard=False, *, rng, schedule=None):
        self.temperature = settings.positive(self, "temperature", temperature)
        self.hard = settings.truth(self, "hard", hard)
        self.surrogate_gradient = "hard=True is a straight-through estimator" if hard else ""
        self.rng = settings.generator(self, rng)
        self.schedule = settings.schedule(self, schedule)
        self.factor = 1.0

    def forward(self, x, training=True):
        self.expect(x, (..., None))
        tau = settings.positive(self, "temperature times factor", self.temperature * self.factor)
        if training:
            noise = share().draws_from(self.rng).gumbel(size=x.shape)
            x = x + backend_of(x).asarray(noise.astype(x.real.dtype))
        y, soft = super().forward(x / tau)
        if self.hard:
            classes = array_module(x).arange(x.shape[-1])
            y = (classes == soft.real.argmax(axis=-1)[..., None]).astype(x.dtype)
        return y, (soft, tau)

    def backward(self, dy, cache, need_dx=True):
        soft, tau = cache
        return super().backward(dy / tau, soft, need_dx)

    def tangent_forward(self, x_dot, cache):
        soft, tau = cache
        return super().tangent_forward(x_dot / tau, soft)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        soft, tau = cache
        dy_dot = None if dy_dot is None else dy_dot / tau
        return super().tangent_backward(dy / tau, dy_dot, soft, tangent_cache, need_dx)
