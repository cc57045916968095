"""The dense layer: every output is a weighted sum of every input."""

from gan_scratch import settings
from gan_scratch.layers import kernels
from gan_scratch.layers.initializers import draw
from gan_scratch.layers.layer import Layer, Parameter, per_sample


def rows(x):
    """x (..., C) as a matrix (N, C): all axes but the last are samples to a dense layer."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


class Dense(Layer):
    """Affine map of the last axis, y = x W + b.

    Shapes
        x (..., D), weight W (D, M), bias b (M,), y (..., M)
    Backward, dy = dL/dy
        dx = dy Wᵀ            dW = Σ xᵀ dy              db = Σ dy
    Tangent, along ẋ, Ẇ, ḃ
        ẏ = ẋ W + x Ẇ + ḃ     dẋ = dẏ Wᵀ + dy Ẇᵀ        dẆ = Σ ẋᵀ dy + xᵀ dẏ      dḃ = Σ dẏ

    `init` names how the weight starts, `bias_init` how the bias does (layers/initializers.py).
    """

    piecewise_linear = True

    output_axis = -1

    def __init__(self, in_features, out_features, bias=True, *, rng, init="he", bias_init="zero"):
        self.in_features = settings.positive_integer(self, "in_features", in_features)
        self.out_features = settings.positive_integer(self, "out_features", out_features)
        shape = (in_features, out_features)
        self.weight = Parameter(draw(init, rng, shape, fan_in=in_features, fan_out=out_features))
        self.bias = None
        if bias:
            start = draw(bias_init, rng, (out_features,), fan_in=in_features, fan_out=out_features)
            self.bias = Parameter(start)

    def times(self, v, matrix):
        """v (..., n) @ matrix (n, m)."""
        return kernels.product(rows(v), matrix).reshape(*v.shape[:-1], matrix.shape[1])

    def forward(self, x, training=True):
        self.expect(x, (..., self.in_features), like=self.weight.value)
        y = self.times(x, self.weight.value)
        if self.bias is not None:
            y += self.bias.value
        return y, x

    def backward(self, dy, cache, need_dx=True):
        x = cache
        self.expect(dy, (*x.shape[:-1], self.out_features), like=x, name="dy")
        if not self.weight.frozen:
            self.weight.gradient += kernels.product(rows(x).T, rows(dy))
        if self.bias is not None and not self.bias.frozen:
            self.bias.gradient += rows(dy).sum(axis=0)
        return self.times(dy, self.weight.value.T) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        x = cache
        self.expect(x_dot, x.shape, like=x, name="x_dot")
        y_dot = self.times(x_dot, self.weight.value)
        if self.weight.tangent is not None:
            y_dot += self.times(x, self.weight.tangent)
        if self.bias is not None and self.bias.tangent is not None:
            y_dot += self.bias.tangent
        return y_dot, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x, x_dot = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, (*x.shape[:-1], self.out_features), like=x)
        if not self.weight.frozen:
            self.weight.gradient += kernels.product(rows(x_dot).T, rows(dy))
            if dy_dot is not None:
                self.weight.gradient += kernels.product(rows(x).T, rows(dy_dot))
        if self.bias is not None and not self.bias.frozen and dy_dot is not None:
            self.bias.gradient += rows(dy_dot).sum(axis=0)
        if not need_dx:
            return None, None
        dx_dot = None if dy_dot is None else self.times(dy_dot, self.weight.value.T)
        if self.weight.tangent is not None:
            through_weight = self.times(dy, self.weight.tangent.T)
            dx_dot = through_weight if dx_dot is None else dx_dot + through_weight
        return self.times(dy, self.weight.value.T), dx_dot

    def add_tangent_gradients(self, dy, c, cache, tangent_cache):
        x, x_dot = cache, tangent_cache
        if c is None:
            super().add_tangent_gradients(dy, c, cache, tangent_cache)
            return
        self.expect(dy, (*x.shape[:-1], self.out_features), like=x, name="dy")
        if not self.weight.frozen:
            along = x_dot + per_sample(c, x) * x
            self.weight.gradient += kernels.product(rows(along).T, rows(dy))
        if self.bias is not None and not self.bias.frozen:
            self.bias.gradient += rows(per_sample(c, dy) * dy).sum(axis=0)
