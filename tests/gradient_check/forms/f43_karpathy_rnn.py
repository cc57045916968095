# TRUE: wrong: Whh gradient uses the current hidden state instead of the previous one
# HOLDS: Wxh, Whh, Why, bh, by | CONSTANTS: h0 (fixed initial hidden state)
# cmd: VanillaRNN --input 6,4
import numpy as np


class VanillaRNN:
    """x is a sequence (T, D), one output per time step."""

    def __init__(self, rng, vocab=4, hidden=5, out=3):
        self.Wxh = rng.normal(size=(hidden, vocab)) * 0.4
        self.Whh = rng.normal(size=(hidden, hidden)) * 0.4
        self.Why = rng.normal(size=(out, hidden)) * 0.4
        self.bh = np.zeros((hidden, 1))
        self.by = np.zeros((out, 1))
        self.h0 = np.full((hidden, 1), 0.1)

    def forward(self, x):
        self.xs, self.hs, ys = {}, {-1: self.h0}, []
        for t in range(len(x)):
            self.xs[t] = x[t][:, None]
            self.hs[t] = np.tanh(self.Wxh @ self.xs[t] + self.Whh @ self.hs[t - 1] + self.bh)
            ys.append(self.Why @ self.hs[t] + self.by)
        return np.concatenate(ys, axis=1).T

    def backward(self, dy):
        dWxh, dWhh, dWhy = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.Why)
        dbh, dby = np.zeros_like(self.bh), np.zeros_like(self.by)
        dhnext, dx = np.zeros_like(self.h0), np.zeros((len(dy), self.Wxh.shape[1]))
        for t in reversed(range(len(dy))):
            d = dy[t][:, None]
            dWhy += d @ self.hs[t].T
            dby += d
            draw = (1 - self.hs[t] ** 2) * (self.Why.T @ d + dhnext)
            dbh += draw
            dWxh += draw @ self.xs[t].T
            dWhh += draw @ self.hs[t].T
            dhnext = self.Whh.T @ draw
            dx[t] = (self.Wxh.T @ draw)[:, 0]
        return dx, dWxh, dWhh, dWhy, dbh, dby
