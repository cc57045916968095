# TRUE: right
# HOLDS: self.W, self.alpha | CONSTANTS: self.center, self.spread
# cmd: EmaCentered --input 6,4
# NOTE: center and spread are EMAs of activations: a second forward on the same object gives another y
import numpy as np


class EmaCentered:
    """Subtracts a slow running mean of the activations (treated as constant) as in DINO's centering."""

    def __init__(self, dim=4, m=0.9, rng=None):
        rng = rng or np.random.default_rng(29)
        self.m = m
        self.W = rng.normal(0, .5, (dim, dim))
        self.alpha = rng.uniform(.5, 1.5, dim)
        self.center = rng.normal(0, .2, dim)
        self.spread = rng.uniform(.8, 1.2, dim)

    def forward(self, x):
        self.x = x
        z = x @ self.W
        self.z_c = (z - self.center) / self.spread
        self.spread_used = self.spread
        self.center = self.m * self.center + (1 - self.m) * z.mean(axis=0)
        self.spread = self.m * self.spread + (1 - self.m) * z.std(axis=0)
        return np.tanh(self.alpha * self.z_c)

    def backward(self, dy):
        t = np.tanh(self.alpha * self.z_c)
        dpre = dy * (1 - t * t)
        self.alpha_grad = (dpre * self.z_c).sum(axis=0)
        dz = dpre * self.alpha / self.spread_used
        self.W_grad = self.x.T @ dz
        return dz @ self.W.T
