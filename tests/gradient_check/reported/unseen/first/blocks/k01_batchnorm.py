# SOURCE: style of the cs231n answers in
#     https://red.byte.kiwi/r/cs231n/comments/hx87z3/batchnorm_w12_gradient_error_1e0_but_e8_when,
#     step by step
# mistake: none
# TRUE: right
# cmd: batchnorm --x 6,4 --gamma 4 --beta 4
import numpy as np


def batchnorm_forward(x, gamma, beta):
    eps = 1e-5
    N, D = x.shape
    sample_mean = np.mean(x, axis=0)
    xmu = x - sample_mean
    sample_var = np.mean(xmu ** 2, axis=0)
    ivar = 1. / np.sqrt(sample_var + eps)
    x_hat = xmu * ivar
    out = gamma * x_hat + beta
    return out, (x_hat, xmu, ivar, gamma, N)


def batchnorm_backward(dout, cache):
    x_hat, xmu, ivar, gamma, N = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dnorm_x = dout * gamma
    dvar_x = np.sum(dnorm_x * xmu * -0.5 * ivar ** 3, axis=0)
    # the second term is zero, kept as in the paper
    dmean_x = np.sum(dnorm_x * -ivar, axis=0) + dvar_x * np.sum(-2.0 * xmu, axis=0) / N
    dx = dnorm_x * ivar + dvar_x * 2.0 / N * xmu + dmean_x / N
    return dx, dgamma, dbeta
