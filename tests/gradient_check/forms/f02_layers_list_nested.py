# TRUE: wrong: layers[2].b gradient is divided by the batch size (mean instead of sum)
# HOLDS: layers[0].W, layers[0].b, layers[2].W, layers[2].b | CONSTANTS: none
# cmd: Network --input 6,4
import numpy as np


class Linear:
    def __init__(self, i, o, rng):
        self.W = rng.standard_normal((i, o)) / np.sqrt(i)
        self.b = np.zeros((1, o))

    def forward(self, x):
        self.inp = x
        return x.dot(self.W) + self.b

    def backward(self, g):
        self.W_grad = self.inp.T.dot(g)
        self.b_grad = g.sum(0, keepdims=True)
        return g.dot(self.W.T)


class LastLinear(Linear):
    def backward(self, g):
        dx = super().backward(g)
        self.b_grad = g.mean(0, keepdims=True)
        return dx


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, g):
        return g * (1 - self.out ** 2)


class Network:
    def __init__(self, rng):
        self.layers = [Linear(4, 7, rng), Tanh(), LastLinear(7, 3, rng)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy
