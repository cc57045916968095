# TRUE: wrong: neurons[1].bias gradient is multiplied with the first input
# HOLDS: neurons[0].weights (list of floats), neurons[0].bias (float), neurons[1].weights, neurons[1].bias, neurons[2].weights, neurons[2].bias | CONSTANTS: none
# cmd: NeuronLayer --input 6,4
import math
import numpy as np


class Neuron:
    def __init__(self, n, rng):
        self.weights = [float(rng.uniform(-1, 1)) for _ in range(n)]
        self.bias = float(rng.uniform(-1, 1))
        self.grad_weights = [0.0] * n
        self.grad_bias = 0.0

    def activate(self, row):
        return math.tanh(sum(w * v for w, v in zip(self.weights, row)) + self.bias)


class NeuronLayer:
    def __init__(self, rng, n_neurons=3, n_inputs=4):
        self.neurons = [Neuron(n_inputs, rng) for _ in range(n_neurons)]

    def forward(self, x):
        self.x = x
        self.out = np.array([[n.activate(row) for n in self.neurons] for row in x])
        return self.out

    def backward(self, dy):
        dx = np.zeros_like(self.x)
        for j, n in enumerate(self.neurons):
            n.grad_weights = [0.0] * len(n.weights)
            n.grad_bias = 0.0
            for i, row in enumerate(self.x):
                d = dy[i, j] * (1 - self.out[i, j] ** 2)
                for k in range(len(n.weights)):
                    n.grad_weights[k] += d * row[k]
                    dx[i, k] += d * n.weights[k]
                n.grad_bias += d * (row[0] if j == 1 else 1.0)
        return dx
