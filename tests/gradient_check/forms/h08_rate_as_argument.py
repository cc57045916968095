# TRUE: right
# cmd: Dense --input 6,4
# MISTAKE: self.W -= learning_rate * grad_w -> self.W -= learning_rate * 2 * grad_w
# WRONG: dW
# NOTE: a step of backward_pass is divided by the learning rate
import numpy as np


class Dense:
    def __init__(self, rng):
        self.W, self.w0 = rng.standard_normal((4, 3)), np.zeros((1, 3))

    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X @ self.W + self.w0

    def backward_pass(self, accum_grad, learning_rate):
        W = self.W.copy()
        grad_w = self.layer_input.T @ accum_grad
        self.W -= learning_rate * grad_w
        self.w0 -= learning_rate * accum_grad.sum(axis=0, keepdims=True)
        return accum_grad @ W.T
