# SOURCE: https://github.com/hanbt/learn_dl/issues/15 and /issues/3 (readers "correct" the fully
#     connected layer: activator.backward(self.output) instead of self.input); it goes unnoticed
#     where the layers are of equal size
# mistake: the delta for the layer before is multiplied by the derivative at this layer's own output
#     instead of at its input
# TRUE: the gradients of the last layer (W_grad, b_grad) right; those of the first two layers and
#     the returned gradient of x wrong
# SAYS: self.input belongs where self.output stands
# cmd: Network --input 3,4
import numpy as np


class SigmoidActivator(object):
    def forward(self, weighted_input):
        return 1.0 / (1.0 + np.exp(-weighted_input))

    def backward(self, output):
        return output * (1 - output)


class FullConnectedLayer(object):
    def __init__(self, input_size, output_size, activator, r):
        self.activator = activator
        self.W = r.uniform(-1, 1, (output_size, input_size))
        self.b = r.uniform(-0.1, 0.1, output_size)

    def forward(self, input_array):
        self.input = input_array
        self.output = self.activator.forward(np.dot(input_array, self.W.T) + self.b)

    def backward(self, delta_array):
        self.delta = self.activator.backward(self.output) * np.dot(delta_array, self.W)
        self.W_grad = np.dot(delta_array.T, self.input)
        self.b_grad = delta_array.sum(axis=0)


class Network(object):
    def __init__(self, layers=(4, 4, 4, 4)):
        r = np.random.RandomState(7)
        self.layers = [FullConnectedLayer(layers[i], layers[i + 1], SigmoidActivator(), r)
                       for i in range(len(layers) - 1)]

    def forward(self, sample):
        output = sample
        for layer in self.layers:
            layer.forward(output)
            output = layer.output
        return output

    def backward(self, dy):
        delta = self.layers[-1].activator.backward(self.layers[-1].output) * dy
        for layer in self.layers[::-1]:
            last = delta
            layer.backward(delta)
            delta = layer.delta
        return np.dot(last, self.layers[0].W)      # the samples themselves have no activation
