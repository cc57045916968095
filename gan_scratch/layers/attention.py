"""Self-attention: every place of an image looks at every other."""

import math

import numpy as np

from gan_scratch import settings
from gan_scratch.layers.activations import Softmax
from gan_scratch.layers.dense import Dense
from gan_scratch.layers.layer import Layer, Parameter


class SelfAttention(Layer):
    """The attention block of SAGAN (Zhang et al. 2019, section 3), over all P places of a sample.

        q = x W_q,  k = x W_k,  v = x W_v        each place asks, answers and offers
        A = softmax(q kᵀ)                        row p: how much place p attends to each place
        y = x + g · (A v) W_o                    the gain g is learnt and starts at 0

    Shapes
        x, y (N, ..., C); q, k (N, P, C/8), v (N, P, C/2), at least 1 wide; A (N, P, P); g (1,)
    Backward, with o = A v, z = o W_o and S = q kᵀ
        dg = Σ dy z       dz = g dy                     do = dz W_oᵀ
        dA = do vᵀ        dv = Aᵀ do                    dS = softmax's backward at dA
        dq = dS k         dk = dSᵀ q                    dx = dy + dq W_qᵀ + dk W_kᵀ + dv W_vᵀ
    Tangent
        the product rule, line by line: (a b)˙ = ȧ b + a ḃ

    The weights are 1x1 convolutions without bias, as in the paper; a Dense layer is one, channels
    last. q kᵀ is not scaled, and there is no pooling of the keys. A has P² numbers a sample.
    """

    def __init__(self, channels, *, rng, init="glorot"):
        self.channels = settings.positive_integer(self, "channels", channels)
        narrow, half = max(1, self.channels // 8), max(1, self.channels // 2)
        self.query = Dense(self.channels, narrow, bias=False, rng=rng, init=init)
        self.key = Dense(self.channels, narrow, bias=False, rng=rng, init=init)
        self.value = Dense(self.channels, half, bias=False, rng=rng, init=init)
        self.output = Dense(half, self.channels, bias=False, rng=rng, init=init)
        self.softmax = Softmax()
        self.gain = Parameter(np.zeros(1, "float32"))

    def forward(self, x, training=True):
        self.expect(x, (..., self.channels), like=self.gain.value)
        if x.ndim < 3 or 0 in x.shape[1:]:
            raise ValueError(
                f"SelfAttention takes x of shape (N, ..., {self.channels}) with at least one "
                f"place, got {tuple(x.shape)}"
            )
        places = x.reshape(x.shape[0], math.prod(x.shape[1:-1]), self.channels)
        q, query_cache = self.query.forward(places)
        k, key_cache = self.key.forward(places)
        v, value_cache = self.value.forward(places)
        attention, softmax_cache = self.softmax.forward(q @ turned(k))
        z, output_cache = self.output.forward(attention @ v)
        y = x + self.gain.value * z.reshape(x.shape)
        caches = query_cache, key_cache, value_cache, softmax_cache, output_cache
        return y, (x.shape, (q, k, v, attention, z), caches)

    def backward(self, dy, cache, need_dx=True):
        shape, (q, k, v, attention, z), caches = cache
        query_cache, key_cache, value_cache, softmax_cache, output_cache = caches
        self.expect(dy, shape, like=z, name="dy")
        dy = dy.reshape(z.shape)
        if not self.gain.frozen:
            self.gain.gradient += (dy * z).sum()
        do = self.output.backward(self.gain.value * dy, output_cache)
        ds = self.softmax.backward(do @ turned(v), softmax_cache)
        through_query = self.query.backward(ds @ k, query_cache, need_dx)
        through_key = self.key.backward(turned(ds) @ q, key_cache, need_dx)
        through_value = self.value.backward(turned(attention) @ do, value_cache, need_dx)
        if not need_dx:
            return None
        return (dy + through_query + through_key + through_value).reshape(shape)

    def tangent_forward(self, x_dot, cache):
        shape, (q, k, v, attention, z), caches = cache
        query_cache, key_cache, value_cache, softmax_cache, output_cache = caches
        self.expect(x_dot, shape, like=z, name="x_dot")
        x_dot = x_dot.reshape(z.shape)
        q_dot, query_tangent = self.query.tangent_forward(x_dot, query_cache)
        k_dot, key_tangent = self.key.tangent_forward(x_dot, key_cache)
        v_dot, value_tangent = self.value.tangent_forward(x_dot, value_cache)
        s_dot = q_dot @ turned(k) + q @ turned(k_dot)
        attention_dot, softmax_tangent = self.softmax.tangent_forward(s_dot, softmax_cache)
        o_dot = attention_dot @ v + attention @ v_dot
        z_dot, output_tangent = self.output.tangent_forward(o_dot, output_cache)
        y_dot = x_dot + self.gain.value * z_dot
        if self.gain.tangent is not None:
            y_dot += self.gain.tangent * z
        tangents = query_tangent, key_tangent, value_tangent, softmax_tangent, output_tangent
        return y_dot.reshape(shape), ((q_dot, k_dot, v_dot, attention_dot, z_dot), tangents)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        shape, (q, k, v, attention, z), caches = cache
        (q_dot, k_dot, v_dot, attention_dot, z_dot), tangents = tangent_cache
        self.expect_cotangents(dy, dy_dot, shape, like=z)
        dy = dy.reshape(z.shape)
        # Both factors of a product change with x, so most terms stay where dy_dot is zero.
        dy_dot = 0 * dy if dy_dot is None else dy_dot.reshape(z.shape)
        query_pass, key_pass, value_pass, softmax_pass, output_pass = zip(
            caches, tangents, strict=True
        )
        if not self.gain.frozen:
            self.gain.gradient += (dy * z_dot + dy_dot * z).sum()
        dz, dz_dot = self.gain.value * dy, self.gain.value * dy_dot
        if self.gain.tangent is not None:
            dz_dot += self.gain.tangent * dy
        do, do_dot = self.output.tangent_backward(dz, dz_dot, *output_pass)
        ds, ds_dot = self.softmax.tangent_backward(
            do @ turned(v), do_dot @ turned(v) + do @ turned(v_dot), *softmax_pass
        )
        through = [
            self.query.tangent_backward(ds @ k, ds_dot @ k + ds @ k_dot, *query_pass, need_dx),
            self.key.tangent_backward(
                turned(ds) @ q, turned(ds_dot) @ q + turned(ds) @ q_dot, *key_pass, need_dx
            ),
            self.value.tangent_backward(
                turned(attention) @ do, turned(attention_dot) @ do + turned(attention) @ do_dot,
                *value_pass, need_dx,
            ),
        ]
        if not need_dx:
            return None, None
        for branch_dx, branch_dx_dot in through:
            dy, dy_dot = dy + branch_dx, dy_dot + branch_dx_dot
        return dy.reshape(shape), dy_dot.reshape(shape)


def turned(matrices):
    """The transpose of each matrix in a stack."""
    return matrices.swapaxes(-1, -2)
