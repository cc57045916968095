# SOURCE: https://github.com/ravin-d-27/PyDeepFlow/pull/89 (GELU derivative had to be corrected;
#     here as people often derive it), NNFS style
# mistake: the inner derivative of x + 0.044715 x^3 is written 1 + 0.044715 x^2, the 3 is lost
# TRUE: the derivative of GELU is wrong, so dinputs of the model and dense1's dweights and dbiases
#     are wrong. dense2's dweights and dbiases are right.
# SAYS: the factor 3 is missing
# cmd: Model --input 5,3
import numpy as np


class Layer_Dense:
    def __init__(self, rng, n_inputs, n_neurons):
        self.weights = rng.standard_normal((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_GELU:
    c = np.sqrt(2 / np.pi)

    def forward(self, inputs):
        self.inputs = inputs
        self.tanh = np.tanh(self.c * (inputs + 0.044715 * inputs ** 3))
        self.output = 0.5 * inputs * (1 + self.tanh)

    def backward(self, dvalues):
        x = self.inputs
        inner = self.c * (1 + 0.044715 * x ** 2)
        self.dinputs = dvalues * (0.5 * (1 + self.tanh) + 0.5 * x * (1 - self.tanh ** 2) * inner)


class Model:
    def __init__(self, rng):
        self.dense1 = Layer_Dense(rng, 3, 6)
        self.activation1 = Activation_GELU()
        self.dense2 = Layer_Dense(rng, 6, 2)

    def forward(self, inputs):
        self.dense1.forward(inputs)
        self.activation1.forward(self.dense1.output)
        self.dense2.forward(self.activation1.output)
        self.output = self.dense2.output

    def backward(self, dvalues):
        self.dense2.backward(dvalues)
        self.activation1.backward(self.dense2.dinputs)
        self.dense1.backward(self.activation1.dinputs)
        self.dinputs = self.dense1.dinputs
