# TRUE: right
# HOLDS: self.w1, self.w2, self.b | CONSTANTS: none
# cmd: SmallFloat --input 6,4
# NOTE: all three are float32
import numpy as np


class SmallFloat:
    """Weights are stored as float32 to save disk space; arithmetic follows the input's dtype."""

    def __init__(self, d=4, rng=None):
        rng = rng or np.random.default_rng(20)
        self.w1 = rng.standard_normal((d, 6), dtype=np.float32) * np.float32(0.5)
        self.w2 = rng.standard_normal((6, d), dtype=np.float32) * np.float32(0.5)
        self.b = rng.standard_normal(6, dtype=np.float32) * np.float32(0.1)

    def forward(self, x):
        h = np.tanh(x @ self.w1.astype(x.dtype) + self.b)
        return h @ self.w2.astype(x.dtype), (x, h)

    def backward(self, dy, cache):
        x, h = cache
        self.dw2 = h.T @ dy
        dz = dy @ self.w2.T * (1 - h ** 2)
        self.dw1 = x.T @ dz
        self.db = dz.sum(0)
        return dz @ self.w1.T
