# SOURCE: known slips of students who write a VAE by hand, no thread at hand (threads around the
#     same line: https://github.com/alecGraves/BVAE-tf/issues/7)
# mistake: (1) z = mu + exp(logvar/2) * eps is differentiated by logvar without eps; (2) the hidden
#     layer gets its gradient from the head of mu alone, the one of logvar is forgotten
# TRUE: two mistakes. W_lv, b_lv wrong (eps missing in the reconstruction's part; KL's part right);
#     W_h, b_h wrong (the path through logvar is missing). W_mu, b_mu, W_d, b_d right. (No gradient
#     of x is returned.)
# OPEN: true: the factor self.eps is missing
# cmd: VAE --input 5,6
import numpy as np


class VAE:
    def __init__(self, rng, n_x=6, n_h=5, n_z=2):
        def init(a, b):
            return rng.standard_normal((a, b)) * np.sqrt(1.0 / a)
        self.params = dict(W_h=init(n_x, n_h), b_h=np.zeros(n_h), W_mu=init(n_h, n_z), b_mu=np.zeros(n_z),
                           W_lv=init(n_h, n_z), b_lv=np.zeros(n_z), W_d=init(n_z, n_x), b_d=np.zeros(n_x))
        self.grads = {}
        self.beta = 0.5

    def forward(self, x):
        p = self.params
        self.x = x
        self.h = np.tanh(x @ p["W_h"] + p["b_h"])
        self.mu = self.h @ p["W_mu"] + p["b_mu"]
        self.logvar = self.h @ p["W_lv"] + p["b_lv"]
        # same noise each time, so that the gradient check works
        self.eps = np.random.RandomState(1).randn(*self.mu.shape)
        self.z = self.mu + np.exp(0.5 * self.logvar) * self.eps
        self.x_rec = self.z @ p["W_d"] + p["b_d"]
        n = x.shape[0]
        rec = 0.5 * np.sum((self.x_rec - x) ** 2) / n
        kl = -0.5 * np.sum(1 + self.logvar - self.mu ** 2 - np.exp(self.logvar)) / n
        return rec + self.beta * kl

    def backward(self):
        p, g, n = self.params, self.grads, self.x.shape[0]
        drec = (self.x_rec - self.x) / n
        g["W_d"], g["b_d"] = self.z.T @ drec, drec.sum(0)
        dz = drec @ p["W_d"].T
        dmu = dz + self.beta * self.mu / n
        dlogvar = dz * 0.5 * np.exp(0.5 * self.logvar) + self.beta * 0.5 * (np.exp(self.logvar) - 1) / n
        g["W_mu"], g["b_mu"] = self.h.T @ dmu, dmu.sum(0)
        g["W_lv"], g["b_lv"] = self.h.T @ dlogvar, dlogvar.sum(0)
        dh = (dmu @ p["W_mu"].T) * (1 - self.h ** 2)
        g["W_h"], g["b_h"] = self.x.T @ dh, dh.sum(0)
        return g
