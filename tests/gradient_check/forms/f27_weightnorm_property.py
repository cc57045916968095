# TRUE: right
# HOLDS: v, g (W is a computed property), b | CONSTANTS: none
# cmd: WNLinear --input 6,4
import numpy as np


class WNLinear:
    """Weight normalisation: W = g * v / ||v||"""

    def __init__(self, rng, n_in=4, n_out=3):
        self.v = rng.normal(size=(n_in, n_out))
        self.g = np.ones(n_out)
        self.b = np.zeros(n_out)

    @property
    def W(self):
        return self.g * self.v / np.linalg.norm(self.v, axis=0)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        dW = self.x.T @ dy
        n = np.linalg.norm(self.v, axis=0)
        u = self.v / n
        self.dg = (dW * u).sum(0)
        self.dv = self.g / n * (dW - u * self.dg)
        self.db = dy.sum(0)
        return dy @ self.W.T
