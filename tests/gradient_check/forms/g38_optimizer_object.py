# TRUE: right
# HOLDS: self.W, self.R, self.b | CONSTANTS: none
# cmd: OptLayer --input 6,4
import numpy as np


class RMSProp:
    """Owns the gradients of the layer it serves as well as its running averages."""

    def __init__(self, shapes, lr=1e-3, rho=0.9):
        self.lr, self.rho = lr, rho
        self.sq = {k: np.zeros(s) for k, s in shapes.items()}
        self.last_step = {k: np.zeros(s) for k, s in shapes.items()}
        self.grad = {k: np.zeros(s) for k, s in shapes.items()}

    def receive(self, name, g):
        self.grad[name] = g
        self.sq[name] = self.rho * self.sq[name] + (1 - self.rho) * g * g
        self.last_step[name] = self.lr * g / (np.sqrt(self.sq[name]) + 1e-8)


class OptLayer:
    def __init__(self, n=4, rng=None):
        rng = rng or np.random.default_rng(38)
        self.W, self.R = rng.normal(0, .5, (n, n)), rng.normal(0, .5, (n, n))
        self.b = rng.normal(0, .1, n)
        self.opt = RMSProp({'W': (n, n), 'R': (n, n), 'b': (n,)})

    def forward(self, x):
        self.x = x
        self.h = np.log1p(np.exp(x @ self.W + self.b))      # softplus
        return self.h + x @ self.R                          # skip path

    def backward(self, dy):
        dz = dy * (1 - np.exp(-self.h))
        self.opt.receive('W', self.x.T @ dz)
        self.opt.receive('b', dz.sum(axis=0))
        self.opt.receive('R', self.x.T @ dy)
        return dz @ self.W.T + dy @ self.R.T
