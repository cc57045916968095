# SOURCE: known slip, no thread at hand; the two conventions mixed are those of
#     https://gist.github.com/JoshVarty/0d8ad5f19a8ae7b2736c602ed563e7bf (v = mu v - lr g, w = w +
#     v) and of (v = mu v + lr g, w -= v)
# mistake: the velocity already holds the minus; the weights add it, the bias subtracts it
# TRUE: the step of w0 (the bias) has the wrong sign: it climbs. dx and the step of W are right.
# OPEN: true: dw0 has the wrong sign
# cmd: Dense --input 5,3
import numpy as np


class Dense:
    def __init__(self, rng, n_in=3, n_units=4, learning_rate=0.01, momentum=0.9):
        self.W = rng.uniform(-1, 1, (n_in, n_units)) / np.sqrt(n_in)
        self.w0 = np.zeros((1, n_units))
        self.W_vel = np.zeros_like(self.W)
        self.w0_vel = np.zeros_like(self.w0)
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.layer_input = None

    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        W = self.W.copy()                      # the weights used in the forward pass

        grad_w = self.layer_input.T.dot(accum_grad)
        grad_w0 = np.sum(accum_grad, axis=0, keepdims=True)

        self.W_vel = self.momentum * self.W_vel - self.learning_rate * grad_w
        self.w0_vel = self.momentum * self.w0_vel - self.learning_rate * grad_w0
        self.W += self.W_vel
        self.w0 -= self.w0_vel

        return accum_grad.dot(W.T)
