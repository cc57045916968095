# SOURCE: a conv layer in the style of "Neural Networks from Scratch" (self.output, self.dinputs,
#     self.dweights, self.dbiases), with padding, stride and im2col
# mistake: none
# TRUE: right
# cmd: Layer_Conv --input 3,2,5,4
import numpy as np


class Layer_Conv:
    def __init__(self, rng, n_channels=2, n_filters=3, size=3, stride=2, padding=1):
        self.weights = 0.3 * rng.standard_normal((n_channels * size * size, n_filters))
        self.biases = np.zeros((1, n_filters))
        self.size, self.stride, self.padding = size, stride, padding

    def forward(self, inputs):
        n, c, h, w = inputs.shape
        p, s, k = self.padding, self.stride, self.size
        self.oh, self.ow = (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1
        self.in_shape = inputs.shape
        padded = np.pad(inputs, ((0, 0), (0, 0), (p, p), (p, p)))
        col = np.empty((n, self.oh, self.ow, c, k, k))
        for a in range(k):
            for b in range(k):
                col[:, :, :, :, a, b] = padded[:, :, a:a + s * self.oh:s, b:b + s * self.ow:s].transpose(0, 2, 3, 1)
        self.col = col.reshape(n * self.oh * self.ow, -1)
        out = np.dot(self.col, self.weights) + self.biases
        self.output = out.reshape(n, self.oh, self.ow, -1).transpose(0, 3, 1, 2)

    def backward(self, dvalues):
        n, c, h, w = self.in_shape
        p, s, k = self.padding, self.stride, self.size
        d = dvalues.transpose(0, 2, 3, 1).reshape(-1, dvalues.shape[1])
        self.dweights = np.dot(self.col.T, d)
        self.dbiases = np.sum(d, axis=0, keepdims=True)
        dcol = np.dot(d, self.weights.T).reshape(n, self.oh, self.ow, c, k, k)
        dpadded = np.zeros((n, c, h + 2 * p, w + 2 * p))
        for a in range(k):
            for b in range(k):
                dpadded[:, :, a:a + s * self.oh:s, b:b + s * self.ow:s] += dcol[:, :, :, :, a, b].transpose(0, 3, 1, 2)
        self.dinputs = dpadded[:, :, p:p + h, p:p + w]
