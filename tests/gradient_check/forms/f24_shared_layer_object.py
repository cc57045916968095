# TRUE: wrong: lin.W is used twice but the second backward call overwrites its gradient instead of adding (first use only)
# HOLDS: first.lin.W (same object as second.lin.W), first.b, second.b | CONSTANTS: none
# cmd: SharedNet --input 6,4
import numpy as np


class Shared:
    def __init__(self, rng, n):
        self.W = rng.normal(size=(n, n)) * 0.6
        self.dW = np.zeros((n, n))


class Block:
    def __init__(self, lin, n):
        self.lin, self.b = lin, np.full(n, 0.1)

    def forward(self, x):
        self.x = x
        self.y = np.tanh(x @ self.lin.W + self.b)
        return self.y

    def backward(self, dy):
        dz = dy * (1 - self.y ** 2)
        self.lin.dW = self.x.T @ dz
        self.db = dz.sum(0)
        return dz @ self.lin.W.T


class SharedNet:
    def __init__(self, rng, n=4):
        lin = Shared(rng, n)
        self.first, self.second = Block(lin, n), Block(lin, n)

    def forward(self, x):
        return self.second.forward(self.first.forward(x))

    def backward(self, dy):
        return self.first.backward(self.second.backward(dy))
