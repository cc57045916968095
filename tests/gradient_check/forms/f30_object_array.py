# TRUE: wrong: W[1] gradient uses the pre-activation instead of the activation (wrong input)
# HOLDS: W[0], W[1], W[2] (object array) | CONSTANTS: none
# cmd: ObjNet --input 6,4
import numpy as np


class ObjNet:
    def __init__(self, rng, dims=(4, 5, 4, 2)):
        L = len(dims) - 1
        self.W = np.empty(L, dtype=object)
        for l in range(L):
            self.W[l] = rng.normal(size=(dims[l], dims[l + 1]))
        self.delta_W = np.empty(L, dtype=object)

    def forward(self, x):
        self.z0 = x @ self.W[0]
        self.a0 = np.tanh(self.z0)
        self.a1 = np.tanh(self.a0 @ self.W[1])
        self.x = x
        return self.a1 @ self.W[2]

    def backward(self, dy):
        self.delta_W[2] = self.a1.T @ dy
        d = dy @ self.W[2].T * (1 - self.a1 ** 2)
        self.delta_W[1] = self.z0.T @ d
        d = d @ self.W[1].T * (1 - self.a0 ** 2)
        self.delta_W[0] = self.x.T @ d
        return d @ self.W[0].T
