"""Statistics of a batch, shown to a critic: a generator that lacks variety gives itself away."""

import math

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.layer import Layer


class MinibatchStandardDeviation(Layer):
    """y = x and, as further channels, how much x varies within a group of samples.

    Progressive GAN (Karras et al. 2018, section 3), grouped as in StyleGAN2: the batch is G members
    of each of N/G groups, member by member, so sample n is in group n modulo N/G; the channels are
    cut into F = num_channels chunks.

        z = x - mean of x over the group
        s = sqrt(mean of z² over the group + eps)
        m = mean of s over the places and channels of a chunk: F numbers a group

    Shapes
        x (N, ..., C), y (N, ..., C + F): m at every place of every member of its group
    Backward, with n places and channels in a chunk, and dm = Σ dy over members and places
        dx = dy of x + ds u,  ds = dm / n,  u = z / (G s)
    Tangent
        ż = ẋ - mean ẋ,  ṡ = mean(z ż) / s,  u̇ = (ż - z ṡ / s) / (G s)
        dẋ = dẏ of x + dṡ u + ds u̇

    G = group_size, or N where that is less; N must be divisible by G.
    """

    mixes_samples = True

    def __init__(self, group_size=4, num_channels=1, eps=1e-8):
        self.group_size = settings.positive_integer(self, "group_size", group_size)
        self.num_channels = settings.positive_integer(self, "num_channels", num_channels)
        self.eps = settings.positive(self, "eps", eps)

    def grouped(self, x):
        """x (N, ..., C) as (G members, N/G groups, places, F chunks, C/F channels)."""
        members = max(1, min(self.group_size, x.shape[0]))
        return x.reshape(
            members, x.shape[0] // members, math.prod(x.shape[1:-1]),
            self.num_channels, x.shape[-1] // self.num_channels,
        )

    def expect_groups(self, x):
        self.expect(x)
        if x.ndim < 2 or 0 in x.shape[1:]:
            raise ValueError(
                "MinibatchStandardDeviation takes x of shape (N, ..., C) with something in each "
                f"sample, got {tuple(x.shape)}"
            )
        if x.shape[0] % max(1, min(self.group_size, x.shape[0])):
            raise ValueError(
                "MinibatchStandardDeviation takes batches that groups of "
                f"{self.group_size} divide, got {x.shape[0]} samples"
            )
        if x.shape[-1] % self.num_channels:
            raise ValueError(
                f"MinibatchStandardDeviation cuts the channels into {self.num_channels} chunks, "
                f"got {x.shape[-1]} channels"
            )

    def forward(self, x, training=True):
        self.expect_groups(x)
        z = centred(self.grouped(x))
        s = array_module(x).sqrt((z * z).mean(axis=0) + self.eps)
        return self.beside(x, s), (z, s, x.shape)

    def backward(self, dy, cache, need_dx=True):
        z, s, shape = cache
        self.expect(dy, self.output_shape(shape), like=z, name="dy")
        if not need_dx:
            return None
        u = z / (z.shape[0] * s)
        return dy[..., :shape[-1]] + (self.to_s(dy, z) * u).reshape(shape)

    def tangent_forward(self, x_dot, cache):
        z, s, shape = cache
        self.expect(x_dot, shape, like=z, name="x_dot")
        z_dot = centred(self.grouped(x_dot))
        s_dot = (z * z_dot).mean(axis=0) / s
        return self.beside(x_dot, s_dot), (z_dot, s_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        (z, s, shape), (z_dot, s_dot) = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, self.output_shape(shape), like=z)
        if not need_dx:
            return None, None
        u = z / (z.shape[0] * s)
        u_dot = (z_dot - z * s_dot / s) / (z.shape[0] * s)
        ds = self.to_s(dy, z)
        dx_dot = (ds * u_dot).reshape(shape)
        if dy_dot is not None:
            dx_dot += dy_dot[..., :shape[-1]] + (self.to_s(dy_dot, z) * u).reshape(shape)
        return dy[..., :shape[-1]] + (ds * u).reshape(shape), dx_dot

    def output_shape(self, shape):
        return (*shape[:-1], shape[-1] + self.num_channels)

    def beside(self, x, s):
        """x with the mean of s over places and channels as further channels."""
        xp = array_module(x)
        m = s.mean(axis=(1, 3))
        members = x.shape[0] // max(1, m.shape[0])
        places = math.prod(x.shape[1:-1])
        m = xp.broadcast_to(m[None, :, None], (members, m.shape[0], places, self.num_channels))
        return xp.concatenate([x, m.reshape(*x.shape[:-1], self.num_channels)], axis=-1)

    def to_s(self, dy, z):
        """ds: the adjoint of `beside`, for s alone."""
        members, groups, places, chunks, channels = z.shape
        dm = dy[..., -chunks:].reshape(members, groups, places, chunks).sum(axis=(0, 2))
        return dm[:, None, :, None] / (places * channels)


def centred(groups):
    return groups - groups.mean(axis=0, keepdims=True)
