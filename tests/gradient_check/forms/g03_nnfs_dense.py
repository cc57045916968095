# TRUE: right
# HOLDS: self.dense1.weights, self.dense1.biases, self.dense2.weights, self.dense2.biases | CONSTANTS: none
# cmd: Model --input 6,4
import numpy as np

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons, rng):
        self.weights = 0.4 * rng.standard_normal((n_inputs, n_neurons))
        self.biases = 0.1 * rng.standard_normal((1, n_neurons))
        self.weight_momentums = 0.01 * rng.standard_normal(self.weights.shape)
        self.bias_momentums = np.zeros_like(self.biases)
        self.weight_cache = np.ones_like(self.weights) * 1e-3
        self.bias_cache = np.ones_like(self.biases) * 1e-3

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

class Activation_Sigmoid:
    def forward(self, inputs):
        self.output = 1 / (1 + np.exp(-inputs))

    def backward(self, dvalues):
        self.dinputs = dvalues * (1 - self.output) * self.output

class Model:
    def __init__(self, rng):
        self.dense1 = Layer_Dense(4, 4, rng)
        self.activation1 = Activation_Sigmoid()
        self.dense2 = Layer_Dense(4, 4, rng)

    def forward(self, X):
        self.dense1.forward(X); self.activation1.forward(self.dense1.output)
        self.dense2.forward(self.activation1.output)
        return self.dense2.output

    def backward(self, dvalues):
        self.dense2.backward(dvalues); self.activation1.backward(self.dense2.dinputs)
        self.dense1.backward(self.activation1.dinputs)
        return self.dense1.dinputs
