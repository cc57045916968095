# SOURCE: a known slip: Nielsen's negative indices, self.weights[-l] where his loop has
#     self.weights[-l+1]; with layers of equal size nothing complains. (Confusion about that loop:
#     https://github.com/mnielsen/neural-networks-and-deep-learning/issues/45)
# mistake: the error is sent back through the weights of the layer below
# TRUE: nabla_w[0], nabla_b[0] and the input's gradient are wrong (weights[0] was used in place of
#     weights[1] to send delta back); nabla_w[1], nabla_b[1] are right
# SAYS: self.weights[-(l - 1)].transpose()
# cmd: Network --input 4,5
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Network(object):

    def __init__(self, sizes=(4, 4, 4)):
        self.num_layers = len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        """a holds a mini-batch, one example a column"""
        self.activations = [a]
        self.zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, a) + b
            self.zs.append(z)
            a = sigmoid(z)
            self.activations.append(a)
        return a

    def backprop(self, cost_derivative):
        self.nabla_b = [np.zeros(b.shape) for b in self.biases]
        self.nabla_w = [np.zeros(w.shape) for w in self.weights]
        delta = cost_derivative * sigmoid_prime(self.zs[-1])
        self.nabla_b[-1] = delta.sum(axis=1, keepdims=True)
        self.nabla_w[-1] = np.dot(delta, self.activations[-2].transpose())
        for l in range(2, self.num_layers):
            sp = sigmoid_prime(self.zs[-l])
            delta = np.dot(self.weights[-l].transpose(), delta) * sp
            self.nabla_b[-l] = delta.sum(axis=1, keepdims=True)
            self.nabla_w[-l] = np.dot(delta, self.activations[-l - 1].transpose())
        return np.dot(self.weights[0].transpose(), delta)
