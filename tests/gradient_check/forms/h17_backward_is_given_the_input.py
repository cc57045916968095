# TRUE: right
# cmd: Swish --input 6,4
# MISTAKE: s + x * s * (1 - s) -> s
# WRONG: dx
import numpy as np


class Swish:
    def fprop(self, x):
        return x / (1 + np.exp(-x))

    def bprop(self, grad_out, x):
        s = 1 / (1 + np.exp(-x))
        return grad_out * (s + x * s * (1 - s))
