"""Layers: differentiable functions, each with its derivative written by hand beside it."""

from gan_scratch.layers.activations import (
    LeakyReLU,
    PReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)
from gan_scratch.layers.dense import Dense
from gan_scratch.layers.dropout import Dropout
from gan_scratch.layers.layer import Buffer, Layer, Parameter, Sequential, frozen
from gan_scratch.layers.shape import Flatten, Reshape

__all__ = [
    "Buffer",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "LeakyReLU",
    "PReLU",
    "Parameter",
    "ReLU",
    "Reshape",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "frozen",
]
