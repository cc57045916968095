# SOURCE: style of
#     https://kratzert.github.io/2016/02/12/understanding-the-gradient-flow-through-the-batch-normalization-layer.html
#     with the paper's term through the mean left out in dmu, which is 0 (the doubt of
#     https://github.com/apache/mxnet/issues/1053)
# mistake: none
# TRUE: right (dx, dgamma, dbeta)
# cmd: batchnorm --x 7,4 --gamma 4 --beta 4
import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    cache = {"xhat": xhat, "gamma": gamma, "xmu": xmu, "ivar": ivar, "eps": eps}
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar = cache["xhat"], cache["gamma"], cache["xmu"], cache["ivar"]
    N, D = dout.shape
    grads = {"beta": np.sum(dout, axis=0), "gamma": np.sum(dout * xhat, axis=0)}
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * ivar ** 3
    dmu = -np.sum(dxhat, axis=0) * ivar          # the part through var is the sum of xmu, 0
    grads["x"] = dxhat * ivar + dvar * 2.0 * xmu / N + dmu / N
    return grads
