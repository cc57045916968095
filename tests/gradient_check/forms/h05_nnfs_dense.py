# TRUE: right
# cmd: Layer_Dense --n_inputs 4 --n_neurons 3 --input 6,4
# MISTAKE: np.dot(dvalues, self.weights.T) -> np.dot(dvalues, self.weights.T) / len(dvalues)
# WRONG: dx
import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons, weight_regularizer_l2=0.01):
        self.weights = 0.1 * np.random.default_rng(3).standard_normal((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))
        self.weight_regularizer_l2 = 0 * weight_regularizer_l2

    def forward(self, inputs, training=True):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
