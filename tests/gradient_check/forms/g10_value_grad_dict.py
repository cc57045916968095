# TRUE: wrong: P['b1'] (its gradient is the mean over the batch, not the sum)
# HOLDS: self.P['W1'][0], self.P['b1'][0], self.P['W2'][0], self.P['b2'][0] | CONSTANTS: none
# cmd: GistNet --input 6,4
import numpy as np


class GistNet:
    def __init__(self, H=4, rng=None):
        r = rng or np.random.default_rng(10)
        new = lambda *s: [r.standard_normal(s) * 0.5, np.zeros(s)]   # [value, grad]
        self.P = {'W1': new(4, H), 'b1': new(1, H), 'W2': new(H, 4), 'b2': new(1, 4)}

    def forward(self, x):
        P = self.P
        h = np.maximum(0.2 * (x @ P['W1'][0] + P['b1'][0]), x @ P['W1'][0] + P['b1'][0])
        self.saved = x, h
        return h @ P['W2'][0] + P['b2'][0]

    def backward(self, dy):
        x, h = self.saved
        P = self.P
        P['W2'][1] = h.T @ dy
        P['b2'][1] = dy.sum(axis=0, keepdims=True)
        dh = dy @ P['W2'][0].T
        dh[h < 0] *= 0.2
        P['W1'][1] = x.T @ dh
        P['b1'][1] = dh.mean(axis=0, keepdims=True)
        return dh @ P['W1'][0].T
