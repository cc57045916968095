# SOURCE: (1) class Sample of the repository numpy_neural_network (VAE sample layer: the spread gets
#     grad_y without the noise); (2) sigma and sigma^2 confused in the KL, e.g.
#     https://github.com/pytorch/examples/issues/225 ; the linear VAE as in
#     https://crackedaicode.com/problems/train-vae-end-to-end
# mistake: two: eps is forgotten in the gradient of log_var through z = mu + sigma * eps; the KL's
#     gradient of log_var has sigma where exp(log_var) = sigma**2 belongs
# TRUE: of the gradient of w_enc the columns of log_var (the last two) are wrong, by both; its
#     columns of mu are right; the gradient of w_dec is right
# SAYS: the factor (1 + sigma) is missing
# SAYS: the factor eps is missing
# cmd: vae_loss --w_enc 6,4 --w_dec 2,6 --x 5,6
import numpy as np


def vae_loss(w_enc, w_dec, x, seed=0):
    N, d_z = len(x), w_dec.shape[0]
    # encoder
    h = x @ w_enc
    mu, log_var = h[:, :d_z], h[:, d_z:]
    # reparameterization trick
    eps = np.random.RandomState(seed).randn(N, d_z)
    sigma = np.exp(0.5 * log_var)
    z = mu + sigma * eps
    # decoder
    x_hat = z @ w_dec
    recon = ((x_hat - x) ** 2).sum(axis=1).mean()
    kl = -0.5 * (1 + log_var - mu ** 2 - np.exp(log_var)).sum(axis=1).mean()
    loss = recon + kl

    d_x_hat = 2 / N * (x_hat - x)
    grad_w_dec = z.T @ d_x_hat
    d_z_ = d_x_hat @ w_dec.T
    d_mu = d_z_ + mu / N
    d_log_var = d_z_ * 0.5 * sigma
    d_log_var = d_log_var + 0.5 * (sigma - 1) / N
    grad_w_enc = x.T @ np.concatenate([d_mu, d_log_var], axis=1)
    return loss, {"w_enc": grad_w_enc, "w_dec": grad_w_dec}
