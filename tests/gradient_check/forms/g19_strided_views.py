# TRUE: right
# HOLDS: self.W, self.b | CONSTANTS: none
# cmd: Interleaved --input 6,4
# NOTE: W and b are strided views of one buffer whose odd columns are the momentum mW, mb
import numpy as np


class Interleaved:
    """param and momentum live side by side in one block (even / odd columns) for a single file dump."""

    def __init__(self, n=4, k=4, rng=None):
        rng = rng or np.random.default_rng(19)
        block = rng.normal(0, 0.4, (n + 1, 2 * k))
        self.W, self.mW = block[:n, ::2], block[:n, 1::2]
        self.b, self.mb = block[n, ::2], block[n, 1::2]
        gblock = np.zeros((n + 1, k))
        self.gW, self.gb = gblock[:n], gblock[n]

    def forward(self, x):
        self.x = x
        z = x @ self.W + self.b
        self.s = 1 / (1 + np.exp(-z))
        self.z = z
        return z * self.s                     # swish

    def backward(self, dy):
        dz = dy * (self.s + self.z * self.s * (1 - self.s))
        self.gW[...] = self.x.T @ dz
        self.gb[...] = dz.sum(axis=0)
        self.mW[...] = 0.9 * self.mW + self.gW
        self.mb[...] = 0.9 * self.mb + self.gb
        return dz @ self.W.T
