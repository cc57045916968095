# SOURCE: https://github.com/Dao-AILab/quack/pull/53 ("Fix gradient computation in RMS PreNorm
#     backward pass": the gradient of the residual stream was added before going back through the
#     norm, not after)
# mistake: dy of the skip connection is added to the branch's gradient before the backward pass of
#     the RMSNorm, so it goes through the norm too
# TRUE: dx and the gradient of g (the norm's gain) are wrong; dW and db are right
# SAYS: the term dout is too much; the term dout is missing
# cmd: PreNormBlock --input 5,4
import numpy as np


def rmsnorm(x, g, eps=1e-6):
    r = 1.0 / np.sqrt((x ** 2).mean(axis=-1, keepdims=True) + eps)
    return x * r * g, (x, r, g)


def rmsnorm_bwd(dn, saved):
    x, r, g = saved
    dg = (dn * x * r).sum(axis=0)
    dxhat = dn * g
    dx = r * dxhat - x * r ** 3 * (dxhat * x).mean(axis=-1, keepdims=True)
    return dx, dg


class PreNormBlock:
    """out = x + tanh(rmsnorm(x) W + b)"""

    def __init__(self, rng):
        d = 4
        self.params = {"g": 1 + 0.1 * rng.standard_normal(d), "W": rng.standard_normal((d, d)) * 0.5, "b": np.zeros(d)}
        self.grads = {}

    def forward(self, x):
        n, saved = rmsnorm(x, self.params["g"])
        t = np.tanh(n @ self.params["W"] + self.params["b"])
        return x + t, (n, saved, t)

    def backward(self, dout, cache):
        n, saved, t = cache
        dh = dout * (1 - t * t)
        self.grads["W"] = n.T @ dh
        self.grads["b"] = dh.sum(axis=0)
        dres = dh @ self.params["W"].T
        dres = dres + dout                       # skip connection
        dres, self.grads["g"] = rmsnorm_bwd(dres, saved)
        return dres
