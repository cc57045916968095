# SOURCE: https://github.com/y0ast/VAE-Torch/pull/5
# mistake: in the derivative of 0.5 * log(sigma^2) by log(sigma^2) the half was taken twice: 0.25
#     instead of 0.5
# TRUE: the gradient of ln_var is wrong: its constant term is 0.25/N where it is 0.5/N (0.25/N too
#     small in each number, the rest is right). The gradient of mean is right.
# SAYS: the factor 2 is missing
# cmd: gaussian_nll --mean 4,3 --ln_var 4,3 --x 4,3
import numpy as np


def gaussian_nll(mean, ln_var, x):
    """- log N(x; mean, exp(ln_var)), summed over the features, averaged over the batch."""
    n = x.shape[0]
    x_prec = np.exp(-ln_var)
    diff = x - mean
    nll = 0.5 * (np.log(2 * np.pi) + ln_var) + 0.5 * diff ** 2 * x_prec
    loss = nll.sum() / n

    grad_mean = -diff * x_prec / n
    grad_ln_var = (0.25 - 0.5 * diff ** 2 * x_prec) / n
    return loss, (grad_mean, grad_ln_var)
