"""Dropout: in training, each element is left out with probability p."""

from gan_scratch import settings
from gan_scratch.backend import backend_of
from gan_scratch.layers.layer import Layer
from gan_scratch.share import share


class Dropout(Layer):
    """y = m x / (1 - p) in training, with m = 0 with probability p, else 1; y = x in inference.

    Backward      dx = m dy / (1 - p)
    Tangent       ẏ = m ẋ / (1 - p)      dẋ = m dẏ / (1 - p)

    The mask is drawn on the host from `rng`, so that every backend drops the same elements
    (Srivastava et al. 2014; scaled in training, so that inference needs no scaling).
    """

    shareable = True

    def __init__(self, p, *, rng):
        self.p = settings.in_unit_interval(self, "p", p)
        self.rng = settings.generator(self, rng)

    def forward(self, x, training=True):
        self.expect(x)
        if not training:
            return x, (x, None)
        kept = share().draws_from(self.rng).random(x.shape, dtype="float32") >= self.p
        mask = backend_of(x).asarray(kept.astype(x.dtype)) / (1 - self.p)
        return x * mask, (x, mask)

    def backward(self, dy, cache, need_dx=True):
        x, mask = cache
        self.expect(dy, x.shape, like=x, name="dy")
        return self.through(dy, mask) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        x, mask = cache
        self.expect(x_dot, x.shape, like=x, name="x_dot")
        return self.through(x_dot, mask), None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x, mask = cache
        self.expect_cotangents(dy, dy_dot, x.shape, like=x)
        if not need_dx:
            return None, None
        return self.through(dy, mask), self.through(dy_dot, mask)

    def through(self, v, mask):
        return v if v is None or mask is None else v * mask
