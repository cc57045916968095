# SOURCE: known slips of hand-written VAEs, no thread at hand for the code; the right formulas (0.5
#     * sigma * eps, KL / N) are spelt out e.g. in
#     https://crackedaicode.com/problems/train-vae-end-to-end because they are what people get wrong
# mistake: TWO. (1) z = mu + exp(0.5 logvar) * eps: the 0.5 is forgotten in dz/dlogvar. (2) the KL
#     term of the loss is a mean over the batch, its gradients lack the 1/N (those of the
#     reconstruction have it)
# TRUE: wrong: W_mu, b_mu (2), W_lv, b_lv (1 and 2), W_enc, b_enc (follow from both). Right: W_dec,
#     b_dec. No dx is returned.
# OPEN: unknown
# cmd: VAE --input 6,5
import numpy as np


class VAE:
    def __init__(self, rng, n_x=5, n_h=4, n_z=2):
        self.params = {
            "W_enc": rng.normal(0, 0.5, (n_x, n_h)), "b_enc": np.zeros(n_h),
            "W_mu": rng.normal(0, 0.5, (n_h, n_z)), "b_mu": np.zeros(n_z),
            "W_lv": rng.normal(0, 0.5, (n_h, n_z)), "b_lv": np.zeros(n_z),
            "W_dec": rng.normal(0, 0.5, (n_z, n_x)), "b_dec": np.zeros(n_x),
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        self.x = x
        self.h = np.tanh(x @ p["W_enc"] + p["b_enc"])
        self.mu = self.h @ p["W_mu"] + p["b_mu"]
        self.logvar = self.h @ p["W_lv"] + p["b_lv"]
        self.eps = np.random.randn(*self.mu.shape)
        self.std = np.exp(0.5 * self.logvar)
        self.z = self.mu + self.std * self.eps
        self.x_hat = self.z @ p["W_dec"] + p["b_dec"]
        recon = ((self.x_hat - x) ** 2).sum(axis=1).mean()
        kl = -0.5 * (1 + self.logvar - self.mu ** 2 - np.exp(self.logvar)).sum(axis=1).mean()
        return recon + kl

    def backward(self, dout=1.0):
        p, g = self.params, self.grads
        N = self.x.shape[0]
        dx_hat = dout * 2 * (self.x_hat - self.x) / N
        g["W_dec"] = self.z.T @ dx_hat
        g["b_dec"] = dx_hat.sum(axis=0)
        dz = dx_hat @ p["W_dec"].T
        dmu = dz + dout * self.mu
        dlogvar = dz * self.eps * self.std + dout * 0.5 * (np.exp(self.logvar) - 1)
        g["W_mu"] = self.h.T @ dmu
        g["b_mu"] = dmu.sum(axis=0)
        g["W_lv"] = self.h.T @ dlogvar
        g["b_lv"] = dlogvar.sum(axis=0)
        dh = dmu @ p["W_mu"].T + dlogvar @ p["W_lv"].T
        da = dh * (1 - self.h ** 2)
        g["W_enc"] = self.x.T @ da
        g["b_enc"] = da.sum(axis=0)
        return g
