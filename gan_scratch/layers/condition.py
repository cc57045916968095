"""Layers that take a pair (x, condition), so that a player can be told what to make or to judge."""

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.embedding import expect_labels, rows
from gan_scratch.layers.layer import Layer
from gan_scratch.layers.linear_map import LinearMap


class ConcatenateCondition(LinearMap):
    """y = [x, c]: x and its condition c side by side, as channels (Mirza and Osindero 2014).

    Shapes
        x (N, ..., C), y (N, ..., C + K), and one of
        c (N, ..., K)   numbers for each place of x
        c (N, K)        numbers for each sample, repeated at all places
        c (N,)          with `classes=K`: labels, which become one-hot vectors
    Backward
        dx = the first C channels of dy, dc = the others, summed over the places where c was
        repeated; None for labels
    Tangent
        ẏ = [ẋ, ċ]; in x_dot = (ẋ, ċ), None stands for zero

    It is a player's first layer, as in Sequential(ConcatenateCondition(classes=10), Dense(...)).
    """

    piecewise_linear = True
    takes_condition = True

    def __init__(self, classes=None):
        self.classes = classes if classes is None else settings.positive_integer(
            self, "classes", classes
        )

    def forward(self, x, training=True):
        x, c = pair(self, x)
        self.expect(x, (..., None, None))
        if self.classes:
            expect_labels(self, c, self.classes, x, x.shape[:1], "labels")
            c = rows(array_module(x).eye(self.classes, dtype=x.dtype), c)
        else:
            repeated = getattr(c, "ndim", 2) == 2
            self.expect(c, (*x.shape[: 1 if repeated else -1], None), x, "condition")
        shapes = x.shape, c.shape
        return self.passed(x, self.apply((x, c), shapes), shapes)

    def tangent_forward(self, x_dot, cache):
        shapes, like, *_ = cache
        return self.apply(directions(self, x_dot, shapes, like), shapes), None

    def apply(self, v, shapes):
        x, c = v
        xp = array_module(x)
        if c.ndim < x.ndim:
            c = at_places(c, x.ndim)
        return xp.concatenate([x, xp.broadcast_to(c, (*x.shape[:-1], c.shape[-1]))], axis=-1)

    def adjoint(self, dy, shapes):
        (*_, channels), c_shape = shapes
        dx, dc = dy[..., :channels], dy[..., channels:]
        if self.classes:
            return dx, None
        return dx, over_places(dc) if len(c_shape) < dy.ndim else dc


class Modulate(Layer):
    """y = x (1 + a) + b, a scale and shift for each channel of each sample, which are the condition
    (FiLM, Perez et al. 2018; behind an InstanceNorm AdaIN, Huang and Belongie 2017).

    Shapes
        x (N, ..., C), s = [a, b] (N, 2 C), y as x
    Backward, the sums over the places of x
        dx = (1 + a) dy          ds = [Σ x dy, Σ dy]
    Tangent
        ẏ = (1 + a) ẋ + ȧ x + ḃ
        dẋ = (1 + a) dẏ + ȧ dy          dṡ = [Σ ẋ dy + x dẏ, Σ dẏ]
    """

    takes_condition = True

    def forward(self, x, training=True):
        x, s = pair(self, x)
        self.expect(x, (..., None, None))
        self.expect(s, (len(x), 2 * x.shape[-1]), x, "scale and shift")
        scale, shift = halves(s, x.ndim)
        return x * (1 + scale) + shift, (x, 1 + scale)

    def backward(self, dy, cache, need_dx=True):
        x, scale = cache
        self.expect(dy, x.shape, like=x, name="dy")
        return (scale * dy, joined(x * dy, dy)) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        x, scale = cache
        shapes = x.shape, (len(x), 2 * x.shape[-1])
        x_dot, s_dot = directions(self, x_dot, shapes, x)
        scale_dot, shift_dot = halves(s_dot, x.ndim)
        return scale * x_dot + scale_dot * x + shift_dot, (x_dot, scale_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        (x, scale), (x_dot, scale_dot) = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, x.shape, like=x)
        if not need_dx:
            return None, None
        dy_dot = array_module(dy).zeros_like(dy) if dy_dot is None else dy_dot
        of_s = joined(x_dot * dy + x * dy_dot, dy_dot)
        return self.backward(dy, cache), (scale * dy_dot + scale_dot * dy, of_s)


def pair(layer, x, second="condition"):
    """Both of them; TypeError unless x is a pair."""
    if not isinstance(x, tuple) or len(x) != 2:
        raise TypeError(
            f"{type(layer).__name__} takes a pair (array, {second}), got {type(x).__name__}"
        )
    return x


def directions(layer, x_dot, shapes, like):
    """Both directions of a pair of these shapes, with zeros for None."""
    both = []
    for v, shape in zip(pair(layer, x_dot), shapes, strict=True):
        v = array_module(like).zeros(shape, like.dtype) if v is None else v
        layer.expect(v, shape, like, "x_dot")
        both.append(v)
    return both


def at_places(c, ndim):
    """c (N, K) so shaped that it is repeated at all places of an array with `ndim` axes."""
    return c.reshape(len(c), *(1,) * (ndim - 2), c.shape[-1])


def halves(s, ndim):
    """a and b of s = [a, b], at all places."""
    channels = s.shape[-1] // 2
    return at_places(s[:, :channels], ndim), at_places(s[:, channels:], ndim)


def joined(da, db):
    """ds of s = [a, b], each summed over the places."""
    return array_module(da).concatenate([over_places(da), over_places(db)], axis=-1)


def over_places(v):
    """The sum of v (N, ..., K) over the places between: the adjoint of at_places."""
    return v.sum(axis=tuple(range(1, v.ndim - 1)))
