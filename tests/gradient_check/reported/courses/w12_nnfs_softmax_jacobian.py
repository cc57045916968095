# SOURCE: https://newbe.dev/numpy-calculate-the-derivative-of-the-softmax-function (Stack Overflow:
#     value[i] * (1 - input[i]) and -value[i] * input[j] where it must be value[i], value[j]);
#     written in the style of Neural Networks from Scratch (nnfs)
# mistake: the Jacobian of the softmax is filled with its input (the scores) instead of its output
# TRUE: dinputs, dweights and dbiases are all wrong, because the softmax's Jacobian has z_i, z_j
#     where it should have s_i, s_j
# SAYS: self.output belongs where self.scores stands
# cmd: Layer_SoftmaxRegression --n_inputs 4 --n_neurons 3 --input 5,4
import numpy as np


class Layer_SoftmaxRegression:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.1 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.scores = np.dot(inputs, self.weights) + self.biases
        exp_values = np.exp(self.scores - np.max(self.scores, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)

    def backward(self, dvalues):
        dscores = np.empty_like(dvalues)
        for index, (value, score, single_dvalues) in enumerate(zip(self.output, self.scores, dvalues)):
            jacobian_matrix = np.zeros((len(value), len(value)))
            for i in range(len(value)):
                for j in range(len(value)):
                    if i == j:
                        jacobian_matrix[i, j] = value[i] * (1 - score[i])
                    else:
                        jacobian_matrix[i, j] = -value[i] * score[j]
            dscores[index] = np.dot(jacobian_matrix.T, single_dvalues)

        self.dweights = np.dot(self.inputs.T, dscores)
        self.dbiases = np.sum(dscores, axis=0, keepdims=True)
        self.dinputs = np.dot(dscores, self.weights.T)
