# TRUE: right
# HOLDS: w.val, b.val | CONSTANTS: none
# cmd: Affine --input 6,4
import numpy as np


class T:
    __slots__ = ("val", "g")

    def __init__(self, val):
        self.val = val
        self.g = None


class Affine:
    __slots__ = ("w", "b", "mem")

    def __init__(self, rng, n_in=4, n_out=3):
        self.w = T(rng.standard_normal((n_in, n_out)))
        self.b = T(rng.standard_normal((n_out,)))
        self.mem = None

    def forward(self, x):
        y = np.tanh(x @ self.w.val + self.b.val)
        self.mem = x, y
        return y

    def backward(self, dy):
        x, y = self.mem
        d = dy * (1 - y * y)
        self.w.g = x.T @ d
        self.b.g = d.sum(0)
        return d @ self.w.val.T
