# TRUE: wrong: W (the encoder share overwrites the decoder share instead of being added)
# HOLDS: self.W, self.b_enc, self.b_dec | CONSTANTS: none
# cmd: TiedAutoencoder --input 6,4
import numpy as np


class TiedAutoencoder:
    def __init__(self, n_visible=4, n_hidden=4, rng=None):
        rng = rng or np.random.default_rng(25)
        self.W = rng.uniform(-.7, .7, (n_visible, n_hidden))
        self.b_enc = rng.uniform(-.1, .1, n_hidden)
        self.b_dec = rng.uniform(-.1, .1, n_visible)
        self.dW = np.zeros_like(self.W)
        self.db_enc = np.zeros_like(self.b_enc)
        self.db_dec = np.zeros_like(self.b_dec)

    def forward(self, x):
        h = 1 / (1 + np.exp(-(x @ self.W + self.b_enc)))
        return h @ self.W.T + self.b_dec, (x, h)

    def backward(self, dy, cache):
        x, h = cache
        self.dW = dy.T @ h
        self.db_dec = dy.sum(0)
        dz = (dy @ self.W) * h * (1 - h)
        self.dW = x.T @ dz
        self.db_enc = dz.sum(0)
        return dz @ self.W.T
