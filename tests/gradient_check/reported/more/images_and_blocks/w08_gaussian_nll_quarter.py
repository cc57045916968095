# SOURCE: https://github.com/y0ast/VAE-Torch/pull/5 ("the derivative with respect to log(sigma^2)
#     should have the constant term -0.5 instead of -0.25")
# mistake: the constant of the derivative to the log variance is 1/4 where it is 1/2
# TRUE: dlogvar is wrong by a constant (0.25 / N too small in every number); dmu is right
# SAYS: (2 * 0.25 - 0.5 * diff ** 2 * inv_var)
# cmd: gaussian_nll --mu 5,3 --logvar 5,3 --x 5,3
import numpy as np


def gaussian_nll(mu, logvar, x):
    N = x.shape[0]
    diff = x - mu
    inv_var = np.exp(-logvar)
    logp = -0.5 * (np.log(2 * np.pi) + logvar) - 0.5 * diff ** 2 * inv_var
    loss = -logp.sum() / N

    grads = {}
    grads['mu'] = -diff * inv_var / N
    grads['logvar'] = (0.25 - 0.5 * diff ** 2 * inv_var) / N
    return loss, grads
