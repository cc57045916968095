# TRUE: right
# HOLDS: self.Win, self.Wrec, self.bh, self.Wout | CONSTANTS: self.h
# cmd: StatefulRNN --input 6,4
# NOTE: h is the carried hidden state: a second forward on the same object gives another y
import numpy as np


class StatefulRNN:
    """x is one sequence (time, features). The last hidden state stays for the next chunk;
    gradient is truncated at the chunk border (min-char-rnn style)."""

    def __init__(self, n_in=4, n_h=4, n_out=4, rng=None):
        rng = rng or np.random.default_rng(6)
        self.Win = rng.normal(0, 0.5, (n_h, n_in))
        self.Wrec = rng.normal(0, 0.5, (n_h, n_h))
        self.Wout = rng.normal(0, 0.5, (n_out, n_h))
        self.bh = rng.normal(0, 0.1, n_h)
        self.h = rng.normal(0, 0.2, n_h)
        self.mWin, self.mWrec, self.mWout = [np.zeros((4, 4)) for _ in range(3)]  # Adagrad memory

    def forward(self, x):
        xs, hs, ys = {}, {-1: self.h.copy()}, []
        for t in range(len(x)):
            xs[t] = x[t]
            hs[t] = np.tanh(self.Win @ xs[t] + self.Wrec @ hs[t - 1] + self.bh)
            ys.append(self.Wout @ hs[t])
        self.h = hs[len(x) - 1].copy()
        self.xs, self.hs = xs, hs
        return np.array(ys)

    def backward(self, dy):
        self.gWin, self.gWrec, self.gWout = (np.zeros_like(w) for w in (self.Win, self.Wrec, self.Wout))
        self.gbh, self.dhnext = np.zeros_like(self.bh), np.zeros_like(self.h)
        dx = np.zeros((len(dy), self.Win.shape[1]))
        for t in reversed(range(len(dy))):
            self.gWout += np.outer(dy[t], self.hs[t])
            dh = self.Wout.T @ dy[t] + self.dhnext
            dhraw = (1 - self.hs[t] ** 2) * dh
            self.gbh += dhraw
            self.gWin += np.outer(dhraw, self.xs[t])
            self.gWrec += np.outer(dhraw, self.hs[t - 1])
            self.dhnext = self.Wrec.T @ dhraw
            dx[t] = self.Win.T @ dhraw
        return dx
