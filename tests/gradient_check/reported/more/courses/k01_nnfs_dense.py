# SOURCE: style of the book "Neural Networks from Scratch in Python" (nnfs.io) and its many copies,
#     e.g. https://github.com/JohnMachado11/Neural-Networks-from-Scratch-in-Python : forward returns
#     nothing, self.output / self.dinputs
# mistake: none
# TRUE: right
# cmd: Layer_Dense --n_inputs 4 --n_neurons 3 --input 5,4
import numpy as np


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        np.random.seed(0)
        self.weights = 0.5 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.activation = Activation_ReLU()

    def forward(self, inputs):
        self.inputs = inputs
        self.activation.forward(np.dot(inputs, self.weights) + self.biases)
        self.output = self.activation.output

    def backward(self, dvalues):
        self.activation.backward(dvalues)
        dvalues = self.activation.dinputs
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
