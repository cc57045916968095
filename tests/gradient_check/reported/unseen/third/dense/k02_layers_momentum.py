# SOURCE: style of "neural network from scratch" videos (layers that take the learning rate in
#     backward), with momentum added
# mistake: none
# TRUE: right
# cmd: Network --input 4,5
import numpy as np


class Dense:
    def __init__(self, rng, input_size, output_size):
        self.weights = rng.standard_normal((input_size, output_size)) * 0.5
        self.bias = rng.standard_normal(output_size) * 0.1
        self.v_weights = np.zeros_like(self.weights)
        self.v_bias = np.zeros_like(self.bias)

    def forward(self, input):
        self.input = input
        return self.input @ self.weights + self.bias

    def backward(self, output_gradient, learning_rate, momentum=0.9):
        input_gradient = output_gradient @ self.weights.T
        self.v_weights = momentum * self.v_weights + self.input.T @ output_gradient
        self.v_bias = momentum * self.v_bias + output_gradient.sum(axis=0)
        self.weights -= learning_rate * self.v_weights
        self.bias -= learning_rate * self.v_bias
        return input_gradient


class Tanh:
    def forward(self, input):
        self.output = np.tanh(input)
        return self.output

    def backward(self, output_gradient, learning_rate):
        return output_gradient * (1 - self.output ** 2)


class Network:
    def __init__(self, rng):
        self.layers = [Dense(rng, 5, 4), Tanh(), Dense(rng, 4, 3), Tanh()]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad, learning_rate=0.05):
        for layer in reversed(self.layers):
            grad = layer.backward(grad, learning_rate)
        return grad
