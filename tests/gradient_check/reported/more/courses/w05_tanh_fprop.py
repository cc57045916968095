# SOURCE: https://github.com/andersbll/nnet/issues/4 (second problem in the thread: helpers.tanh_d)
# mistake: tanh_d computes (e^2x - 1)/(e^2x + 1), which is tanh itself and not its derivative
# TRUE: dW and db of the layer and its input gradient are wrong (tanh in place of 1 - tanh^2);
#     nothing is right
# SAYS: 1 - ((e - 1) / (e + 1)) ** 2
# cmd: Layer --n_in 4 --n_out 3 --input 5,4
import numpy as np


def tanh(x):
    return np.tanh(x)


def tanh_d(x):
    e = np.exp(2 * x)
    return (e - 1) / (e + 1)


class Layer(object):
    """Fully connected layer with tanh; fprop / bprop."""

    def __init__(self, n_in=4, n_out=3, weight_scale=0.7):
        rs = np.random.RandomState(0)
        self.W = rs.normal(size=(n_in, n_out), scale=weight_scale)
        self.b = rs.normal(size=n_out, scale=0.1)

    def fprop(self, input):
        self.last_input = input
        self.last_z = np.dot(input, self.W) + self.b
        return tanh(self.last_z)

    def bprop(self, output_grad):
        g = output_grad * tanh_d(self.last_z)
        self.dW = np.dot(self.last_input.T, g)
        self.db = np.sum(g, axis=0)
        return np.dot(g, self.W.T)

    def params(self):
        return self.W, self.b

    def param_grads(self):
        return self.dW, self.db
