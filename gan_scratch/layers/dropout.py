"""Dropout: in training, each element is left out with probability p."""

from gan_scratch import settings
from gan_scratch.backend import backend_of
from gan_scratch.layers.linear_map import LinearMap
from gan_scratch.share import share


class Dropout(LinearMap):
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
        mask = None
        if training:
            kept = share().draws_from(self.rng).random(x.shape, dtype="float32") >= self.p
            mask = backend_of(x).asarray(kept.astype(x.dtype)) / (1 - self.p)
        return self.passed(x, self.apply(x, mask), mask)

    def apply(self, v, mask):
        return v if mask is None else v * mask

    adjoint = apply
