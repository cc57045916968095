# SOURCE: style of Neural Networks from Scratch (nnfs): self.output, self.dinputs, forward returns
#     nothing
# mistake: none
# TRUE: right
# cmd: Layer_DenseReLU --n_inputs 4 --n_neurons 6 --input 5,4
import numpy as np


class Layer_DenseReLU:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.5 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.z = np.dot(inputs, self.weights) + self.biases
        self.output = np.maximum(0, self.z)

    def backward(self, dvalues):
        self.drelu = dvalues.copy()
        self.drelu[self.z <= 0] = 0
        self.dweights = np.dot(self.inputs.T, self.drelu)
        self.dbiases = np.sum(self.drelu, axis=0, keepdims=True)
        self.dinputs = np.dot(self.drelu, self.weights.T)
