# SOURCE: https://github.com/flagos-ai/FlagGems/issues/5392 (layer_norm_backward takes the input to
#     be 2-D: M = shape[0], N = numel // M; wrong dx, dW and dB for [batch, seq, hidden])
# mistake: the backward pass, written for (N, D), normalizes over everything but the first axis
#     (time and features together) and sums the gradients of gamma and beta over the first axis
#     alone
# TRUE: two mistakes. dx wrong (means over axes (1, 2) instead of over the last axis); d gamma and d
#     beta wrong: shape (T, D) instead of (D,), the sum over the time axis is missing. (No gradient
#     is right.)
# SAYS: axes = tuple(range(2, dout.ndim))
# SAYS: the sum over time is missing
# cmd: LayerNorm --input 3,4,5
import numpy as np


class LayerNorm(object):
    def __init__(self, rng, dim=5):
        self.params = {"gamma": 1 + 0.1 * rng.standard_normal(dim), "beta": np.zeros(dim)}
        self.grads = {}
        self.eps = 1e-5

    def forward(self, x):
        mu = x.mean(-1, keepdims=True)
        var = ((x - mu) ** 2).mean(-1, keepdims=True)
        self.std = np.sqrt(var + self.eps)
        self.xn = (x - mu) / self.std
        return self.params["gamma"] * self.xn + self.params["beta"]

    def backward(self, dout):
        axes = tuple(range(1, dout.ndim))
        self.grads["gamma"] = np.sum(dout * self.xn, axis=0)
        self.grads["beta"] = np.sum(dout, axis=0)
        g = dout * self.params["gamma"]
        dx = g - g.mean(axis=axes, keepdims=True) - self.xn * np.mean(g * self.xn, axis=axes, keepdims=True)
        return dx / self.std
