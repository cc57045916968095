# SOURCE: https://github.com/chainer/chainer/issues/1175 ("HuberLoss's backward() should not ignore
#     gy")
# mistake: backward ignores the gradient that comes from above
# TRUE: both gradients (of x0 and of x1) are wrong: gy[:, None] is not multiplied in; they do not
#     depend on gy.
# SAYS: dx[0] does not change with dy in 20 of 20 numbers
# cmd: HuberLoss --input 4,5 --input 4,5
import numpy as np


class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, x0, x1):
        self.diff = x0 - x1
        flag = np.abs(self.diff) < self.delta
        y = np.where(flag,
                     0.5 * np.square(self.diff),
                     self.delta * (np.abs(self.diff) - 0.5 * self.delta))
        return y.sum(axis=1)

    def backward(self, gy):
        mask = np.abs(self.diff) <= self.delta
        gx = np.where(mask, self.diff, self.delta * np.sign(self.diff))
        return gx, -gx
