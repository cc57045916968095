# TRUE: wrong: E (duplicate rows are lost: dE[idx] += dy instead of np.add.at)
# HOLDS: self.E, self.W | CONSTANTS: none
# cmd: ClusterBias --input 6,4
import numpy as np


class ClusterBias:
    """Linear map plus an embedding picked by the largest input feature."""

    def __init__(self, d=4, rng=None):
        rng = rng or np.random.default_rng(28)
        self.E = rng.normal(0, 0.5, (d, d))
        self.W = rng.normal(0, 0.5, (d, d))

    def forward(self, x):
        self.x = x
        self.idx = x.argmax(axis=1)
        return x @ self.W + self.E[self.idx]

    def backward(self, dy):
        self.dE = np.zeros_like(self.E)
        self.dE[self.idx] += dy
        self.dW = self.x.T @ dy
        return dy @ self.W.T
