"""Spectral normalization: a layer whose weight is divided by its largest singular value."""

import copy

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.layer import Buffer, Layer, Parameter

FIRST_ITERATIONS = 15


class SpectralNorm(Layer):
    """The layer with Ŵ = W / σ in the place of its weight W (Miyato et al. 2018).

    σ = uᵀ W v is the largest singular value of W as a matrix of outputs by all else, found by
    power iteration: v ← Wᵀ u / |Wᵀ u|, u ← W v / |W v|. The vectors are buffers: they are saved,
    they move one iteration further with each call in training, and stand still in inference and
    in a frozen player. A call uses the vectors as it finds them and moves them on afterwards, so
    within a call they are constants and the derivative below is exact.

    Backward, with dŴ = the layer's own gradient by Ŵ
        dW = (dŴ - ⟨dŴ, Ŵ⟩ u vᵀ) / σ
    Tangent, with σ̇ = uᵀ Ẇ v
        Ŵ̇ = (Ẇ - σ̇ Ŵ) / σ
        dẆ = (dŴ̇ - (⟨dŴ̇, Ŵ⟩ + ⟨dŴ, Ŵ̇⟩) u vᵀ - σ̇ dW) / σ

    `layer` has a weight and says with `output_axis` which axis of it counts the outputs: Dense, the
    convolutions, Embedding.
    """

    def __init__(self, layer, *, rng, iterations=1, eps=1e-12):
        if not isinstance(getattr(layer, "weight", None), Parameter) or not hasattr(
            layer, "output_axis"
        ):
            raise TypeError(f"SpectralNorm takes a layer with one weight, got {layer!r}")
        settings.generator(self, rng)
        self.layer = layer
        self.iterations = settings.positive_integer(self, "iterations", iterations)
        self.eps = settings.positive(self, "eps", eps)
        matrix = self.as_matrix(layer.weight.value)
        self.u = Buffer(unit(rng.standard_normal(len(matrix)).astype(matrix.dtype), eps))
        self.v = Buffer(unit(rng.standard_normal(matrix.shape[1]).astype(matrix.dtype), eps))
        for _ in range(FIRST_ITERATIONS):
            self.move_on()

    @property
    def shareable(self):
        return self.layer.shareable  # the vectors follow from the weight: alike in every process

    @property
    def piecewise_linear(self):
        return self.layer.piecewise_linear

    @property
    def in_features(self):
        return self.layer.in_features

    def as_matrix(self, weight):
        """(outputs, all else), as a view or copy of the weight."""
        xp = array_module(weight)
        outputs_first = xp.moveaxis(weight, self.layer.output_axis, 0)
        return outputs_first.reshape(outputs_first.shape[0], -1)

    def from_matrix(self, matrix):
        """The inverse of `as_matrix`."""
        shape = self.layer.weight.value.shape
        axis = self.layer.output_axis % len(shape)
        outputs_first = (shape[axis], *shape[:axis], *shape[axis + 1 :])
        return array_module(matrix).moveaxis(matrix.reshape(outputs_first), 0, axis)

    def move_on(self):
        """One power iteration or more."""
        matrix = self.as_matrix(self.layer.weight.value)
        for _ in range(self.iterations):
            self.v.value[...] = unit(matrix.T @ self.u.value, self.eps)
            self.u.value[...] = unit(matrix @ self.v.value, self.eps)

    def forward(self, x, training=True):
        u, v = self.u.value.copy(), self.v.value.copy()
        direction = self.from_matrix(u[:, None] * v[None, :])
        sigma = (direction * self.layer.weight.value).sum()
        inner = copy.copy(self.layer)  # the same layer and bias, with a weight of this call's own
        inner.weight = Parameter(self.layer.weight.value / sigma)
        y, cache = inner.forward(x, training)
        if training and not self.u.frozen:
            self.move_on()
        return y, (inner, cache, sigma, direction)

    def weight_gradient(self, gradient, inner, sigma, direction):
        """dW from the gradient by Ŵ."""
        return (gradient - (gradient * inner.weight.value).sum() * direction) / sigma

    def backward(self, dy, cache, need_dx=True):
        inner, inner_cache, sigma, direction = cache
        weight = self.layer.weight
        inner.weight.frozen = weight.frozen
        inner.weight.gradient[...] = 0
        dx = inner.backward(dy, inner_cache, need_dx)
        if not weight.frozen:
            weight.gradient += self.weight_gradient(
                inner.weight.gradient, inner, sigma, direction
            )
        return dx

    def tangent_forward(self, x_dot, cache):
        inner, inner_cache, sigma, direction = cache
        weight_dot, sigma_dot = self.layer.weight.tangent, None
        inner.weight.tangent = None
        if weight_dot is not None:
            sigma_dot = (direction * weight_dot).sum()
            inner.weight.tangent = (weight_dot - sigma_dot * inner.weight.value) / sigma
        y_dot, tangent_cache = inner.tangent_forward(x_dot, inner_cache)
        return y_dot, (tangent_cache, sigma_dot, inner.weight.tangent)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        inner, inner_cache, sigma, direction = cache
        inner_tangent_cache, sigma_dot, weight_hat_dot = tangent_cache
        weight = self.layer.weight
        inner.weight.frozen, inner.weight.tangent = weight.frozen, weight_hat_dot
        inner.weight.gradient[...] = 0
        results = inner.tangent_backward(dy, dy_dot, inner_cache, inner_tangent_cache, need_dx)
        if not weight.frozen:
            weight.gradient += self.weight_gradient(
                inner.weight.gradient, inner, sigma, direction
            )
            if sigma_dot is not None:
                gradient = self.plain_gradient(dy, inner, inner_cache)
                turning = (gradient * weight_hat_dot).sum() * direction
                shrinking = sigma_dot * self.weight_gradient(gradient, inner, sigma, direction)
                weight.gradient -= (turning + shrinking) / sigma
        return results

    def plain_gradient(self, dy, inner, inner_cache):
        """dŴ of the ordinary backward pass; nothing else is added to."""
        alone = copy.copy(inner)
        alone.weight = Parameter(inner.weight.value)
        if getattr(alone, "bias", None) is not None:
            alone.bias = Parameter(inner.bias.value)
        alone.backward(dy, inner_cache, need_dx=False)
        return alone.weight.gradient


def unit(vector, eps):
    xp = array_module(vector)
    return vector / xp.maximum(xp.sqrt((vector * vector).sum()).real, eps)
