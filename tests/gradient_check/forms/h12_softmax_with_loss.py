# TRUE: right
# cmd: SoftmaxWithLoss --input 6,4 --input integers:6 --integers 4
# MISTAKE: dout * dx / len(self.t) -> dout * dx
# WRONG: dx[0]
import numpy as np


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.y[np.arange(len(t)), t]).mean()

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dout * dx / len(self.t)
