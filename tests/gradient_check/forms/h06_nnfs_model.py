# TRUE: right
# cmd: Model --input 6,4
# MISTAKE: self.dinputs[self.inputs <= 0] = 0 -> pass
# WRONG: d dense1.weights, d dense1.biases
# NOTE: not compared: x
import numpy as np


class Dense:
    def __init__(self, rng, n_inputs, n_neurons):
        self.weights = rng.standard_normal((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T


class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class Model:
    def __init__(self, rng):
        self.dense1, self.activation1, self.dense2 = Dense(rng, 4, 5), ReLU(), Dense(rng, 5, 3)

    def forward(self, X):
        self.dense1.forward(X)
        self.activation1.forward(self.dense1.output)
        self.dense2.forward(self.activation1.output)
        self.output = self.dense2.output

    def backward(self, dvalues):
        self.dense2.backward(dvalues)
        self.activation1.backward(self.dense2.dinputs)
        self.dense1.backward(self.activation1.dinputs)
