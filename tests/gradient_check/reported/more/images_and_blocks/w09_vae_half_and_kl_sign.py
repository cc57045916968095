# SOURCE: https://github.com/keras-team/keras/issues/3283 (exp(0.5 * logvar): where the half goes)
#     and known slips of hand-written VAEs (the minus before the KL's 1/2 lost in one of its terms)
# mistake: TWO: the 0.5 of dz/dlogvar = 0.5 * sigma * eps is missing; and the KL's gradient to the
#     log variance has the sign flipped
# TRUE: the columns of W_enc's and b_enc's gradient that make logvar (the second half) are wrong;
#     the columns of mu are right, as are W_dec and b_dec
# SAYS: -(0.5 * (1 - np.exp(logvar)) / n)
# SAYS: 0.5 * (dz * eps * sigma)
# cmd: vae_step --x probabilities:5,6 --eps 5,2 --W_enc 6,4 --b_enc 4 --W_dec 2,6 --b_dec 6
import numpy as np


def vae_step(x, eps, W_enc, b_enc, W_dec, b_dec):
    n = x.shape[0]
    d = W_dec.shape[0]
    # encode
    stats = x @ W_enc + b_enc
    mu, logvar = stats[:, :d], stats[:, d:]
    sigma = np.exp(0.5 * logvar)
    z = mu + sigma * eps
    # decode
    logits = z @ W_dec + b_dec
    x_hat = 1 / (1 + np.exp(-logits))
    recon = -np.sum(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)) / n
    kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar)) / n
    loss = recon + kl

    d_logits = (x_hat - x) / n
    grads = {"W_dec": z.T @ d_logits, "b_dec": d_logits.sum(axis=0)}
    dz = d_logits @ W_dec.T
    d_mu = dz + mu / n
    d_logvar = dz * eps * sigma
    d_logvar += 0.5 * (1 - np.exp(logvar)) / n
    d_stats = np.concatenate([d_mu, d_logvar], axis=1)
    grads["W_enc"] = x.T @ d_stats
    grads["b_enc"] = d_stats.sum(axis=0)
    return loss, grads
