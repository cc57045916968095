# TRUE: right
# HOLDS: self.W, self.b | CONSTANTS: none
# cmd: AffineSGD --input 6,4
import numpy as np


class AffineSGD:
    """Fully connected layer. dW / db are the data gradients; the L2 part is kept apart in dW_reg
    (it is only added in step(), since the penalty is not part of the output)."""

    def __init__(self, input_dim=4, num_units=4, weight_scale=0.3, reg=0.05, momentum=0.9, rng=None):
        rng = rng if rng is not None else np.random.default_rng(0)
        self.reg, self.momentum = reg, momentum
        self.W = weight_scale * rng.standard_normal((input_dim, num_units))
        self.b = 0.1 * rng.standard_normal(num_units)
        self.vW = np.zeros_like(self.W)
        self.vb = np.zeros_like(self.b)
        self.dW_reg = None

    def loss_reg(self):
        return 0.5 * self.reg * np.sum(self.W * self.W)

    def forward(self, x):
        out = x.reshape(x.shape[0], -1).dot(self.W) + self.b
        cache = (x, self.W.copy(), self.b.copy())
        return out, cache

    def backward(self, dout, cache):
        x, w, b = cache
        dx = dout.dot(w.T).reshape(x.shape)
        self.dW = x.reshape(x.shape[0], -1).T.dot(dout)
        self.db = dout.sum(axis=0)
        self.dW_reg = self.reg * w
        self.vW = self.momentum * self.vW - 0.01 * (self.dW + self.dW_reg)
        self.vb = self.momentum * self.vb - 0.01 * self.db
        return dx

    def step(self):
        self.W += self.vW
        self.b += self.vb
