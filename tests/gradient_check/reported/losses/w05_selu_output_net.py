# SOURCE: https://github.com/RubixML/ML/pull/427 (SELU's derivative from its output, negative
#     branch); NNFS-like code
# mistake: derivative of SELU for x <= 0 from the output: SCALE * (output + ALPHA), should be output
#     + SCALE * ALPHA
# TRUE: wrong: dx and the gradients of the first layer (weights and biases), through SELU's negative
#     branch; right: the gradients of the last layer
# SAYS: SCALE * (self.output / SCALE + ALPHA)
# cmd: Model --input 5,3
import numpy as np

ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805


class Layer_Dense:
    def __init__(self, rng, n_inputs, n_neurons):
        self.weights = rng.standard_normal((n_inputs, n_neurons)) / np.sqrt(n_inputs)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_SELU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.where(inputs > 0, SCALE * inputs, SCALE * ALPHA * (np.exp(inputs) - 1))

    def backward(self, dvalues):
        self.dinputs = dvalues * np.where(self.output > 0, SCALE, SCALE * (self.output + ALPHA))


class Model:
    def __init__(self, rng):
        self.layers = [Layer_Dense(rng, 3, 6), Activation_SELU(), Layer_Dense(rng, 6, 2)]

    def forward(self, X):
        for layer in self.layers:
            layer.forward(X)
            X = layer.output
        return X

    def backward(self, dvalues):
        for layer in reversed(self.layers):
            layer.backward(dvalues)
            dvalues = layer.dinputs
        return dvalues
