# SOURCE: https://github.com/flagos-ai/FlagGems/issues/4992 (backward of PReLU indexes the weight on
#     the last axis; silently wrong gradients when shape[1] == shape[-1])
# mistake: in backward the per-channel slopes are broadcast along the last axis (width) instead of
#     along the channels; width = channels
# TRUE: dx is wrong where x < 0 (slope of another channel); d alpha is right
# SAYS: self.alpha belongs along another axis
# cmd: PReLU --input 3,4,2,4 --num_parameters 4
import numpy as np


class PReLU:
    def __init__(self, rng, num_parameters):
        self.alpha = rng.uniform(0.05, 0.5, size=num_parameters)
        self.grad_alpha = np.zeros_like(self.alpha)

    def forward(self, x):
        slope = self.alpha.reshape(1, -1, 1, 1)
        self.saved = x
        return np.where(x >= 0, x, slope * x)

    def backward(self, grad_output):
        x = self.saved
        negative = x < 0
        self.grad_alpha = (grad_output * x * negative).sum(axis=(0, 2, 3))
        grad_input = grad_output.copy()
        grad_input[negative] = (grad_output * self.alpha)[negative]
        return grad_input
