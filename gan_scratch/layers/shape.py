"""Layers that only rearrange: the same numbers in another shape."""

import math

from gan_scratch import settings
from gan_scratch.layers.linear_map import LinearMap


class Rearrange(LinearMap):
    """y holds the numbers of x in another shape, one sample apart from the other.

    A subclass gives output_shape(x), the shape of one sample of y.
    """

    def output_shape(self, x):
        raise NotImplementedError

    def plan(self, x):
        sample_shape = self.output_shape(x)
        return x.shape, (x.shape[0], *sample_shape)

    def apply(self, v, plan):
        return v.reshape(plan[1])

    def adjoint(self, dy, plan):
        return dy.reshape(plan[0])


class Identity(LinearMap):
    """y = x: a place that may be named, or be filled later."""

    def plan(self, x):
        self.expect(x)

    def apply(self, v, plan):
        return v

    adjoint = apply


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
