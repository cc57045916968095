# TRUE: right
# HOLDS: W, b | CONSTANTS: none
# cmd: Dense --input 6,4
import numpy as np


class Dense:
    """Fully connected layer followed by ReLU."""

    def __init__(self, n_in=4, n_out=5, rng=None):
        rng = rng or np.random.default_rng(0)
        self.W = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
        self.b = rng.normal(0, 0.1, n_out)
        self.dW = None
        self.db = None

    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return np.maximum(self.z, 0)

    def backward(self, dy):
        dz = dy * (self.z > 0)
        self.dW = self.x.T @ dz
        self.db = dz.sum(axis=0)
        return dz @ self.W.T
