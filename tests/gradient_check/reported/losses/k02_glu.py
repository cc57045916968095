# SOURCE: style of "params / grads" lists as in Deep Learning from Scratch (Saito)
# mistake: none
# TRUE: right
# cmd: GLU --in_size 5 --out_size 3 --input 4,5
import numpy as np


class GLU:
    def __init__(self, rng, in_size=5, out_size=3):
        W = 0.5 * rng.standard_normal((in_size, 2 * out_size))
        b = np.zeros(2 * out_size)
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]
        self.cache = None

    def forward(self, x):
        W, b = self.params
        h = x @ W + b
        a, g = np.split(h, 2, axis=-1)
        gate = 1 / (1 + np.exp(-g))
        self.cache = x, a, gate
        return a * gate

    def backward(self, dout):
        W, b = self.params
        x, a, gate = self.cache
        da = dout * gate
        dg = dout * a * gate * (1 - gate)
        dh = np.concatenate([da, dg], axis=-1)
        self.grads[0][...] = x.T @ dh
        self.grads[1][...] = dh.sum(axis=0)
        return dh @ W.T
