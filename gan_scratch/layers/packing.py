"""Packing: D sees several samples at once, so that G is caught when they are all alike."""

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.linear_map import LinearMap


class Pack(LinearMap):
    """Each m samples become one with m times as many channels (PacGAN, Lin et al. 2018).

    Shapes
        x (N, ..., C), y (N/m, ..., m C); channels i C to (i + 1) C are those of the i-th of the m
        samples, which are neighbours in x. N must be divisible by m.

    It stands at the front of D, which then gives a score a pack, (N/m, 1).
    """

    mixes_samples = True
    shareable = True  # a share is whole packs

    def __init__(self, m):
        self.m = settings.positive_integer(self, "m", m)

    def plan(self, x):
        self.expect(x)
        if x.ndim < 2:
            raise ValueError(f"Pack takes x of shape (N, ..., C), got {tuple(x.shape)}")
        if len(x) % self.m:
            raise ValueError(
                f"Pack puts {self.m} samples together, which does not divide a batch of {len(x)}"
            )
        return x.shape

    def apply(self, v, shape):
        count, *places, channels = shape
        packs = v.reshape(count // self.m, self.m, *places, channels)
        beside = array_module(v).moveaxis(packs, 1, -2)
        return beside.reshape(count // self.m, *places, self.m * channels)

    def adjoint(self, dy, shape):
        count, *places, channels = shape
        beside = dy.reshape(count // self.m, *places, self.m, channels)
        return array_module(dy).moveaxis(beside, -2, 1).reshape(shape)
