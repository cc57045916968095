"""Layers that take a pair (x, condition), so that a player can be told what to make or to judge."""

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.embedding import expect_labels, rows
from gan_scratch.layers.linear_map import LinearMap


class ConcatenateCondition(LinearMap):
    """y = [x, c]: x (N, ..., C) and its condition c side by side, as channels (Mirza and Osindero
    2014). It is the first layer of a player.

    c is (N, ..., K), or (N, K) and repeated at all places, or with `classes=K` labels (N,), which
    become one-hot vectors and have no derivative.

    Backward      [dx, dc] = dy, where dc is summed over the places at which c was repeated
    Tangent       ẏ = [ẋ, ċ]      [dẋ, dċ] = dẏ      (ẋ or ċ may be None, which means zero)
    """

    piecewise_linear = takes_condition = True

    def __init__(self, classes=None):
        given = classes is not None
        self.classes = settings.positive_integer(self, "classes", classes) if given else None

    def forward(self, x, training=True):
        x, c = pair(self, x)
        self.expect(x, (..., None, None))
        if self.classes:
            expect_labels(self, c, self.classes, x, x.shape[:1], "labels")
            c = rows(array_module(x).eye(self.classes, dtype=x.dtype), c)
        repeated = getattr(c, "ndim", 2) == 2
        self.expect(c, (*x.shape[: 1 if repeated else -1], None), x, "condition")
        return self.passed(x, self.apply((x, c), None), (x.shape, c.shape))

    def tangent_forward(self, x_dot, cache):
        shapes, like, *_ = cache
        parts, zeros = zip(pair(self, x_dot), shapes, strict=True), array_module(like).zeros
        both = [zeros(shape, like.dtype) if v is None else v for v, shape in parts]
        for v, shape in zip(both, shapes, strict=True):
            self.expect(v, shape, like, "x_dot")
        return self.apply(both, shapes), None

    def apply(self, v, shapes):
        (x, c), xp = v, array_module(v[0])
        if c.ndim < x.ndim:
            c = c.reshape(len(c), *(1,) * (x.ndim - 2), c.shape[-1])
        return xp.concatenate([x, xp.broadcast_to(c, (*x.shape[:-1], c.shape[-1]))], axis=-1)

    def adjoint(self, dy, shapes):
        (*_, channels), c_shape = shapes
        dx, dc = dy[..., :channels], dy[..., channels:]
        if len(c_shape) < dy.ndim:
            dc = dc.sum(axis=tuple(range(1, dy.ndim - 1)))
        return dx, None if self.classes else dc


class Modulate(ConcatenateCondition):
    """y = (1 + a) x + b, where the condition [a, b] has 2 C channels: FiLM (Perez et al. 2018), and
    AdaIN (Huang and Belongie 2017) where x comes from an InstanceNorm.

    Backward      dx = (1 + a) dy      da = x dy      db = dy
    Tangent       ẏ = (1 + a) ẋ + ȧ x + ḃ
                  dẋ = (1 + a) dẏ + ȧ dy      dȧ = x dẏ + ẋ dy      dḃ = dẏ
    """

    def forward(self, x, training=True):
        joined, inner = super().forward(x, training)
        self.expect(x[1], (..., 2 * x[0].shape[-1]), x[0], "scale and shift")
        x, a, b = array_module(joined).split(joined, 3, axis=-1)
        return (1 + a) * x + b, (inner, x, 1 + a)

    def backward(self, dy, cache, need_dx=True):
        inner, x, scale = cache
        self.expect(dy, x.shape, like=x, name="dy")
        d_joined = array_module(x).concatenate([scale * dy, x * dy, dy], axis=-1)
        return super().backward(d_joined, inner, need_dx)

    def tangent_forward(self, x_dot, cache):
        inner, x, scale = cache
        joined, _ = super().tangent_forward(x_dot, inner)
        x_dot, a_dot, b_dot = array_module(joined).split(joined, 3, axis=-1)
        return scale * x_dot + a_dot * x + b_dot, (x_dot, a_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        (inner, x, scale), (x_dot, a_dot) = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, x.shape, like=x)
        xp = array_module(x)
        dy_dot = xp.zeros_like(dy) if dy_dot is None else dy_dot
        parts = scale * dy_dot + a_dot * dy, x * dy_dot + x_dot * dy, dy_dot
        d_joined_dot = self.adjoint(xp.concatenate(parts, axis=-1), inner[0])
        return (self.backward(dy, cache), d_joined_dot) if need_dx else (None, None)


def pair(layer, x, second="condition"):
    """Both of them; TypeError unless x is a pair."""
    if not isinstance(x, tuple) or len(x) != 2:
        words = f"{type(layer).__name__} takes a pair (array, {second})"
        raise TypeError(f"{words}, got {type(x).__name__}")
    return x
