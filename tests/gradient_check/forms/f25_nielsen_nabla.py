# TRUE: right
# HOLDS: weights[0], weights[1], biases[0], biases[1] | CONSTANTS: none
# cmd: Network --input 6,4
import numpy as np


class Network(object):
    def __init__(self, rng, sizes=[4, 5, 3]):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases = [rng.standard_normal((y, 1)) for y in sizes[1:]]
        self.weights = [rng.standard_normal((y, x)) for x, y in zip(sizes[:-1], sizes[1:])]

    def forward(self, x):
        self.activations = [x.T]
        for b, w in zip(self.biases, self.weights):
            self.activations.append(sigmoid(np.dot(w, self.activations[-1]) + b))
        return self.activations[-1].T

    def backward(self, dy):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        err = dy.T
        for l in range(1, self.num_layers):
            a = self.activations[-l]
            delta = err * a * (1 - a)
            nabla_b[-l] = delta.sum(axis=1, keepdims=True)
            nabla_w[-l] = np.dot(delta, self.activations[-l - 1].T)
            err = np.dot(self.weights[-l].T, delta)
        self.nabla_b, self.nabla_w = nabla_b, nabla_w
        return err.T


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))
