# SOURCE: https://github.com/rdevon/cortex/pull/57 ("the computation of sigma should be part of the
#     computational graph"), also https://github.com/pytorch/pytorch/pull/6929 (weight.data /=
#     sigma, not differentiable); NNFS style
# mistake: sigma(W) is taken as a constant on the way back
# TRUE: dweights is wrong (the term through sigma, -<dW_sn, W_sn> u v^T / sigma, is missing);
#     dbiases and dinputs are right
# SAYS: The way through the norm is missing
# cmd: Layer_SN_Dense --n_inputs 5 --n_neurons 3 --input 4,5
import numpy as np


class Layer_SN_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.5 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        # largest singular value
        self.sigma = np.linalg.svd(self.weights, compute_uv=False)[0]
        self.weights_sn = self.weights / self.sigma
        self.output = np.dot(inputs, self.weights_sn) + self.biases

    def backward(self, dvalues):
        # Gradients on parameters
        self.dweights = np.dot(self.inputs.T, dvalues) / self.sigma
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        # Gradient on values
        self.dinputs = np.dot(dvalues, self.weights_sn.T)
