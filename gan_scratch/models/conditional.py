"""Players that are told a class: the input is a pair (samples or noise, labels).

A class is a learnt vector, a row of an Embedding. G gets it beside the noise. D compares it with
what it has seen: a score for "real" plus one for "real and of this class" (Miyato and Koyama 2018).
"""

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.layers import Dense, Embedding, Layer
from gan_scratch.layers.condition import pair


class ConditionalGenerator(Layer):
    """y = body([z, e]) with e = E[label], the class's row of the embedding.

    Shapes
        x = (z (N, latent), labels (N,)), E (classes, dim), y as body makes it of (N, latent + dim)
    Backward
        [dz, de] = the body's dx; de goes on to the embedding; labels have none
    """

    takes_condition = True

    def __init__(self, body, latent, classes, dim, *, rng):
        self.latent = settings.positive_integer(self, "latent", latent)
        self.classes = settings.positive_integer(self, "classes", classes)
        self.embedding = Embedding(classes, dim, rng=rng)
        self.body = body

    def joined(self, z, e):
        return array_module(z).concatenate([z, e], axis=1)

    def forward(self, x, training=True):
        z, labels = pair(self, x, "labels")
        self.expect(z, (None, self.latent))
        self.expect(labels, z.shape[:1], labels, "labels")
        e, e_cache = self.embedding.forward(labels, training)
        y, cache = self.body.forward(self.joined(z, e), training)
        return y, (e_cache, cache)

    def backward(self, dy, cache, need_dx=True):
        e_cache, body_cache = cache
        d_joined = self.body.backward(dy, body_cache)
        self.embedding.backward(d_joined[:, self.latent :], e_cache)
        return (d_joined[:, : self.latent], None) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        e_cache, body_cache = cache
        z_dot, _ = x_dot
        e_dot, _ = self.embedding.tangent_forward(None, e_cache)
        return self.body.tangent_forward(self.joined(z_dot, e_dot), body_cache)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        e_cache, body_cache = cache
        d_joined, d_joined_dot = self.body.tangent_backward(dy, dy_dot, body_cache, tangent_cache)
        z, e = slice(self.latent), slice(self.latent, None)
        dz_dot = None
        if d_joined_dot is not None:
            self.embedding.tangent_backward(d_joined[:, e], d_joined_dot[:, e], e_cache, None)
            dz_dot = d_joined_dot[:, z]
        return ((d_joined[:, z], None), (dz_dot, None)) if need_dx else (None, None)


class ConditionalDiscriminator(Layer):
    """score = h w + b + Σ_j h_j E[label]_j with h = body(x), a row of features a sample.

    Shapes
        x = (samples (N, ...), labels (N,)), h (N, features), w (features, 1), E (classes, features)
    Backward, dy = dL/dscore
        dh = dy wᵀ + dy e          de = dy h          dw, db as in a dense layer
    Tangent
        score' = ḣ w + h ẇ + ḃ + Σ ḣ e + h ė
        dḣ = dẏ wᵀ + dy ẇᵀ + dẏ e + dy ė           dė = dẏ h + dy ḣ
    """

    takes_condition = True

    def __init__(self, body, features, classes, *, rng, init="he", wrap=lambda layer: layer):
        """`wrap` may put something around head and embedding, such as SpectralNorm."""
        self.classes = settings.positive_integer(self, "classes", classes)
        self.body = body
        self.head = wrap(Dense(features, 1, rng=rng, init=init))

        def small(rng, shape, fan_in, fan_out):  # as w is, so that both scores count alike
            return rng.standard_normal(shape, dtype="float32") * fan_out**-0.5

        self.embedding = wrap(Embedding(classes, features, rng=rng, init=small))

    def forward(self, x, training=True):
        samples, labels = pair(self, x, "labels")
        self.expect(labels, samples.shape[:1], labels, "labels")
        h, body_cache = self.body.forward(samples, training)
        score, head_cache = self.head.forward(h, training)
        e, e_cache = self.embedding.forward(labels, training)
        score = score + (h * e).sum(axis=1, keepdims=True)
        return score, (body_cache, head_cache, e_cache, h, e)

    def backward(self, dy, cache, need_dx=True):
        body_cache, head_cache, e_cache, h, e = cache
        self.expect(dy, (len(h), 1), like=h, name="dy")
        dh = self.head.backward(dy, head_cache) + dy * e
        self.embedding.backward(dy * h, e_cache)
        dx = self.body.backward(dh, body_cache, need_dx)
        return (dx, None) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        body_cache, head_cache, e_cache, h, e = cache
        samples_dot, _ = x_dot
        h_dot, body_tangent = self.body.tangent_forward(samples_dot, body_cache)
        score_dot, head_tangent = self.head.tangent_forward(h_dot, head_cache)
        e_dot, e_tangent = self.embedding.tangent_forward(None, e_cache)
        score_dot = score_dot + (h_dot * e + h * e_dot).sum(axis=1, keepdims=True)
        return score_dot, (body_tangent, head_tangent, e_tangent, h_dot, e_dot)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        body_cache, head_cache, e_cache, h, e = cache
        body_tangent, head_tangent, e_tangent, h_dot, e_dot = tangent_cache
        self.expect_cotangents(dy, dy_dot, (len(h), 1), like=h)
        dh, dh_dot = self.head.tangent_backward(dy, dy_dot, head_cache, head_tangent)
        dh = dh + dy * e
        de_dot, from_embedding = dy * h_dot, dy * e_dot
        if dy_dot is not None:
            de_dot, from_embedding = de_dot + dy_dot * h, from_embedding + dy_dot * e
        dh_dot = from_embedding if dh_dot is None else dh_dot + from_embedding
        self.embedding.tangent_backward(dy * h, de_dot, e_cache, e_tangent)
        dx, dx_dot = self.body.tangent_backward(dh, dh_dot, body_cache, body_tangent, need_dx)
        return ((dx, None), (dx_dot, None)) if need_dx else (None, None)
