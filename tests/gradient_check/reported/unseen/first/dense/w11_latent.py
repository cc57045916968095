# SOURCE: log sigma taken for log sigma^2 or the reverse:
#     https://github.com/KarenUllrich/Tutorial_BayesianCompressionForDL/issues/1 and
#     https://github.com/pyg-team/pytorch_geometric/pull/1368 (there in the loss, here in the
#     backward pass)
# mistake: the forward pass takes the head's output as log sigma (sigma = exp(s)), the backward pass
#     as log variance (0.5 exp(s / 2))
# TRUE: W_s, b_s and dx wrong; W_mu, b_mu, W_dec, b_dec right (eps is fixed noise and gets no
#     gradient)
# OPEN: true: ds = dz * self.eps * np.exp(0.5 * s) * np.exp(0.5 * s)
# cmd: LatentBottleneck --input 5,6
import numpy as np


class LatentBottleneck:
    def __init__(self, rng):
        n_in, n_z, batch = 6, 2, 5
        g = lambda *s: 0.5 * rng.standard_normal(s)
        self.params = dict(W_mu=g(n_in, n_z), b_mu=g(n_z), W_s=g(n_in, n_z), b_s=g(n_z),
                           W_dec=g(n_z, n_in), b_dec=g(n_in))
        self.grads = {}
        self.eps = rng.standard_normal((batch, n_z))   # drawn once, for the gradient check

    def forward(self, x):
        p = self.params
        mu = x @ p["W_mu"] + p["b_mu"]
        s = x @ p["W_s"] + p["b_s"]
        z = mu + self.eps * np.exp(s)
        self.saved = x, s, z
        return z @ p["W_dec"] + p["b_dec"]

    def backward(self, dout):
        x, s, z = self.saved
        p, gr = self.params, self.grads
        gr["W_dec"], gr["b_dec"] = z.T @ dout, dout.sum(0)
        dz = dout @ p["W_dec"].T
        dmu = dz
        ds = dz * self.eps * 0.5 * np.exp(0.5 * s)
        gr["W_mu"], gr["b_mu"] = x.T @ dmu, dmu.sum(0)
        gr["W_s"], gr["b_s"] = x.T @ ds, ds.sum(0)
        return dmu @ p["W_mu"].T + ds @ p["W_s"].T
