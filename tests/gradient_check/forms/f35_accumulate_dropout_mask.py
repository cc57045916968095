# TRUE: right
# HOLDS: W, b | CONSTANTS: mask (fixed dropout mask), keep (keep probability)
# cmd: DroppedDense --input 6,4
import numpy as np


class DroppedDense:
    def __init__(self, rng, n_in=4, n_out=5, p=0.3):
        self.W = rng.normal(size=(n_in, n_out))
        self.b = rng.normal(size=n_out)
        self.keep = 1.0 - p
        self.mask = (rng.random(n_out) < self.keep).astype(float)
        self.mask[0] = 1.0
        self.zero_grad()

    def zero_grad(self):
        self.gW = np.zeros_like(self.W)
        self.gb = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return (x @ self.W + self.b) * self.mask / self.keep

    def backward(self, dy):
        dz = dy * self.mask / self.keep
        self.gW += self.x.T @ dz
        self.gb += dz.sum(axis=0)
        return dz @ self.W.T
