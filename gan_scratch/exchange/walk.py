"""The walk through a model: layer after layer, with what flows between them and its order.

Each array that is met on the way becomes an `Entry`, turned by the order of what its layer takes
and gives. What a type of layer does is not known here: a rule says it (see rules.py).
"""

import math
from typing import NamedTuple

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.exchange.order import Unclear, sample
from gan_scratch.layers import Buffer, Parameter


class Entry(NamedTuple):
    """An array of the model, PyTorch's name of it, and how it lies there.

    axes    axes[i] is the axis here that is axis i there
    rows    for each axis here the Rows whose order it has, or None
    shape   the array here, where a vector stands for a weight without its outputs
    """

    name: str
    held: Parameter | Buffer
    axes: tuple
    rows: tuple
    shape: tuple

    def index(self):
        """Which number here is which there, in their shape: theirs = ours.ravel()[index]."""
        index = np.arange(math.prod(self.shape)).reshape(self.shape)
        for axis, rows in enumerate(self.rows):
            if rows is not None:
                index = index.take(rows.index(), axis)
        index = np.array(index.transpose(self.axes), order="C")
        return index.ravel() if self.held.value.ndim < index.ndim else index

    def to_torch(self):
        """The array as PyTorch has it, a copy."""
        ours = backend_of(self.held.value).to_numpy(self.held.value)
        return np.asarray(ours.ravel()[self.index()])

    def from_torch(self, theirs):
        """Their array as it lies here; ValueError unless shape and dtype fit, without loss."""
        index, value = self.index(), self.held.value
        if theirs.shape != index.shape:
            both = f"{theirs.shape} in this state_dict, the model's has {index.shape}"
            raise ValueError(f"{self.name} has shape {both}")
        if not np.can_cast(theirs.dtype, value.dtype):
            both = f"{theirs.dtype} in this state_dict, the model's is {value.dtype}"
            raise ValueError(f"{self.name} is {both}")
        ours = np.empty(index.size, theirs.dtype)
        ours[index] = theirs
        return ours.reshape(value.shape)


class Walk:
    """One way through a model, in which the entries are collected.

    `rules` maps a type of layer to its rule: rule(walk, path, layer, x) adds the layer's entries
    and returns what the layer gives for x, both of them an Image or Rows.
    """

    def __init__(self, rules, sample_shape):
        self.rules = rules
        self.sample_shape = sample_shape
        self.entries = []

    def through(self, model):
        self.visit("", model, sample(self.sample_shape))
        return self.entries

    def visit(self, path, layer, x):
        """Collect the entries of `layer`, which takes x; returns what it gives."""
        rule = self.rules.get(type(layer))
        if rule is None:
            raise TypeError(
                f"exchange has no rule for {path or 'the model'}, a {type(layer).__name__}; "
                "exchange.RULES takes one for each type of layer"
            )
        try:
            return rule(self, path, layer, x)
        except Unclear as error:
            hint = "" if self.sample_shape else "; sample_shape, which was not given, may settle it"
            raise ValueError(
                f"{path or 'the model'}, a {type(layer).__name__}, has no clear order of features "
                f"in PyTorch: {error}{hint}"
            ) from error

    def add(self, path, name, held, *rows, axes=None):
        """Collect one array; without rows, each axis has the same order on both sides."""
        shape = held.value.shape
        axes = tuple(range(len(shape)) if axes is None else axes)
        rows = rows or (None,) * len(shape)
        self.entries.append(Entry(inside(path, name), held, axes, rows, shape))


def inside(path, name):
    """The name of what is called `name` in the layer at `path`."""
    return f"{path}.{name}" if path else name
