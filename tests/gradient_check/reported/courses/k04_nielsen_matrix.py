# SOURCE: style of Nielsen's network.py (exercise "fully matrix-based approach over a mini-batch"),
#     lists of weights and biases
# mistake: none
# TRUE: right
# cmd: Network --input 3,6
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class Network(object):

    def __init__(self, rng, sizes=(3, 5, 4, 2)):
        self.sizes = sizes
        self.biases = [rng.standard_normal((y, 1)) for y in sizes[1:]]
        self.weights = [rng.standard_normal((y, x)) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:])]

    def __call__(self, x):
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(sigmoid(np.dot(w, activations[-1]) + b))
        self.activations = activations
        return activations[-1]

    def backward(self, delta):
        nabla_b, nabla_w = [], []
        for l in range(1, len(self.sizes)):
            a = self.activations[-l]
            delta = delta * a * (1 - a)
            nabla_b.insert(0, np.dot(delta, np.ones((delta.shape[1], 1))))
            nabla_w.insert(0, np.dot(delta, self.activations[-l - 1].T))
            delta = np.dot(self.weights[-l].T, delta)
        self.nabla_b, self.nabla_w = nabla_b, nabla_w
        return delta
