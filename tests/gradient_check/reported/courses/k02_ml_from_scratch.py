# SOURCE: style of eriklindernoren/ML-From-Scratch: forward_pass(X, training) /
#     backward_pass(accum_grad), an optimizer in every layer, weights updated inside backward_pass,
#     the gradient sent back with the weights of the forward pass
# mistake: none
# TRUE: right (the steps of W and w0 are lr times the gradients, the input's gradient is right)
# cmd: NeuralNetwork --input 5,4
import math
import numpy as np


class StochasticGradientDescent:
    def __init__(self, learning_rate=0.01):
        self.learning_rate = learning_rate

    def update(self, w, grad_wrt_w):
        return w - self.learning_rate * grad_wrt_w


class Dense:
    def __init__(self, n_units, n_in):
        limit = 1 / math.sqrt(n_in)
        self.W = np.random.uniform(-limit, limit, (n_in, n_units))
        self.w0 = np.zeros((1, n_units))
        self.opt = StochasticGradientDescent()
        self.trainable = True

    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        W = self.W
        if self.trainable:
            grad_w = self.layer_input.T.dot(accum_grad)
            grad_w0 = np.sum(accum_grad, axis=0, keepdims=True)
            self.W = self.opt.update(self.W, grad_w)
            self.w0 = self.opt.update(self.w0, grad_w0)
        return accum_grad.dot(W.T)


class LeakyActivation:
    def forward_pass(self, X, training=True):
        self.layer_input = X
        return np.where(X >= 0, X, 0.2 * X)

    def backward_pass(self, accum_grad):
        return accum_grad * np.where(self.layer_input >= 0, 1, 0.2)


class NeuralNetwork:
    def __init__(self):
        self.layers = [Dense(3, 4), LeakyActivation(), Dense(2, 3)]

    def forward_pass(self, X, training=True):
        layer_output = X
        for layer in self.layers:
            layer_output = layer.forward_pass(layer_output, training)
        return layer_output

    def backward_pass(self, loss_grad):
        for layer in reversed(self.layers):
            loss_grad = layer.backward_pass(loss_grad)
        return loss_grad
