# SOURCE: https://whosebug.com/question/2948401/ (Chinese mirror of a Stack Overflow question: why
#     does the error not approach zero when multiplied by the derivative of the sigmoid)
# mistake: hidden_error = W1^T . (...) is computed, but the delta of the hidden layer is made of
#     `error`, the output's one; the row of the single output is broadcast over the hidden units, so
#     no shape complains
# TRUE: step of w_0 and returned gradient of the inputs are wrong (dy * h(1-h) without W1 and
#     without the output's derivative); step of w_1 is right
# SAYS: hidden_error belongs where error stands
# cmd: Network --input 3,5
import numpy as np


def sigmoid(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


class Network:
    """columns are samples, one output unit"""
    lr = 0.1

    def __init__(self, rng):
        self.w_0 = 2 * rng.random((4, 3)) - 1
        self.w_1 = 2 * rng.random((1, 4)) - 1

    def forward(self, inputs):
        self.inputs = inputs
        self.hidden = sigmoid(np.dot(self.w_0, inputs))
        self.output = sigmoid(np.dot(self.w_1, self.hidden))
        return self.output

    def backward(self, error):
        delta = error * sigmoid(self.output, True)
        hidden_error = np.dot(self.w_1.T, delta)
        delta_hidden = error * sigmoid(self.hidden, True)
        input_error = np.dot(self.w_0.T, delta_hidden)

        self.w_1 -= np.dot(delta, self.hidden.T) * self.lr
        self.w_0 -= np.dot(delta_hidden, self.inputs.T) * self.lr
        return input_error
