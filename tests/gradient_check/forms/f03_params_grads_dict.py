# TRUE: right
# HOLDS: params['W1'], params['b1'], params['W2'], params['b2'] | CONSTANTS: none
# cmd: TwoLayerNet --input 6,4
import numpy as np


class TwoLayerNet(object):
    def __init__(self, input_dim=4, hidden_dim=8, num_classes=3, weight_scale=0.5, rng=None):
        r = rng if rng is not None else np.random.default_rng(231)
        self.params = {}
        self.grads = {}
        self.params['W1'] = weight_scale * r.standard_normal((input_dim, hidden_dim))
        self.params['b1'] = np.zeros(hidden_dim)
        self.params['W2'] = weight_scale * r.standard_normal((hidden_dim, num_classes))
        self.params['b2'] = np.zeros(num_classes)

    def forward(self, X):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        h = np.maximum(0, X.dot(W1) + b1)
        scores = h.dot(W2) + b2
        return scores, (X, h)

    def backward(self, dout, cache):
        X, h = cache
        self.grads['W2'] = h.T.dot(dout)
        self.grads['b2'] = np.sum(dout, axis=0)
        dh = dout.dot(self.params['W2'].T)
        dh[h <= 0] = 0
        self.grads['W1'] = X.T.dot(dh)
        self.grads['b1'] = np.sum(dh, axis=0)
        return dh.dot(self.params['W1'].T)
