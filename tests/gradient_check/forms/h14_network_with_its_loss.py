# TRUE: right
# cmd: Regression --input 6,4 --input 6,1
# MISTAKE: lr * 2 * self.x.T -> lr * self.x.T
# WRONG: dW
# NOTE: not compared: x[0], x[1]
import numpy as np


class Regression:
    def __init__(self, rng):
        self.W, self.b = rng.standard_normal((4, 1)), np.zeros(1)

    def forward(self, x, y):
        self.x, self.error = x, x @ self.W + self.b - y
        return np.mean(self.error**2)

    def backward(self, lr):
        self.b -= lr * 2 * self.error.mean(axis=0)
        self.W -= lr * 2 * self.x.T @ self.error / len(self.x)
