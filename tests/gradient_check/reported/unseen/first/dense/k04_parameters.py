# SOURCE: style of small PyTorch-like frameworks (parameters as objects with data and grad,
#     __call__, gradients added up until zero_grad)
# mistake: none
# TRUE: right
# cmd: Sequential --input 7,3
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Linear:
    def __init__(self, rng, fan_in, fan_out):
        self.weight = Parameter(rng.normal(0, 1 / np.sqrt(fan_in), (fan_out, fan_in)))
        self.bias = Parameter(np.zeros(fan_out))

    def __call__(self, x):
        self._x = x
        return x @ self.weight.data.T + self.bias.data

    def backward(self, dout):
        self.weight.grad += dout.T @ self._x
        self.bias.grad += dout.sum(0)
        return dout @ self.weight.data

    def parameters(self):
        return [self.weight, self.bias]


class Sigmoid:
    def __call__(self, x):
        self._y = 1 / (1 + np.exp(-x))
        return self._y

    def backward(self, dout):
        return dout * self._y * (1 - self._y)

    def parameters(self):
        return []


class Sequential:
    def __init__(self, rng):
        self.layers = [Linear(rng, 3, 5), Sigmoid(), Linear(rng, 5, 2)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, dout):
        for layer in self.layers[::-1]:
            dout = layer.backward(dout)
        return dout

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad[...] = 0
