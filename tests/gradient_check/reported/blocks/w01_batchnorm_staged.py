# SOURCE: staged batch norm after F. Kratzert's blog / cs231n assignment 2, as quoted in
#     https://datascience.stackexchange.com/q/10741 ; the slip in step 6 itself: known slip
# mistake: in step 6 the derivative of 1/s is written -1/s instead of -1/s**2
# TRUE: dx is wrong (the path through the variance is multiplied by sqrt(var + eps)); dgamma and
#     dbeta are right
# OPEN: true: the term that comes through the variance is missing or wrong
# cmd: batchnorm --x 5,4 --gamma 4 --beta 4
import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)                 # 1
    xmu = x - mu                                    # 2
    sq = xmu ** 2                                   # 3
    var = 1. / N * np.sum(sq, axis=0)               # 4
    sqrtvar = np.sqrt(var + eps)                    # 5
    ivar = 1. / sqrtvar                             # 6
    xhat = xmu * ivar                               # 7
    gammax = gamma * xhat                           # 8
    out = gammax + beta                             # 9
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    # step 9
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    # step 8
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    # step 7
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    # step 6
    dsqrtvar = -1. / sqrtvar * divar
    # step 5
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    # step 4
    dsq = 1. / N * np.ones((N, D)) * dvar
    # step 3
    dxmu2 = 2 * xmu * dsq
    # step 2
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    # step 1
    dx2 = 1. / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta
