"""Layers that only rearrange: the same numbers in another shape."""

import math

from gan_scratch import settings
from gan_scratch.layers.layer import Layer


class Rearrange(Layer):
    """y holds the numbers of x in another shape, one sample apart from the other.

    Every pass is a reshape: forward to the new shape, backward to the old one.
    A subclass gives output_shape(x), the shape of one sample of y.
    """

    def output_shape(self, x):
        raise NotImplementedError

    def forward(self, x, training=True):
        sample_shape = self.output_shape(x)
        y = x.reshape(x.shape[0], *sample_shape)
        return y, (x, y.shape)

    def backward(self, dy, cache, need_dx=True):
        x, y_shape = cache
        self.expect(dy, y_shape, like=x, name="dy")
        return dy.reshape(x.shape) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        x, y_shape = cache
        self.expect(x_dot, x.shape, like=x, name="x_dot")
        return x_dot.reshape(y_shape), None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x, y_shape = cache
        self.expect_cotangents(dy, dy_dot, y_shape, like=x)
        if not need_dx:
            return None, None
        return dy.reshape(x.shape), None if dy_dot is None else dy_dot.reshape(x.shape)


class Flatten(Rearrange):
    """x (N, ...) -> y (N, D): each sample as one row."""

    def output_shape(self, x):
        self.expect(x)
        if x.ndim < 1:
            raise ValueError("Flatten takes x of shape (N, ...), got ()")
        return (math.prod(x.shape[1:]),)


class Reshape(Rearrange):
    """x (N, ...) -> y (N, *shape): each sample in the given shape."""

    def __init__(self, shape):
        self.shape = tuple(
            settings.positive_integer(self, f"shape[{axis}]", size)
            for axis, size in enumerate(shape)
        )

    def output_shape(self, x):
        self.expect(x)
        if x.ndim < 1 or math.prod(x.shape[1:]) != math.prod(self.shape):
            raise ValueError(
                f"Reshape to {self.shape} takes samples of {math.prod(self.shape)} numbers, "
                f"got x of shape {tuple(x.shape)}"
            )
        return self.shape
