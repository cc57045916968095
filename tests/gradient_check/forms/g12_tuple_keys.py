# TRUE: wrong: params[('W', 1)] (its gradient uses the pre-activation instead of the activation)
# HOLDS: self.params[('W', 0)], self.params[('b', 0)], self.params[('W', 1)], self.params[('b', 1)] | CONSTANTS: none
# cmd: DeepNet --input 6,4
import numpy as np


class DeepNet:
    def __init__(self, layer_dims=(4, 4, 4), rng=None):
        rng = rng or np.random.default_rng(12)
        self.L = len(layer_dims) - 1
        self.params, self.grads = {}, {}
        for l in range(self.L):
            self.params['W', l] = rng.standard_normal((layer_dims[l], layer_dims[l + 1])) * 0.6
            self.params['b', l] = rng.standard_normal(layer_dims[l + 1]) * 0.1

    def forward(self, x):
        Z0 = x @ self.params['W', 0] + self.params['b', 0]
        A0 = np.tanh(Z0)
        Z1 = A0 @ self.params['W', 1] + self.params['b', 1]
        return Z1, {'X': x, 'Z0': Z0, 'A0': A0}

    def backward(self, dZ1, cache):
        g = self.grads
        g['W', 1] = cache['Z0'].T @ dZ1
        g['b', 1] = np.sum(dZ1, axis=0)
        dZ0 = (dZ1 @ self.params['W', 1].T) * (1 - cache['A0'] ** 2)
        g['W', 0] = cache['X'].T @ dZ0
        g['b', 0] = np.sum(dZ0, axis=0)
        return dZ0 @ self.params['W', 0].T
