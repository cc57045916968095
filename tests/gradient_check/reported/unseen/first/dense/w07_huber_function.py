# SOURCE: https://github.com/chainer/chainer/pull/1178 ("Fix HuberLoss's backward computation"):
#     right only where gy is all ones
# mistake: backward does not multiply by the upstream gradient gy (one number a sample)
# TRUE: both gradients (of x0 and of x1) lack the factor gy; otherwise right
# SAYS: dx[0] does not change with dy in 18 of 18 numbers
# cmd: HuberLoss --input 6,3 --input 6,3
import numpy as np


class HuberLoss:
    """One loss a sample; the sum over the features is taken here."""

    def __init__(self, delta=0.8):
        self.delta = delta

    def forward(self, x0, x1):
        self.diff = x0 - x1
        y = self.diff ** 2
        mask = y > self.delta ** 2
        y -= mask * (np.abs(self.diff) - self.delta) ** 2
        return 0.5 * y.sum(axis=1)

    def backward(self, gy):
        mask = np.abs(self.diff) <= self.delta
        gx = np.where(mask, self.diff, self.delta * np.sign(self.diff))
        return gx, -gx
