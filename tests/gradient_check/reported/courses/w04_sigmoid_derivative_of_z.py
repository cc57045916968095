# SOURCE: https://github.com/PacktPublishing/Neural-Network-Projects-with-Python/issues/4 ,
#     https://github.com/iamtrask/iamtrask.github.io/issues/32 ,
#     https://github.com/llSourcell/Make_a_neural_network/issues/11 : x * (1 - x) is right for the
#     sigmoid's output only; who calls it with z is wrong
# mistake: sigmoid_derivative(x) = x (1 - x) is called with the pre-activation in the hidden layer
# TRUE: d_weights1 and the input's gradient are wrong (z (1 - z) in place of s (1 - s) at the hidden
#     layer); d_weights2 is right
# SAYS: sigmoid_derivative(self.layer1)
# cmd: NeuralNetwork --input 6,3
import numpy as np


def sigmoid(x):
    return 1.0 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return x * (1.0 - x)


class NeuralNetwork:
    def __init__(self, rng):
        self.weights1 = rng.random((3, 4))
        self.weights2 = rng.random((4, 2))

    def forward(self, x):
        self.input = x
        self.hidden = np.dot(self.input, self.weights1)
        self.layer1 = sigmoid(self.hidden)
        self.output = sigmoid(np.dot(self.layer1, self.weights2))
        return self.output

    def backward(self, error):
        output_delta = error * sigmoid_derivative(self.output)
        hidden_error = np.dot(output_delta, self.weights2.T)
        hidden_delta = hidden_error * sigmoid_derivative(self.hidden)
        self.d_weights2 = np.dot(self.layer1.T, output_delta)
        self.d_weights1 = np.dot(self.input.T, hidden_delta)
        return np.dot(hidden_delta, self.weights1.T)
