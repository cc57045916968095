# SOURCE: https://github.com/flagos-ai/FlagGems/issues/5392 ("layer_norm_backward assumes 2-D input:
#     silently wrong gradients"), alike https://github.com/linkedin/Liger-Kernel/pull/1376
# mistake: forward normalizes over the last axis; backward takes M = x.shape[0] rows of N = x.size
#     // M numbers, so that the two means run over (T, D) together
# TRUE: dx is wrong (both means over axes 1 and 2 instead of the last alone); dgamma and dbeta are
#     right
# OPEN: true: in the terms that come through the mean and the variance of the sample
# cmd: layernorm --x 3,4,5 --gamma 5 --beta 5
import numpy as np


def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    rstd = 1.0 / np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + eps)
    norm = (x - mean) * rstd
    return norm * gamma + beta, (norm, rstd, gamma)


def layernorm_backward(dout, cache):
    norm, rstd, gamma = cache
    D = gamma.shape[0]
    dgamma = (dout * norm).reshape(-1, D).sum(axis=0)
    dbeta = dout.reshape(-1, D).sum(axis=0)

    M = norm.shape[0]
    N = norm.size // M
    dnorm = (dout * gamma).reshape(M, N)
    rows = norm.reshape(M, N)
    c1 = dnorm.sum(axis=1, keepdims=True) / N
    c2 = (dnorm * rows).sum(axis=1, keepdims=True) / N
    dx = rstd * (dnorm - c1 - rows * c2).reshape(norm.shape)
    return dx, dgamma, dbeta
