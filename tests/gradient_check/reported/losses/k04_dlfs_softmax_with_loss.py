# SOURCE: style of Deep Learning from Scratch (Saito, chapter 5), labels as integers or one-hot;
#     with label smoothing
# mistake: none
# TRUE: right
# cmd: SoftmaxWithLoss --input 6,4 --input integers:6 --integers 4
import numpy as np


def softmax(x):
    x = x - np.max(x, axis=1, keepdims=True)
    return np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True)


class SoftmaxWithLoss:
    def __init__(self, eps=0.1):
        self.eps = eps
        self.loss = None
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.y = softmax(x)
        n, k = self.y.shape
        if t.size != self.y.size:
            t = np.eye(k)[t]
        self.t = (1 - self.eps) * t + self.eps / k
        self.loss = -np.sum(self.t * np.log(self.y)) / n
        return self.loss

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        return dout * (self.y - self.t) / batch_size
