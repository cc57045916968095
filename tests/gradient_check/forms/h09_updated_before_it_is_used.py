# TRUE: right
# cmd: FCLayer --input 6,4
# MISTAKE: np.dot(output_error, old.T) -> np.dot(output_error, self.weights.T)
# WRONG: dx
import numpy as np


class FCLayer:
    def __init__(self, rng):
        self.weights, self.bias = rng.random((4, 3)) - 0.5, rng.random((1, 3)) - 0.5

    def forward_propagation(self, input_data):
        self.input = input_data
        return np.dot(input_data, self.weights) + self.bias

    def backward_propagation(self, output_error, alpha):
        old = self.weights.copy()
        self.weights -= alpha * np.dot(self.input.T, output_error)
        self.bias -= alpha * output_error.sum(axis=0)
        return np.dot(output_error, old.T)
