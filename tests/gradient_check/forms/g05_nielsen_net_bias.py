# TRUE: wrong: biases[0] (nabla_b[0] is summed from the error before the sigma' factor)
# HOLDS: self.weights[0], self.weights[1], self.biases[0], self.biases[1] | CONSTANTS: none
# cmd: Net --input 6,4
import numpy as np


class Net(object):
    def __init__(self, sizes=[4, 6, 4], rng=None):
        rng = rng or np.random.default_rng(5)
        self.sizes = sizes
        self.biases = [rng.standard_normal((y, 1)) for y in sizes[1:]]
        self.weights = [rng.standard_normal((y, x)) / np.sqrt(x)
                        for x, y in zip(sizes[:-1], sizes[1:])]
        self.velocity_w = [np.zeros_like(w) for w in self.weights]

    @staticmethod
    def sig(z):
        return 1.0 / (1.0 + np.exp(-z))

    def forward(self, x):
        self.a0 = x.T
        self.z1 = self.weights[0] @ self.a0 + self.biases[0]
        self.a1 = self.sig(self.z1)
        self.z2 = self.weights[1] @ self.a1 + self.biases[1]
        self.a2 = self.sig(self.z2)
        return self.a2.T

    def backward(self, dy):
        delta2 = dy.T * self.a2 * (1 - self.a2)
        err1 = self.weights[1].T @ delta2
        delta1 = err1 * self.a1 * (1 - self.a1)
        self.delta = [delta1, delta2]
        self.nabla_w = [delta1 @ self.a0.T, delta2 @ self.a1.T]
        self.nabla_b = [err1.sum(axis=1, keepdims=True), delta2.sum(axis=1, keepdims=True)]
        return (self.weights[0].T @ delta1).T
