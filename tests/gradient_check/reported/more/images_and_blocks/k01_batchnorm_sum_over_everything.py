# SOURCE: style of
#     https://red.byte.kiwi/r/cs231n/comments/hx87z3/batchnorm_w12_gradient_error_1e0_but_e8_when
#     (staged backward; np.sum without an axis)
# mistake: none: np.sum(-2 (x - mean)) over everything is 0 as it is over the batch, so that the
#     missing axis does no harm
# TRUE: right
# cmd: batchnorm --x 7,4 --gamma 1,4 --beta 1,4
import numpy as np


def batchnorm_forward(x, gamma, beta):
    N, D = x.shape
    eps = 1e-5
    sample_mean = np.mean(x, axis=0)
    sample_var = np.var(x, axis=0)
    x_hat = (x - sample_mean) / np.sqrt(sample_var + eps)
    out = gamma * x_hat + beta
    cache = (gamma, beta, x_hat, x, sample_mean, sample_var, eps, N, D)
    return out, cache


def batchnorm_backward(dout, cache):
    gamma, beta, x_hat, x, sample_mean, sample_var, eps, N, D = cache
    inv_var = 1. / np.sqrt(sample_var + eps)

    dnorm_x = dout * gamma
    dvar_x = np.sum(dnorm_x * (x - sample_mean) * -0.5 * np.power(sample_var + eps, -1.5), axis=0, keepdims=True)
    dmean_x = np.sum(-dnorm_x * inv_var, axis=0, keepdims=True) + dvar_x * np.sum(-2.0 * (x - sample_mean)) / float(N)

    dx = dnorm_x * inv_var + dvar_x * (2. / N) * (x - sample_mean) + dmean_x / float(N)
    dgamma = np.sum(dout * x_hat, axis=0, keepdims=True)
    dbeta = np.sum(dout, axis=0, keepdims=True)
    return dx, dgamma, dbeta
