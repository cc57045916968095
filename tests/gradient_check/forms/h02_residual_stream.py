# TRUE: right
# cmd: AddNorm --input 4,5 --input 4,5
# MISTAKE: axis=1, keepdims=True) + dres -> axis=1, keepdims=True)
# WRONG: dx[0], dx[1]
# NOTE: dy is taken apart into dout and dres
import numpy as np


class AddNorm:
    def forward(self, x, residual):
        self.s = x + residual
        self.r = 1 / np.sqrt((self.s**2).mean(axis=1, keepdims=True) + 1e-6)
        return self.s * self.r, self.s

    def backward(self, dout, dres):
        inner = dout * self.s
        ds = self.r * dout - self.s * self.r**3 * inner.mean(axis=1, keepdims=True) + dres
        return ds, ds
