# SOURCE: http://stackoverflow.com/questions/6607141/derivativecheck-fails-with-minfunc (tied
#     weights, dW = hidden * error' only); the same question:
#     https://stats.stackexchange.com/questions/239943
# mistake: W is used in the encoder and, transposed, in the decoder; only the decoder's part of the
#     gradient is there
# TRUE: dW is wrong: the encoder's part x.T @ delta_hidden is missing; db_hid, db_vis and the
#     input's gradient are right
# SAYS: the term x.T @ error_hid is missing
# cmd: TiedAutoencoder --input 6,5
import numpy as np


class TiedAutoencoder:
    def __init__(self, rng):
        self.W = 0.5 * rng.standard_normal((5, 3))
        self.b_hid = 0.1 * rng.standard_normal(3)
        self.b_vis = 0.1 * rng.standard_normal(5)

    def sigmoid(self, a):
        return 1 / (1 + np.exp(-a))

    def encode(self, x):
        return self.sigmoid(x @ self.W + self.b_hid)

    def decode(self, h):
        return self.sigmoid(h @ self.W.T + self.b_vis)

    def forward(self, x):
        hidden = self.encode(x)
        recon = self.decode(hidden)
        self.cache = (x, hidden, recon)
        return recon

    def backward(self, d_recon):
        x, hidden, recon = self.cache
        error = d_recon * recon * (1 - recon)
        self.dW = error.T @ hidden
        self.db_vis = error.sum(0)
        error_hid = (error @ self.W) * hidden * (1 - hidden)
        self.db_hid = error_hid.sum(0)
        return error_hid @ self.W.T
