# TRUE: wrong: the slice of theta that holds W2 has a gradient divided by N (batch size)
# HOLDS: theta (W1, b1, W2 and b2 are views of it) | CONSTANTS: none
# cmd: FlatNet --input 6,4
import numpy as np


class FlatNet:
    def __init__(self, rng, d=4, h=5, o=2):
        self.theta = rng.normal(scale=0.5, size=d * h + h + h * o + o)
        self.grad = np.zeros_like(self.theta)
        self.W1, self.b1, self.W2, self.b2 = self._split(self.theta, d, h, o)
        self._gviews = self._split(self.grad, d, h, o)

    @staticmethod
    def _split(v, d, h, o):
        i = d * h
        j = i + h
        k = j + h * o
        return v[:i].reshape(d, h), v[i:j], v[j:k].reshape(h, o), v[k:]

    def forward(self, x):
        h = np.tanh(x @ self.W1 + self.b1)
        return h @ self.W2 + self.b2, (x, h)

    def backward(self, dy, cache):
        x, h = cache
        gW1, gb1, gW2, gb2 = self._gviews
        gW2[:] = h.T @ dy / len(x)
        gb2[:] = dy.sum(0)
        dh = dy @ self.W2.T * (1 - h * h)
        gW1[:] = x.T @ dh
        gb1[:] = dh.sum(0)
        return dh @ self.W1.T
