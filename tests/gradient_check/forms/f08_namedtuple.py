# TRUE: wrong: weights.U gradient uses the wrong input (x instead of x**2)
# HOLDS: weights.W, weights.U, weights.b | CONSTANTS: none
# cmd: QuadLayer --input 6,4
from collections import namedtuple
import numpy as np

Weights = namedtuple("Weights", "W U b")


class QuadLayer:
    """y = x W + x^2 U + b"""

    def __init__(self, rng, n=4, m=3):
        self.weights = Weights(W=rng.normal(size=(n, m)), U=rng.normal(size=(n, m)), b=rng.normal(size=m))

    def forward(self, x):
        w = self.weights
        return x @ w.W + (x ** 2) @ w.U + w.b, x

    def backward(self, dy, x):
        w = self.weights
        dx = dy @ w.W.T + 2 * x * (dy @ w.U.T)
        return dx, Weights(W=x.T @ dy, U=x.T @ dy, b=dy.sum(axis=0))
