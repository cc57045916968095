# TRUE: wrong: params['W1'] (grads['W1'] is divided by the batch size, the others are sums)
# HOLDS: self.params['W1'], self.params['b1'], self.params['W2'], self.params['b2'] | CONSTANTS: none
# cmd: TwoLayerNet --input 6,4
import numpy as np
from collections import OrderedDict


class Relu:
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


class TwoLayerNet:
    def __init__(self, input_size=4, hidden_size=6, output_size=4, rng=None):
        rng = rng or np.random.default_rng(1)
        self.params = {}
        self.params['W1'] = 0.5 * rng.normal(size=(input_size, hidden_size))
        self.params['b1'] = 0.1 * rng.normal(size=hidden_size)
        self.params['W2'] = 0.5 * rng.normal(size=(hidden_size, output_size))
        self.params['b2'] = 0.1 * rng.normal(size=output_size)
        self.layers = OrderedDict(Relu1=Relu())
        self.grads = {}

    def forward(self, x):
        p = self.params
        self.x = x
        self.a1 = self.layers['Relu1'].forward(x @ p['W1'] + p['b1'])
        return self.a1 @ p['W2'] + p['b2']

    def backward(self, dout):
        p, n = self.params, self.x.shape[0]
        self.grads['W2'], self.grads['b2'] = self.a1.T @ dout, dout.sum(0)
        da = self.layers['Relu1'].backward(dout @ p['W2'].T)
        self.grads['W1'], self.grads['b1'] = self.x.T @ da / n, da.sum(0)
        return da @ p['W1'].T
