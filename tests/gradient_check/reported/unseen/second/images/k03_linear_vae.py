# SOURCE: the exercise https://crackedaicode.com/problems/train-vae-end-to-end (its formulas,
#     written anew as a function of the parameters)
# mistake: none
# TRUE: right (gradients of w_enc and w_dec; x is data, no gradient)
# cmd: vae_loss --w_enc 5,4 --w_dec 2,5 --x 6,5
import numpy as np


def vae_loss(w_enc, w_dec, x, seed=0):
    n, k = len(x), w_dec.shape[0]
    h = x @ w_enc
    mu, log_var = h[:, :k], h[:, k:]
    sigma = np.exp(0.5 * log_var)
    eps = np.random.default_rng(seed).standard_normal(mu.shape)
    z = mu + sigma * eps
    x_hat = z @ w_dec
    recon = ((x_hat - x) ** 2).sum(-1).mean()
    kl = -0.5 * (1 + log_var - mu ** 2 - np.exp(log_var)).sum(-1).mean()

    d_x_hat = 2 / n * (x_hat - x)
    d_z = d_x_hat @ w_dec.T
    d_mu = d_z + mu / n
    d_log_var = d_z * 0.5 * sigma * eps + (np.exp(log_var) - 1) / (2 * n)
    return recon + kl, (x.T @ np.hstack([d_mu, d_log_var]), z.T @ d_x_hat)
