# TRUE: right
# HOLDS: W (tied, encoder and decoder), b_enc, b_dec | CONSTANTS: mean (fixed data mean)
# cmd: TiedAutoencoder --input 6,4
import numpy as np


class TiedAutoencoder:
    def __init__(self, rng, visible=4, hidden=3):
        self.mean = np.linspace(-0.2, 0.4, visible)   # mean of the training data
        self.W = rng.normal(0, 0.5, (visible, hidden))
        self.b_enc = np.zeros(hidden)
        self.b_dec = np.zeros(visible)

    def forward(self, x):
        xc = x - self.mean
        h = 1 / (1 + np.exp(-(xc @ self.W + self.b_enc)))
        return h @ self.W.T + self.b_dec, (xc, h)

    def backward(self, dy, cache):
        xc, h = cache
        dh = (dy @ self.W) * h * (1 - h)
        self.grad_W = xc.T @ dh + dy.T @ h
        self.grad_b_enc = dh.sum(axis=0)
        self.grad_b_dec = dy.sum(axis=0)
        return dh @ self.W.T
