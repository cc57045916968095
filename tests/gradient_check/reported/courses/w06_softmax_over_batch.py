# SOURCE: https://github.com/oreilly-japan/deep-learning-from-scratch/issues/85 : large differences
#     in gradient_check.py, because an old softmax for single vectors (np.max(a), np.sum(exp_a), no
#     axis) was used with a batch
# mistake: softmax normalizes over the whole batch, while backward is that of a softmax for each row
# TRUE: dx is wrong: (y - t) / N is the gradient for a softmax row by row; for this forward pass
#     (one softmax over all of the batch) it is (N y - t) / N
# OPEN: true: the term self.y is too much
# cmd: SoftmaxWithLoss --input 6,4 --input one-hot:6,4
import numpy as np


def softmax(a):
    c = np.max(a)
    exp_a = np.exp(a - c)
    sum_exp_a = np.sum(exp_a)
    return exp_a / sum_exp_a


def cross_entropy_error(y, t):
    batch_size = y.shape[0]
    return -np.sum(t * np.log(y)) / batch_size


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
        dx = dout * (self.y - self.t) / batch_size
        return dx
