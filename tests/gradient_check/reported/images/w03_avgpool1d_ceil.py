# SOURCE: https://github.com/tracel-ai/burn/issues/5604 and
#     https://github.com/pytorch/pytorch/issues/198119 (avg_pool backward divides an overhanging
#     last window by the full kernel size in ceil_mode)
# mistake: forward divides the last, partial window by its own length, backward by the kernel size
# TRUE: dx is wrong for the last, partial window only (divided by 3 instead of 2, so 2/3 of what it
#     should be); the rest of dx is right (no parameters)
# SAYS: (1 / grad_input[..., lo:lo + self.kernel_size].shape[-1])
# cmd: AvgPool1d --input 2,3,8
import numpy as np
from math import ceil


class AvgPool1d:
    """(batch, channels, length), ceil mode"""

    def __init__(self, kernel_size=3):
        self.kernel_size = self.stride = kernel_size

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        self.in_shape = x.shape
        L = x.shape[-1]
        L_out = ceil((L - self.kernel_size) / self.stride) + 1
        y = np.empty(x.shape[:-1] + (L_out,))
        for t in range(L_out):
            lo = t * self.stride
            hi = min(lo + self.kernel_size, L)
            y[..., t] = x[..., lo:hi].sum(axis=-1) / (hi - lo)
        return y

    def backward(self, grad_output):
        grad_input = np.zeros(self.in_shape)
        scale = 1.0 / self.kernel_size
        for t in range(grad_output.shape[-1]):
            lo = t * self.stride
            grad_input[..., lo:lo + self.kernel_size] += grad_output[..., t:t + 1] * scale
        return grad_input
