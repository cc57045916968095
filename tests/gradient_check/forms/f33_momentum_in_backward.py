# TRUE: wrong: b is never updated and gets no gradient (vb stays zero)
# HOLDS: W, b (momentum step inside backward: v = mu*v - lr*dW; W += v) | CONSTANTS: none
# cmd: MomentumDense --input 6,4
import numpy as np


class MomentumDense:
    def __init__(self, rng, nin=4, nout=3, lr=0.05, mu=0.9):
        self.W = rng.normal(size=(nin, nout))
        self.b = np.zeros(nout)
        self.vW = np.zeros_like(self.W)
        self.vb = np.zeros_like(self.b)
        self.lr, self.mu = lr, mu

    def forward(self, x):
        self.x = x
        self.y = np.arctan(x @ self.W + self.b)
        return self.y

    def backward(self, dy):
        dz = dy * np.cos(self.y) ** 2
        dx = dz @ self.W.T
        dW = self.x.T @ dz
        self.vW = self.mu * self.vW - self.lr * dW
        self.W += self.vW
        return dx
