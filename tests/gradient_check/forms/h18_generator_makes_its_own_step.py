# TRUE: right
# cmd: Generator --input 5,3
# MISTAKE: 1.0 - self.a1**2 -> 1.0 - np.tanh(self.a1) ** 2
# WRONG: dW0, db0, dW1, db1
# NOTE: not compared: x
import numpy as np


class Generator:
    """Nothing is returned, and no weight has a right step once the last slope is wrong."""

    def __init__(self, rng):
        self.lr = 1e-3
        self.W0, self.b0 = rng.standard_normal((3, 6)), np.zeros((1, 6))
        self.W1, self.b1 = rng.standard_normal((6, 4)), np.zeros((1, 4))

    def forward(self, noise):
        self.noise = noise
        self.z0 = noise @ self.W0 + self.b0
        self.a0 = np.maximum(self.z0, 0.01 * self.z0)
        self.a1 = np.tanh(self.a0 @ self.W1 + self.b1)
        return self.a1

    def backward(self, grad_from_d):
        dz1 = grad_from_d * (1.0 - self.a1**2)
        dz0 = dz1 @ self.W1.T * np.where(self.z0 > 0, 1, 0.01)
        self.W1 -= self.lr * (self.a0.T @ dz1)
        self.b1 -= self.lr * dz1.sum(axis=0, keepdims=True)
        self.W0 -= self.lr * (self.noise.T @ dz0)
        self.b0 -= self.lr * dz0.sum(axis=0, keepdims=True)
