# SOURCE: style of a VAE in plain NumPy: one function of everything, gradients in a dict
# mistake: none
# TRUE: right
# cmd: vae_loss --logits 4,6 --mu 4,2 --logvar 4,2 --x binary:4,6
import numpy as np


def vae_loss(logits, mu, logvar, x, beta=0.5):
    batch = x.shape[0]
    bce = np.logaddexp(0, logits) - x * logits
    kld = -0.5 * (1 + logvar - mu ** 2 - np.exp(logvar))
    loss = (bce.sum() + beta * kld.sum()) / batch
    grads = {
        "logits": (1 / (1 + np.exp(-logits)) - x) / batch,
        "mu": beta * mu / batch,
        "logvar": 0.5 * beta * (np.exp(logvar) - 1) / batch,
    }
    return loss, grads
