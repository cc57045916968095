"""Statistics of a batch, shown to a critic: a generator that lacks variety gives itself away."""

import math

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers.layer import Layer
from gan_scratch.share import gather, share


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

    G = group_size, or N where that is less; N must be divisible by G. A group runs across the whole
    batch, so where processes share it, each computes the statistics of all of it.
    """

    mixes_samples = True
    shareable = True

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
        batch, own = of_all_shares(x)
        self.expect_groups(batch)
        z = centred(self.grouped(batch))
        s = array_module(x).sqrt((z * z).mean(axis=0) + self.eps)
        return self.beside(x, s, own), (z, s, x.shape, own)

    def backward(self, dy, cache, need_dx=True):
        z, s, shape, own = cache
        self.expect(dy, self.output_shape(shape), like=z, name="dy")
        if not need_dx:
            return None
        u = z / (z.shape[0] * s)
        return dy[..., :shape[-1]] + rows(self.to_s(dy, z) * u, own, shape)

    def tangent_forward(self, x_dot, cache):
        z, s, shape, own = cache
        self.expect(x_dot, shape, like=z, name="x_dot")
        z_dot = centred(self.grouped(of_all_shares(x_dot)[0]))
        s_dot = (z * z_dot).mean(axis=0) / s
        return self.beside(x_dot, s_dot, own), (z_dot, s_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        (z, s, shape, own), (z_dot, s_dot) = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, self.output_shape(shape), like=z)
        if not need_dx:
            return None, None
        u = z / (z.shape[0] * s)
        u_dot = (z_dot - z * s_dot / s) / (z.shape[0] * s)
        ds = self.to_s(dy, z)
        dx_dot = rows(ds * u_dot, own, shape)
        if dy_dot is not None:
            dx_dot = dx_dot + dy_dot[..., :shape[-1]] + rows(self.to_s(dy_dot, z) * u, own, shape)
        return dy[..., :shape[-1]] + rows(ds * u, own, shape), dx_dot

    def output_shape(self, shape):
        return (*shape[:-1], shape[-1] + self.num_channels)

    def beside(self, x, s, own):
        """x, rows `own` of the batch, with the mean of s over places and channels as further
        channels."""
        xp = array_module(x)
        m = s.mean(axis=(1, 3))
        members = -(-own.stop // max(1, len(m)))  # as many as reach to the last of these rows
        m = xp.broadcast_to(m, (members, *m.shape)).reshape(-1, self.num_channels)[own]
        m = m.reshape(len(x), *(1,) * (x.ndim - 2), self.num_channels)
        m = xp.broadcast_to(m, (*x.shape[:-1], self.num_channels))
        return xp.concatenate([x, m], axis=-1)

    def to_s(self, dy, z):
        """ds: the adjoint of `beside`, for s alone."""
        members, groups, places, chunks, channels = z.shape
        dm = dy[..., -chunks:].reshape(len(dy), places, chunks).sum(axis=1)
        dm = of_all_shares(dm)[0].reshape(members, groups, chunks).sum(axis=0)
        return dm[:, None, :, None] / (places * channels)


def of_all_shares(part):
    """(that part of every share as one array, the rows of it that are this share's)."""
    parts = gather(part)
    if len(parts) == 1:
        return part, slice(0, len(part))
    start = sum(map(len, parts[: share().index]))
    return array_module(part).concatenate(parts), slice(start, start + len(part))


def rows(grouped, own, shape):
    """The rows `own` of what is grouped, in the shape of this share's x."""
    return grouped.reshape(-1, *shape[1:])[own]


def centred(groups):
    return groups - groups.mean(axis=0, keepdims=True)
