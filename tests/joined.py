"""A layer of several outputs as one with a single y, for tests that hold for every layer."""

from gan_scratch.gradient_check.forms import joined, parted
from gan_scratch.layers import Heads, Layer


def as_one(layer):
    """The layer, or Heads as a layer with a single y."""
    return Joined(layer) if isinstance(layer, Heads) else layer


class Joined(Layer):
    """The outputs of a layer lie side by side in y, and dy is taken apart again. On the host."""

    mixes_samples = property(lambda self: self.layer.mixes_samples)

    def __init__(self, layer):
        self.layer = layer

    def members(self):
        return self.layer.members()

    def forward(self, x, training=True):
        y, cache = self.layer.forward(x, training)
        return joined(y, y), (y, cache)

    def backward(self, dy, cache, need_dx=True):
        return self.layer.backward(parted(dy, cache[0]), cache[1], need_dx)

    def tangent_forward(self, x_dot, cache):
        y_dot, tangent_cache = self.layer.tangent_forward(x_dot, cache[1])
        return joined(y_dot, cache[0]), tangent_cache

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        dys = parted(dy, cache[0]), parted(dy_dot, cache[0])
        return self.layer.tangent_backward(*dys, cache[1], tangent_cache, need_dx)
