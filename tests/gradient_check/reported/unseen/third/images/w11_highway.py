# SOURCE: known slip, no thread at hand (the gate stands twice in y = T * H + (1 - T) * x, and the
#     carry's share of dT is forgotten; the same is done with the update gate of a GRU)
# mistake: dT = dy * H in place of dy * (H - x)
# TRUE: the gradients of the gate's weight and bias (Wt, bt) and dx are wrong; those of Wh and bh
#     are right
# SAYS: x is to be taken off
# cmd: Highway --input 6,4
import numpy as np


class Parameter:
    def __init__(self, value):
        self.data = value
        self.grad = np.zeros_like(value)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Highway:
    def __init__(self, rng, dim=4):
        self.Wh = Parameter(rng.normal(scale=0.6, size=(dim, dim)))
        self.bh = Parameter(np.zeros(dim))
        self.Wt = Parameter(rng.normal(scale=0.6, size=(dim, dim)))
        self.bt = Parameter(np.full(dim, -1.0))          # carry at first

    def parameters(self):
        return [self.Wh, self.bh, self.Wt, self.bt]

    def forward(self, x):
        H = np.tanh(x @ self.Wh.data + self.bh.data)
        T = sigmoid(x @ self.Wt.data + self.bt.data)
        self.saved = x, H, T
        return T * H + (1 - T) * x

    def backward(self, dy):
        x, H, T = self.saved
        dH = dy * T
        dT = dy * H
        dzh = dH * (1 - H ** 2)
        dzt = dT * T * (1 - T)
        self.Wh.grad = x.T @ dzh
        self.bh.grad = dzh.sum(0)
        self.Wt.grad = x.T @ dzt
        self.bt.grad = dzt.sum(0)
        return dzh @ self.Wh.data.T + dzt @ self.Wt.data.T + dy * (1 - T)
