# SOURCE: https://github.com/jiexunsee/Neural-Network-with-Python/issues/1 (the output error is used
#     as its delta) and https://github.com/andersbll/nnet/issues/4 (tanh_d there is tanh itself)
# mistake: two: (1) the delta of the output layer lacks the sigmoid's derivative; (2) the
#     "derivative" of tanh is (e^2x - 1)/(e^2x + 1), tanh itself
# TRUE: all wrong: d_synaptic_weights3 by (1) alone; d_synaptic_weights2, d_synaptic_weights1 and
#     the returned gradient of the input by (1) and (2)
# OPEN: true: the factor self.output * (1 - self.output) is missing
# cmd: NeuralNetwork --input 6,3
import numpy as np


class NeuralNetwork():
    def __init__(self):
        np.random.seed(2)
        l2, l3 = 5, 4
        self.synaptic_weights1 = 2 * np.random.random((3, l2)) - 1
        self.synaptic_weights2 = 2 * np.random.random((l2, l3)) - 1
        self.synaptic_weights3 = 2 * np.random.random((l3, 2)) - 1

    def __sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def __tanh_derivative(self, x):
        e = np.exp(2 * x)
        return (e - 1) / (e + 1)

    def forward_pass(self, inputs):
        self.inputs = inputs
        self.z2 = np.dot(inputs, self.synaptic_weights1)
        self.a2 = np.tanh(self.z2)
        self.z3 = np.dot(self.a2, self.synaptic_weights2)
        self.a3 = np.tanh(self.z3)
        self.output = self.__sigmoid(np.dot(self.a3, self.synaptic_weights3))
        return self.output

    def backward_pass(self, error):
        del4 = error
        del3 = np.dot(del4, self.synaptic_weights3.T) * self.__tanh_derivative(self.z3)
        del2 = np.dot(del3, self.synaptic_weights2.T) * self.__tanh_derivative(self.z2)
        self.d_synaptic_weights3 = np.dot(self.a3.T, del4)
        self.d_synaptic_weights2 = np.dot(self.a2.T, del3)
        self.d_synaptic_weights1 = np.dot(self.inputs.T, del2)
        return np.dot(del2, self.synaptic_weights1.T)
