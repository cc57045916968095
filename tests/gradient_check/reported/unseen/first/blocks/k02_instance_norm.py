# SOURCE: style of "Neural Networks from Scratch" (self.output, self.dinputs, dvalues)
# mistake: none
# TRUE: right
# cmd: Layer_InstanceNorm --channels 3 --input 2,4,3,3
import numpy as np


class Layer_InstanceNorm:
    def __init__(self, channels, epsilon=1e-5):
        self.weights = np.ones((1, 1, 1, channels))
        self.biases = np.zeros((1, 1, 1, channels))
        self.epsilon = epsilon

    def forward(self, inputs):
        self.inputs = inputs
        mean = np.mean(inputs, axis=(1, 2), keepdims=True)
        self.centered = inputs - mean
        self.variance = np.mean(self.centered ** 2, axis=(1, 2), keepdims=True) + self.epsilon
        self.normed = self.centered / np.sqrt(self.variance)
        self.output = self.weights * self.normed + self.biases

    def backward(self, dvalues):
        self.dweights = np.sum(dvalues * self.normed, axis=(0, 1, 2), keepdims=True)
        self.dbiases = np.sum(dvalues, axis=(0, 1, 2), keepdims=True)
        count = dvalues.shape[1] * dvalues.shape[2]
        dnormed = dvalues * self.weights
        dvariance = -0.5 * np.sum(dnormed * self.centered, axis=(1, 2), keepdims=True) * self.variance ** -1.5
        dcentered = dnormed / np.sqrt(self.variance) + dvariance * 2 * self.centered / count
        self.dinputs = dcentered - np.mean(dcentered, axis=(1, 2), keepdims=True)
