# SOURCE: style of The Independent Code, "Neural Network from scratch" (columns, one sample,
#     learning_rate handed to backward, which takes the step)
# mistake: none
# TRUE: right: the gradient of the input is taken before the step, the steps are learning_rate times
#     the gradients
# cmd: Net --input 4,1
import numpy as np


class Layer:
    def __init__(self):
        self.input = None
        self.output = None


class Dense(Layer):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)

    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * output_gradient
        return input_gradient


class Tanh(Layer):
    def forward(self, input):
        self.input = input
        return np.tanh(input)

    def backward(self, output_gradient, learning_rate):
        return np.multiply(output_gradient, 1 - np.tanh(self.input) ** 2)


class Net:
    def __init__(self):
        np.random.seed(5)
        self.network = [Dense(4, 3), Tanh(), Dense(3, 2), Tanh()]

    def forward(self, x):
        output = x
        for layer in self.network:
            output = layer.forward(output)
        return output

    def backward(self, grad, learning_rate=0.1):
        for layer in reversed(self.network):
            grad = layer.backward(grad, learning_rate)
        return grad
