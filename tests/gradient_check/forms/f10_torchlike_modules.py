# TRUE: wrong: fc2.bias gradient is never computed (bias.grad stays zero)
# HOLDS: fc1.weight.data, fc1.bias.data, fc2.weight.data, fc2.bias.data | CONSTANTS: none
# cmd: Model --input 6,4
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Linear:
    def __init__(self, i, o, rng, relu=False):
        k = 1 / np.sqrt(i)
        self.weight = Parameter(rng.uniform(-k, k, (o, i)))
        self.bias = Parameter(rng.uniform(-k, k, o))
        self.relu = relu

    def forward(self, x):
        self.x = x
        self.z = x @ self.weight.data.T + self.bias.data
        return np.maximum(self.z, 0) if self.relu else self.z

    def backward(self, dy):
        if self.relu:
            dy = dy * (self.z > 0)
            self.bias.grad += dy.sum(0)
        self.weight.grad += dy.T @ self.x
        return dy @ self.weight.data


class Model:
    def __init__(self, rng):
        self.fc1 = Linear(4, 8, rng, relu=True)
        self.fc2 = Linear(8, 2, rng)

    def parameters(self):
        return [self.fc1.weight, self.fc1.bias, self.fc2.weight, self.fc2.bias]

    def zero_grad(self):
        for p in self.parameters():
            p.grad[:] = 0

    def forward(self, x):
        return self.fc2.forward(self.fc1.forward(x))

    def backward(self, dy):
        return self.fc1.backward(self.fc2.backward(dy))
