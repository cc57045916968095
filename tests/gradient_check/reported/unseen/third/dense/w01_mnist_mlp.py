# SOURCE:
#     https://stackoverflow.com/questions/53287032/multi-layer-neural-network-back-propagation-formula-using-stochastic-gradient-d
#     (and the python-course tutorial quoted there)
# mistake: the error handed to the layer below is W.T @ error instead of W.T @ (error * sigmoid'),
#     and W has already taken its step by then
# TRUE: TWO mistakes: (1) the derivative of the sigmoid is missing in the error that is passed down,
#     (2) it is passed down through the already updated weights. Wrong: dx, and the steps of
#     weights[0] and weights[1]. Right: the step of weights[2] (the last).
# OPEN: true: It is not linear in dy
# cmd: NeuralNetwork --input 5,3
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class NeuralNetwork:
    # samples are columns, no bias for simplicity
    def __init__(self, rng):
        sizes = [5, 4, 3, 2]
        self.learning_rate = 0.1
        self.weights = [rng.standard_normal((o, i)) for i, o in zip(sizes[:-1], sizes[1:])]
        self.A = []

    def forward(self, x):
        a = x
        self.A = [a]
        for w in self.weights:
            a = sigmoid(w @ a)
            self.A.append(a)
        return a

    def backward(self, output_errors):
        for k in range(len(self.weights) - 1, -1, -1):
            tmp = output_errors * self.A[k + 1] * (1 - self.A[k + 1])
            self.weights[k] -= self.learning_rate * np.dot(tmp, self.A[k].T)
            output_errors = np.dot(self.weights[k].T, output_errors)
        return output_errors
