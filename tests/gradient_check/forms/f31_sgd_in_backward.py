# TRUE: right
# HOLDS: weights, bias (gradients local only, SGD step W -= lr*dW inside backward) | CONSTANTS: none
# cmd: FCLayer --input 6,4
import numpy as np


class FCLayer:
    def __init__(self, input_size=4, output_size=3, learning_rate=0.1, rng=None):
        rng = rng or np.random.default_rng(5)
        self.weights = rng.random((input_size, output_size)) - 0.5
        self.bias = rng.random((1, output_size)) - 0.5
        self.learning_rate = learning_rate

    def forward(self, input_data):
        self.input = input_data
        self.output = np.dot(self.input, self.weights) + self.bias
        return self.output

    def backward(self, output_error):
        input_error = np.dot(output_error, self.weights.T)
        weights_error = np.dot(self.input.T, output_error)
        bias_error = np.sum(output_error, axis=0, keepdims=True)
        # update parameters
        self.weights -= self.learning_rate * weights_error
        self.bias -= self.learning_rate * bias_error
        return input_error
