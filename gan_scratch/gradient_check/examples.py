"""Every layer of the library with settings to check it at, a family a function.

An example is (layer, input). The input is written as a shape, for standard normal numbers; as
Labels(shape, classes), for integers; or as a list of these, for a layer that takes several inputs.
"""

from typing import NamedTuple

from gan_scratch.layers import (
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    PReLU,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)


class Labels(NamedTuple):
    """Integers in [0, classes), of this shape."""

    shape: tuple
    classes: int


def draw_input(kind, rng):
    """An input of this kind, in float64 on the host."""
    if isinstance(kind, list):
        return tuple(draw_input(item, rng) for item in kind)
    if isinstance(kind, Labels):
        return rng.integers(kind.classes, size=kind.shape)
    return rng.standard_normal(kind)


def examples(rng):
    """class name -> list of (layer, input), each layer in float32 as users make it."""
    return {**elementary(rng)}


def elementary(rng):
    """The layers of a multilayer perceptron."""
    return {
        "Dense": [
            (Dense(5, 4, rng=rng), (3, 5)),
            (Dense(5, 4, bias=False, rng=rng), (3, 5)),
            (Dense(4, 3, rng=rng, init="glorot"), (2, 3, 4)),
            (Dense(1, 1, rng=rng, init="dcgan"), (1, 1)),
        ],
        "Dropout": [(Dropout(0.4, rng=rng), (4, 6)), (Dropout(0.0, rng=rng), (4, 6))],
        "Flatten": [(Flatten(), (2, 3, 2))],
        "LeakyReLU": [(LeakyReLU(), (4, 6)), (LeakyReLU(0.01), (2, 3, 2))],
        "PReLU": [(PReLU(), (4, 6)), (PReLU(6), (4, 6)), (PReLU(3, init=-0.5), (2, 2, 3))],
        "ReLU": [(ReLU(), (4, 6))],
        "Reshape": [(Reshape((3, 2)), (4, 6))],
        "Sequential": [
            (
                Sequential(
                    Flatten(), Dense(6, 5, rng=rng), LeakyReLU(), Dense(5, 4, rng=rng), Tanh(),
                    Dense(4, 1, rng=rng),
                ),
                (3, 3, 2),
            ),
            (Sequential(), (2, 3)),
        ],
        "Sigmoid": [(Sigmoid(), (4, 6))],
        "Softmax": [(Softmax(), (4, 6)), (Softmax(), (2, 3, 4))],
        "Softplus": [(Softplus(), (4, 6))],
        "Tanh": [(Tanh(), (4, 6))],
    }
