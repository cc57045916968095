# TRUE: wrong: w2 (its gradient uses the hidden activation before dropout)
# HOLDS: self.w1, self.w2 | CONSTANTS: self.p_keep
# cmd: DropoutMLP --input 6,4
import numpy as np


class DropoutMLP:
    def __init__(self, n_hid=4, p_keep=0.6, seed=4, rng=None):
        rng = rng or np.random.default_rng(30)
        self.w1 = rng.normal(0, .7, (4, n_hid))
        self.w2 = rng.normal(0, .7, (n_hid, 4))
        self.p_keep, self.seed = p_keep, seed

    def forward(self, x):
        np.random.seed(self.seed)
        self.x = x
        self.h = np.tanh(x @ self.w1)
        self.mask = (np.random.rand(*self.h.shape) < self.p_keep) / self.p_keep
        self.hd = self.h * self.mask
        return self.hd @ self.w2

    def backward(self, dy):
        self.dw2 = self.h.T @ dy
        dh = dy @ self.w2.T * self.mask
        dz = dh * (1 - self.h ** 2)
        self.dw1 = self.x.T @ dz
        return dz @ self.w1.T
