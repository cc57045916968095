# TRUE: right
# HOLDS: self.W, self.U, self.b | CONSTANTS: none
# cmd: GatedLinear --input 6,4
import numpy as np


class GatedLinear:
    """y = (xW + b) * sigmoid(xU). Gradients are lazy: call grad_W(), grad_U(), grad_b() after backward."""

    def __init__(self, n=4, lam=1e-2, rng=None):
        rng = rng or np.random.default_rng(14)
        self.W = rng.normal(scale=.5, size=(n, n))
        self.U = rng.normal(scale=.5, size=(n, n))
        self.b = rng.normal(scale=.1, size=n)
        self.lam = lam

    def penalty(self):
        return 0.5 * self.lam * (np.sum(self.W ** 2) + np.sum(self.U ** 2))

    def penalty_grad(self):
        return self.lam * self.W, self.lam * self.U

    def forward(self, x):
        self.x = x
        self.lin = x @ self.W + self.b
        self.gate = 1 / (1 + np.exp(-x @ self.U))
        return self.lin * self.gate

    def backward(self, dy):
        self.dlin = dy * self.gate
        self.dgate = dy * self.lin * self.gate * (1 - self.gate)
        return self.dlin @ self.W.T + self.dgate @ self.U.T

    def grad_W(self):
        return self.x.T @ self.dlin

    def grad_U(self):
        return self.x.T @ self.dgate

    def grad_b(self):
        return self.dlin.sum(axis=0)
