# SOURCE: style of https://github.com/casper-hansen/Neural-Network-From-Scratch (one class, params
#     dict, forward_pass / backward_pass, dict of changes returned, no gradient of the input)
# mistake: none
# TRUE: right (W1, W2, W3; the input's gradient is not computed, as it is not needed for training)
# cmd: DeepNeuralNetwork --input 4,5
import numpy as np


class DeepNeuralNetwork():
    def __init__(self, sizes=(4, 6, 3, 2)):
        self.sizes = sizes
        self.params = self.initialization()

    def initialization(self):
        rs = np.random.RandomState(7)
        input_layer, hidden_1, hidden_2, output_layer = self.sizes
        return {
            'W1': rs.randn(hidden_1, input_layer) * np.sqrt(1. / hidden_1),
            'W2': rs.randn(hidden_2, hidden_1) * np.sqrt(1. / hidden_2),
            'W3': rs.randn(output_layer, hidden_2) * np.sqrt(1. / output_layer),
        }

    def sigmoid(self, x, derivative=False):
        if derivative:
            return (np.exp(-x)) / ((np.exp(-x) + 1) ** 2)
        return 1 / (1 + np.exp(-x))

    def forward_pass(self, x_train):
        params = self.params
        params['A0'] = x_train
        params['Z1'] = np.dot(params['W1'], params['A0'])
        params['A1'] = self.sigmoid(params['Z1'])
        params['Z2'] = np.dot(params['W2'], params['A1'])
        params['A2'] = self.sigmoid(params['Z2'])
        params['Z3'] = np.dot(params['W3'], params['A2'])
        params['A3'] = self.sigmoid(params['Z3'])
        return params['A3']

    def backward_pass(self, error):
        params = self.params
        change_w = {}
        error = error * self.sigmoid(params['Z3'], derivative=True)
        change_w['W3'] = np.dot(error, params['A2'].T)
        error = np.dot(params['W3'].T, error) * self.sigmoid(params['Z2'], derivative=True)
        change_w['W2'] = np.dot(error, params['A1'].T)
        error = np.dot(params['W2'].T, error) * self.sigmoid(params['Z1'], derivative=True)
        change_w['W1'] = np.dot(error, params['A0'].T)
        return change_w
