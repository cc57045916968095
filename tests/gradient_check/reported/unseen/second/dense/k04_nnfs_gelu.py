# SOURCE: style of "Neural Networks from Scratch" (nnfs.io); the activation as in
#     https://github.com/ravin-d-27/PyDeepFlow/pull/89 after its derivative was put right (GELU,
#     tanh form)
# mistake: none
# TRUE: right (dinputs, dweights and dbiases of both layers)
# cmd: Model --input 4,6
import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons, seed):
        self.weights = np.random.RandomState(seed).randn(n_inputs, n_neurons) * 0.4
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_GELU:
    def forward(self, inputs):
        self.inputs = inputs
        self.t = np.tanh(np.sqrt(2 / np.pi) * (inputs + 0.044715 * inputs ** 3))
        self.output = 0.5 * inputs * (1 + self.t)

    def backward(self, dvalues):
        x = self.inputs
        du = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x ** 2)
        self.dinputs = dvalues * (0.5 * (1 + self.t) + 0.5 * x * (1 - self.t ** 2) * du)


class Model:
    def __init__(self):
        self.dense1 = Layer_Dense(6, 5, 1)
        self.activation1 = Activation_GELU()
        self.dense2 = Layer_Dense(5, 3, 2)

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
