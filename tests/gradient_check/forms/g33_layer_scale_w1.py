# TRUE: wrong: ffn.W1 (its gradient misses the tanh derivative; its true size is about 1e-6)
# HOLDS: self.ffn.W1, self.ffn.W2, self.gamma | CONSTANTS: none
# cmd: ScaledResidual --input 6,4
import numpy as np


class FFN:
    def __init__(self, d, rng):
        self.W1 = rng.normal(0, .8, (d, d))
        self.W2 = rng.normal(0, .8, (d, d))

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1)
        return self.h @ self.W2

    def backward(self, dy):
        dh = dy @ self.W2.T
        dz = dh * (1 - self.h ** 2)
        self.dW2 = self.h.T @ dy
        self.dW1 = self.x.T @ dh
        return dz @ self.W1.T


class ScaledResidual:
    def __init__(self, rng=None, dim=4):
        rng = rng or np.random.default_rng(33)
        self.ffn = FFN(dim, rng)
        self.gamma = 1e-6 * rng.uniform(.5, 1.5, dim)

    def forward(self, x):
        self.branch = self.ffn.forward(x)
        return x + self.gamma * self.branch

    def backward(self, dy):
        self.dgamma = (dy * self.branch).sum(0)
        return dy + self.ffn.backward(dy * self.gamma)
