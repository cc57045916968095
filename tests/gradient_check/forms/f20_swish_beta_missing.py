# TRUE: wrong: beta (Python float, learnable) never gets a gradient
# HOLDS: W, beta (Python float) | CONSTANTS: none
# cmd: SwishLinear --input 6,4
import numpy as np


class SwishLinear:
    """Linear + Swish with a trainable beta (Ramachandran et al. 2017)."""

    def __init__(self, rng, n_in=4, n_out=4):
        self.W = rng.normal(size=(n_in, n_out))
        self.beta = 1.0   # trainable

    def forward(self, x):
        z = x @ self.W
        s = 1 / (1 + np.exp(-self.beta * z))
        self.cache = (x, z, s)
        return z * s

    def backward(self, dy):
        x, z, s = self.cache
        dz = dy * (s + self.beta * z * s * (1 - s))
        self.dW = x.T @ dz
        return dz @ self.W.T
