# SOURCE: style of "Deep Learning from Scratch" (ゼロから作る Deep Learning): TwoLayerNet of layers in an
#     OrderedDict
# mistake: none
# TRUE: right (W1, b1, W2, b2)
# cmd: TwoLayerNet --input 6,5 --input one-hot:6,3
from collections import OrderedDict

import numpy as np


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)


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
    def __init__(self, input_size=5, hidden_size=7, output_size=3):
        rs = np.random.RandomState(0)
        self.params = {'W1': 0.5 * rs.randn(input_size, hidden_size), 'b1': 0.1 * rs.randn(hidden_size),
                       'W2': 0.5 * rs.randn(hidden_size, output_size), 'b2': np.zeros(output_size)}
        self.layers = OrderedDict()
        self.layers['Affine1'] = Affine(self.params['W1'], self.params['b1'])
        self.layers['Relu1'] = Relu()
        self.layers['Affine2'] = Affine(self.params['W2'], self.params['b2'])

    def predict(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        a = self.predict(x)
        a = a - np.max(a, axis=1, keepdims=True)
        self.y = np.exp(a) / np.sum(np.exp(a), axis=1, keepdims=True)
        return -np.sum(t * np.log(self.y)) / x.shape[0]

    def gradient(self, x, t):
        self.loss(x, t)
        dout = (self.y - t) / x.shape[0]
        for layer in reversed(list(self.layers.values())):
            dout = layer.backward(dout)
        return {'W1': self.layers['Affine1'].dW, 'b1': self.layers['Affine1'].db,
                'W2': self.layers['Affine2'].dW, 'b2': self.layers['Affine2'].db}
