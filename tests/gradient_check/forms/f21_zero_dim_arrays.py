# TRUE: right
# HOLDS: log_scale (0-d array), shift (0-d array) | CONSTANTS: none
# cmd: ScalarFlow --input 6,4
import numpy as np


class ScalarFlow:
    def __init__(self):
        self.log_scale = np.array(0.3)
        self.shift = np.array(-0.2)
        self.params = [self.log_scale, self.shift]

    def forward(self, x):
        y = np.exp(self.log_scale) * np.sinh(x * 0.5) + self.shift
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        dx = dy * np.exp(self.log_scale) * np.cosh(x * 0.5) * 0.5
        self.grads = [np.sum(dy * (y - self.shift)), np.sum(dy)]
        return dx
