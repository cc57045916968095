# TRUE: wrong: gamma gradient uses the unnormalised centred x instead of xhat
# HOLDS: gamma, beta | CONSTANTS: eps
# cmd: LayerNorm --input 6,4
import numpy as np


class LayerNorm:
    def __init__(self, dim=4, eps=1e-3, rng=None):
        rng = np.random.default_rng(11) if rng is None else rng
        self.gamma = 1 + 0.2 * rng.normal(size=dim)
        self.beta = 0.2 * rng.normal(size=dim)
        self.eps = eps

    def forward(self, x):
        xmu = x - x.mean(-1, keepdims=True)
        istd = 1.0 / np.sqrt((xmu ** 2).mean(-1, keepdims=True) + self.eps)
        xhat = xmu * istd
        return self.gamma * xhat + self.beta, (xmu, xhat, istd)

    def backward(self, dout, cache):
        xmu, xhat, istd = cache
        dgamma = (dout * xmu).sum(0)
        dbeta = dout.sum(0)
        dxhat = dout * self.gamma
        dx = istd * (dxhat - dxhat.mean(-1, keepdims=True)
                     - xhat * (dxhat * xhat).mean(-1, keepdims=True))
        return dx, dgamma, dbeta
