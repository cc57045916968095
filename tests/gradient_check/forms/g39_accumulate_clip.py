# TRUE: right
# HOLDS: self.W, self.b | CONSTANTS: none
# cmd: AccumDense --input 6,4
import numpy as np


class AccumDense:
    """self.dW, self.db: gradients of the last backward (sum over the batch).
    dW_mean, dW_clipped, dW_acc and grad_history are derived from them for the trainer."""

    def __init__(self, n_in=4, n_out=4, clip=0.5, rng=None):
        rng = rng or np.random.default_rng(39)
        self.clip = clip
        self.W = rng.normal(0, .5, (n_in, n_out))
        self.b = rng.normal(0, .1, n_out)
        self.dW_acc, self.db_acc, self.n_acc = np.ones((n_in, n_out)), np.ones(n_out), 1
        self.grad_history = []

    def forward(self, x):
        self.x_ = x
        self.a_ = np.arctan(x @ self.W + self.b)
        self.mask_ = np.abs(self.a_) < 1.2
        return self.a_

    def backward(self, dy):
        dz = dy / (1 + np.tan(self.a_) ** 2)
        self.dW, self.db = self.x_.T @ dz, dz.sum(0)
        self.dW_mean, self.db_mean = self.dW / len(dy), self.db / len(dy)
        norm = np.sqrt((self.dW ** 2).sum() + (self.db ** 2).sum())
        c = min(1.0, self.clip / (norm + 1e-12))
        self.dW_clipped, self.db_clipped = c * self.dW, c * self.db
        self.dW_acc += self.dW
        self.db_acc += self.db
        self.n_acc += 1
        self.grad_history.append({'W': self.dW_clipped.copy(), 'b': self.db_clipped.copy()})
        return dz @ self.W.T
