# SOURCE: https://github.com/flagos-ai/FlagGems/issues/5392 (layer_norm_backward assumes 2-D input:
#     wrong dx, dW and dB for rank 3)
# mistake: TWO: backward was written for (batch, features): it takes N = size / batch as the number
#     of normalized features, and sums dgamma, dbeta over the first axis alone; the input is (batch,
#     time, features)
# TRUE: dx is wrong (the two mean terms are divided by T*D = 20 where D = 5 is normalized over: 4
#     times too small); dgamma and dbeta have shape (T, D) where gamma, beta have (D,): the sum over
#     time is missing
# SAYS: / N * dy.shape[1]
# SAYS: the sum over time is missing
# cmd: LayerNorm --dim 5 --input 3,4,5
import numpy as np


class LayerNorm:
    def __init__(self, dim, eps=1e-5):
        self.weight = np.ones(dim)
        self.bias = np.zeros(dim)
        self.eps = eps

    def forward(self, x):
        mean = x.mean(axis=-1, keepdims=True)
        rstd = 1.0 / np.sqrt(x.var(axis=-1, keepdims=True) + self.eps)
        x_hat = (x - mean) * rstd
        return x_hat * self.weight + self.bias, (x_hat, rstd)

    def backward(self, dy, cache):
        x_hat, rstd = cache
        M = dy.shape[0]
        N = dy.size // M
        wdy = dy * self.weight
        c1 = np.sum(x_hat * wdy, axis=-1, keepdims=True) / N
        c2 = np.sum(wdy, axis=-1, keepdims=True) / N
        dx = (wdy - c2 - x_hat * c1) * rstd
        self.weight_grad = np.sum(dy * x_hat, axis=0)
        self.bias_grad = np.sum(dy, axis=0)
        return dx
