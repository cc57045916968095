# SOURCE: https://github.com/flagos-ai/FlagGems/issues/4992 (silently wrong where shape[1] ==
#     shape[-1])
# mistake: one slope a channel (axis 1); on the way back the slope is broadcast along the last axis,
#     which is as long
# TRUE: dx wrong where x <= 0 and column != channel (slope of the column, not of the channel); the
#     gradient of weight is right
# SAYS: self.weight belongs along another axis
# cmd: PReLU --channels 4 --input 3,4,2,4
import numpy as np


class PReLU:
    def __init__(self, rng, channels=4):
        self.weight = rng.uniform(0.05, 0.6, size=channels)
        self.grad_weight = np.zeros(channels)

    def forward(self, x):
        self.x = x
        w = self.weight.reshape(1, -1, 1, 1)
        return np.where(x > 0, x, w * x)

    def backward(self, grad_out):
        neg = self.x <= 0
        self.grad_weight = np.einsum("nchw->c", grad_out * self.x * neg)
        return grad_out * np.where(neg, self.weight, 1.0)
