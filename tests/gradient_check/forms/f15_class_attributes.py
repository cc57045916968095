# TRUE: right
# HOLDS: Perceptron.W, Perceptron.b (class attributes) | CONSTANTS: none
# cmd: Perceptron --input 6,4
import numpy as np


class Perceptron:
    rs = np.random.RandomState(42)
    W = rs.randn(4, 3)
    b = rs.randn(3)
    dW = np.zeros((4, 3))
    db = np.zeros(3)

    def __init__(self):
        pass

    def forward(self, x):
        self.x = x
        self.a = 1 / (1 + np.exp(-(np.dot(x, self.W) + self.b)))
        return self.a

    def backward(self, dy):
        delta = dy * self.a * (1 - self.a)
        Perceptron.dW = np.dot(self.x.T, delta)
        Perceptron.db = np.sum(delta, axis=0)
        return np.dot(delta, self.W.T)
