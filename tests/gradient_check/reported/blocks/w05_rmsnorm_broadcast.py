# SOURCE: https://github.com/BobMcDear/attorch/issues/17 (the row sums of RMSNorm's backward are
#     broadcast along the columns; with two equal sizes it runs and gives wrong gradients silently)
# mistake: keepdims is missing at the sum over features, so sample j's correction goes to column j
#     of every sample
# TRUE: dx is wrong (second term: row sums broadcast as columns, batch = features = 5); the gradient
#     of weight is right
# SAYS: (gw * x).sum(axis=-1) belongs along another axis
# cmd: RMSNorm --dim 5 --input 5,5
import numpy as np


class RMSNorm:
    def __init__(self, dim, eps=1e-6):
        self.eps = eps
        self.weight = np.ones(dim)
        self.weight_grad = np.zeros(dim)

    def __call__(self, x):
        self.x = x
        self.inv_rms = (np.mean(x * x, axis=-1, keepdims=True) + self.eps) ** -0.5
        return x * self.inv_rms * self.weight

    def backward(self, grad):
        x, r = self.x, self.inv_rms
        self.weight_grad = (grad * x * r).sum(axis=0)
        gw = grad * self.weight
        term = (gw * x).sum(axis=-1) / x.shape[-1]
        return r * gw - r ** 3 * x * term
