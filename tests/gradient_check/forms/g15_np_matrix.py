# TRUE: right
# HOLDS: self.W, self.V, self.bias | CONSTANTS: none
# cmd: MatrixNet --input 6,4
import numpy as np


class MatrixNet:
    """Port of an Octave script, hence np.matrix everywhere (* is matmul)."""

    def __init__(self, rng=None):
        rng = rng or np.random.default_rng(15)
        self.W = np.matrix(rng.normal(size=(4, 4)) * 0.5)
        self.V = np.matrix(rng.normal(size=(4, 4)) * 0.5)
        self.bias = np.matrix(rng.normal(size=(1, 4)) * 0.1)

    def forward(self, x):
        self.X = np.matrix(x)
        self.A = np.tanh(self.X * self.W + self.bias)
        return np.asarray(self.A * self.V)

    def backward(self, dy):
        D2 = np.matrix(dy)
        self.dV = self.A.T * D2
        self.D1 = np.multiply(D2 * self.V.T, 1 - np.power(self.A, 2))
        self.dW = self.X.T * self.D1
        self.dbias = self.D1.sum(axis=0)
        return np.asarray(self.D1 * self.W.T)
