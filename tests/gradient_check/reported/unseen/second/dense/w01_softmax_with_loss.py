# SOURCE: https://github.com/oreilly-japan/deep-learning-from-scratch/issues/85 (gradient_check.py
#     differs widely: an old softmax that does not look at the axis was still in use)
# mistake: softmax takes the sum over the whole array (batch included); backward is the usual
#     formula of the row-wise one
# TRUE: dx is wrong: (y - t) / N, but with a sum over the whole batch it is y - t / N. (t has no
#     gradient.)
# OPEN: true: the term self.y is too much
# cmd: SoftmaxWithLoss --input 4,3 --input one-hot:4,3
import numpy as np


def softmax(a):
    c = np.max(a)
    exp_a = np.exp(a - c)
    return exp_a / np.sum(exp_a)


def cross_entropy_error(y, t):
    if y.ndim == 1:
        y, t = y.reshape(1, -1), t.reshape(1, -1)
    return -np.sum(t * np.log(y + 1e-300)) / y.shape[0]


class SoftmaxWithLoss:
    def __init__(self):
        self.loss = None
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.t = t
        self.y = softmax(x)
        self.loss = cross_entropy_error(self.y, self.t)
        return self.loss

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        dx = (self.y - self.t) / batch_size
        return dout * dx
