"""Layers that are linear in x and have no parameters: they move, repeat, pick, average and drop."""

from gan_scratch.backend import array_module
from gan_scratch.layers.layer import Layer


class LinearMap(Layer):
    """y = A x for a matrix A that is never formed and that knows no parameters.

    Backward      dx = Aᵀ dy
    Tangent       ẏ = A ẋ      dẋ = Aᵀ dẏ

    A subclass gives
        plan(x)             checks x; returns what A and Aᵀ need to know: the shape of x, or which
                            elements were picked. The map is linear while the plan stays.
        apply(v, plan)      A v
        adjoint(dy, plan)   Aᵀ dy
    or, where training differs from inference, or y is A x + b, a forward pass of its own that ends
    in `passed`.
    """

    piecewise_linear = True

    def plan(self, x):
        raise NotImplementedError

    def apply(self, v, plan):
        raise NotImplementedError

    def adjoint(self, dy, plan):
        raise NotImplementedError

    def forward(self, x, training=True):
        plan = self.plan(x)
        return self.passed(x, self.apply(x, plan), plan)

    def passed(self, x, y, plan):
        """What forward returns; of x the cache has the dtype, the library and the shape."""
        return y, (plan, array_module(x).empty(0, x.dtype), x.shape, y.shape)

    def backward(self, dy, cache, need_dx=True):
        plan, like, _, y_shape = cache
        self.expect(dy, y_shape, like=like, name="dy")
        return self.adjoint(dy, plan) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        plan, like, x_shape, _ = cache
        self.expect(x_dot, x_shape, like=like, name="x_dot")
        return self.apply(x_dot, plan), None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        plan, like, _, y_shape = cache
        self.expect_cotangents(dy, dy_dot, y_shape, like=like)
        if not need_dx:
            return None, None
        return self.adjoint(dy, plan), None if dy_dot is None else self.adjoint(dy_dot, plan)
