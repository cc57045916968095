# TRUE: right
# HOLDS: a (Python float) | CONSTANTS: none
# cmd: PReLU --input 6,4
import numpy as np


class PReLU:
    def __init__(self, init=0.25):
        self.a = init
        self.da = 0.0

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.a * x)

    def backward(self, dy):
        self.da = float(np.sum(dy * np.where(self.x > 0, 0, self.x)))
        return dy * np.where(self.x > 0, 1, self.a)
