# TRUE: right
# HOLDS: self.weights[0], self.weights[1], self.biases[0], self.biases[1] | CONSTANTS: none
# cmd: Network --input 6,4
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

class Network(object):
    def __init__(self, sizes=(4, 4, 4), rng=None):
        rng = rng or np.random.default_rng(3)
        self.num_layers, self.sizes = len(sizes), list(sizes)
        self.biases = [rng.standard_normal((y, 1)) for y in sizes[1:]]
        self.weights = [rng.standard_normal((y, x)) for x, y in zip(sizes[:-1], sizes[1:])]
        self.best_weights = [w.copy() for w in self.weights]
        self.best_biases = [b.copy() for b in self.biases]

    def forward(self, x):
        activation = x.T
        self.activations, self.zs = [activation], []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            self.zs.append(z)
            activation = sigmoid(z)
            self.activations.append(activation)
        return activation.T

    def backward(self, dy):
        self.nabla_b = [np.zeros(b.shape) for b in self.biases]
        self.nabla_w = [np.zeros(w.shape) for w in self.weights]
        self.deltas = [None] * len(self.weights)
        err = dy.T
        for l in range(1, self.num_layers):
            delta = err * sigmoid_prime(self.zs[-l])
            self.deltas[-l] = delta
            self.nabla_b[-l] = delta.sum(axis=1, keepdims=True)
            self.nabla_w[-l] = np.dot(delta, self.activations[-l - 1].T)
            err = np.dot(self.weights[-l].T, delta)
        self.error = err.T
        return self.error
