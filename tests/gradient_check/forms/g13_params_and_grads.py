# TRUE: wrong: layers[0].b (its gradient is never computed, stays zero)
# HOLDS: self.layers[0].w, self.layers[0].b, self.layers[2].w, self.layers[2].b | CONSTANTS: none
# cmd: NeuralNet --input 6,4
import numpy as np


class Linear:
    def __init__(self, i, o, rng):
        self.w, self.b = rng.normal(size=(i, o)) * .5, rng.normal(size=o) * .2
        self.gw, self.gb = np.zeros((i, o)), np.zeros(o)
    def forward(self, x):
        self.inputs = x
        return x @ self.w + self.b
    def backward(self, grad):
        self.gw, self.gb = self.inputs.T @ grad, grad.sum(axis=0)
        return grad @ self.w.T

class InputLinear(Linear):
    def backward(self, grad):
        self.gw = self.inputs.T @ grad
        return grad @ self.w.T

class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, grad):
        return (1 - self.y ** 2) * grad

class NeuralNet:
    def __init__(self, rng):
        self.layers = [InputLinear(4, 4, rng), Tanh(), Linear(4, 4, rng)]
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad
    def params_and_grads(self):
        for layer in (self.layers[0], self.layers[2]):
            yield from ((layer.w, layer.gw), (layer.b, layer.gb))
