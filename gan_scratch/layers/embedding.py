"""Embedding: a learnt vector for each class."""

import math

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers.initializers import draw
from gan_scratch.layers.layer import Layer, Parameter


def standard_normal(rng, shape, fan_in, fan_out):
    """N(0, 1), whatever the fan."""
    return rng.standard_normal(shape, dtype="float32")


class Embedding(Layer):
    """y = the row of the weight that each label names; y = h W for one-hot rows h of x.

    Shapes
        x (...) whole numbers in [0, num), weight W (num, dim), y (..., dim)
    Backward
        dW = Σ hᵀ dy: a row gets the sum of dy over the places where it was named
    Tangent
        ẏ = h Ẇ                dẆ = Σ hᵀ dẏ

    Labels have no derivative: dx is None, and so is ẋ. On a GPU, where a look at the labels would
    make the host wait, a label out of range gives nan instead of an error.
    """

    output_axis = 0

    def __init__(self, num, dim, *, rng, init=standard_normal):
        self.num = settings.positive_integer(self, "num", num)
        self.dim = settings.positive_integer(self, "dim", dim)
        # A one-hot row has one input that is not zero, so that is the fan that matters.
        self.weight = Parameter(draw(init, rng, (self.num, self.dim), fan_in=1, fan_out=self.dim))

    def forward(self, x, training=True):
        expect_labels(self, x, self.num, self.weight.value)
        return rows(self.weight.value, x), x

    def backward(self, dy, cache, need_dx=True):
        x = cache
        self.expect(dy, (*x.shape, self.dim), like=self.weight.value, name="dy")
        if not self.weight.frozen:
            self.weight.gradient += self.sum_by_label(x, dy)
        return None

    def tangent_forward(self, x_dot, cache):
        x = cache
        if x_dot is not None:
            raise ValueError("Embedding takes x_dot None, as labels have no tangent")
        if self.weight.tangent is not None:
            return rows(self.weight.tangent, x), None
        weight = self.weight.value
        return array_module(weight).zeros((*x.shape, self.dim), weight.dtype), None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        x = cache
        self.expect_cotangents(dy, dy_dot, (*x.shape, self.dim), like=self.weight.value)
        if dy_dot is not None and not self.weight.frozen:
            self.weight.gradient += self.sum_by_label(x, dy_dot)
        return None, None

    def sum_by_label(self, x, dy):
        """hᵀ dy. As a product of matrices it has the same bits each time, on a GPU too; h takes
        num numbers a label, which suits classes better than large vocabularies."""
        labels = array_module(x).arange(self.num)[:, None]
        one_hot = (labels == x.reshape(-1)).astype(dy.dtype)
        return one_hot @ dy.reshape(x.size, self.dim)


def rows(table, labels):
    """The row of the table that each label names; of nan, on a GPU, for a label out of range."""
    xp = array_module(labels)
    if xp is np:
        return table[labels]
    known = (labels >= 0) & (labels < len(table))
    found = table[labels * known]
    return xp.where(known[..., None], found, xp.full_like(found, math.nan))


def expect_labels(layer, labels, classes, like, shape=None, name="x"):
    """Raise unless these are whole numbers in [0, classes), on the backend of the array `like`."""
    layer.expect(labels, shape, like=labels, name=name)  # an array at all
    here, wanted, it = backend_of(labels), backend_of(like), type(layer).__name__
    if here is not wanted:
        raise TypeError(f"{it} computes on {wanted.name} and got {name} on {here.name}")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{it} takes {name} of whole numbers, got {labels.dtype}")
    if here.xp is np and labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"{it} takes labels from 0 to {classes - 1}, got {labels.min()} to {labels.max()}"
        )
