# SOURCE: https://github.com/y0ast/VAE-Torch/pull/5 ("Corrected constant in gaussian criteria": -0.5
#     instead of -0.25)
# mistake: the derivative of the term 0.5 * log sigma^2 is taken to be 0.25
# TRUE: the gradient of logvar is wrong: its constant term is 0.25 where it is to be 0.5 (each
#     number is too small by 0.25); the gradient of mu is right. target is data and has no gradient.
# SAYS: the factor 2 is missing
# cmd: gaussian_nll --mu 5,3 --logvar 5,3 --target 5,3
import numpy as np


def gaussian_nll(mu, logvar, target):
    """Reconstruction loss of a VAE with a Gaussian decoder, summed over everything."""
    sq = (target - mu) ** 2
    loss = np.sum(0.5 * np.log(2 * np.pi) + 0.5 * logvar + sq / (2 * np.exp(logvar)))
    grads = {}
    grads["mu"] = -(target - mu) * np.exp(-logvar)
    grads["logvar"] = 0.25 - 0.5 * sq * np.exp(-logvar)
    return loss, grads
