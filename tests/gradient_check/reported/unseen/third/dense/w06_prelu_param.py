# SOURCE: https://github.com/PaddlePaddle/Paddle/pull/12538 (review: decide by x, not by f(x), since
#     alpha may be negative)
# mistake: backward asks where the output is positive instead of where the input is
# TRUE: dx and the gradient of alpha are both wrong, in the columns with a negative alpha (0 and 1),
#     where x < 0 (there the output is positive: dx is dy instead of alpha*dy, and alpha gets
#     nothing). Columns 2 to 4 are right.
# SAYS: pos = x > 0
# cmd: PReLU --input 6,5
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class PReLU:
    """One slope for each channel."""

    def __init__(self, n_channels=5):
        self.alpha = Parameter(np.linspace(-0.3, 0.4, n_channels))

    def forward(self, x):
        out = np.where(x > 0, x, self.alpha.data * x)
        return out, (x, out)

    def backward(self, d_out, cache):
        x, out = cache
        pos = out > 0
        self.alpha.grad = (d_out * x * ~pos).sum(axis=0)
        return np.where(pos, d_out, self.alpha.data * d_out)
