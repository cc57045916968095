# SOURCE: a known slip (padding: the loss leaves the ignored words out, the gradient does not).
#     Style: the TimeSoftmaxWithLoss of "Deep Learning from Scratch 2"
#     (oreilly-japan/deep-learning-from-scratch-2)
# mistake: the mask of ignored labels is in the loss (and in its mean), but the gradient is not
#     multiplied by it
# TRUE: dx wrong at the time steps whose label is the ignored one (0): there it should be 0 and is
#     (softmax - one-hot)/count; elsewhere right
# OPEN: unknown
# cmd: TimeSoftmaxWithLoss --input 3,5,4 --input integers:3,5 --integers 4
import numpy as np


class TimeSoftmaxWithLoss:
    def __init__(self, ignore_label=0):
        self.params, self.grads = [], []
        self.cache = None
        self.ignore_label = ignore_label

    def forward(self, xs, ts):
        N, T, V = xs.shape
        mask = (ts != self.ignore_label).reshape(N * T)
        xs = xs.reshape(N * T, V)
        ts = ts.reshape(N * T)
        ys = np.exp(xs - xs.max(axis=1, keepdims=True))
        ys /= ys.sum(axis=1, keepdims=True)
        ls = np.log(ys[np.arange(N * T), ts])
        ls = ls * mask
        loss = -np.sum(ls) / mask.sum()
        self.cache = (ts, ys, mask, (N, T, V))
        return loss

    def backward(self, dout=1):
        ts, ys, mask, (N, T, V) = self.cache
        dx = ys.copy()
        dx[np.arange(N * T), ts] -= 1
        dx *= dout
        dx /= mask.sum()
        return dx.reshape(N, T, V)
