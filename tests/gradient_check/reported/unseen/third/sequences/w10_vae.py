# SOURCE: known slip; the confusion of log variance and log std is that of
#     https://github.com/alecGraves/BVAE-tf/issues/7 and
#     https://github.com/keras-team/keras/pull/9972
# mistake: z = mu + exp(logvar / 2) eps is derived by logvar as if it were exp(logstd): the 1/2 of
#     the exponent is missing in that path; the KL term's part has its own 1/2
# TRUE: the gradients of W_lv and b_lv are wrong (reconstruction's part twice too large, KL's part
#     right); those of W_mu, b_mu, W_dec, b_dec are right. No gradients for x and eps.
# SAYS: the factor 0.5 is missing
# cmd: vae_loss --x 5,6 --eps 5,2 --W_mu 6,2 --b_mu 2 --W_lv 6,2 --b_lv 2 --W_dec 2,6 --b_dec 6
import numpy as np


def vae_loss(x, eps, W_mu, b_mu, W_lv, b_lv, W_dec, b_dec):
    m = x.shape[0]
    # encoder
    mu = x @ W_mu + b_mu
    logvar = 0.2 * (x @ W_lv + b_lv)
    sigma = np.exp(0.5 * logvar)
    z = mu + sigma * eps
    # decoder
    x_hat = np.tanh(z @ W_dec + b_dec)
    rec = 0.5 * np.sum((x_hat - x) ** 2) / m
    kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar)) / m

    d_out = (x_hat - x) * (1 - x_hat ** 2) / m
    dz = d_out @ W_dec.T
    d_mu = dz + mu / m
    d_logvar = dz * eps * sigma + 0.5 * (np.exp(logvar) - 1) / m
    grads = {
        "W_dec": z.T @ d_out,
        "b_dec": d_out.sum(axis=0),
        "W_mu": x.T @ d_mu,
        "b_mu": d_mu.sum(axis=0),
        "W_lv": 0.2 * x.T @ d_logvar,
        "b_lv": 0.2 * d_logvar.sum(axis=0),
    }
    return rec + kl, grads
