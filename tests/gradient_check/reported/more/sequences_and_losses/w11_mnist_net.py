# SOURCE: https://github.com/Bot-Academy/NeuralNetworkFromScratch/pull/3 (both at once); the early
#     update also in https://github.com/joelgrus/data-science-from-scratch/issues/31 and
#     https://github.com/louisjc/mnist-neural-network/issues/1
# mistake: (1) the output's sigmoid has no derivative in backward; (2) w_h_o is updated before the
#     hidden delta is computed with it
# TRUE: two mistakes. The steps of w_h_o, b_h_o lack o(1 - o); the steps of w_i_h, b_i_h and dx lack
#     it too and are computed with the already updated w_h_o. All of them are wrong
# OPEN: true: the factor self.o * (1 - self.o) is missing
# cmd: NeuralNetwork --input 6,5
import numpy as np


class NeuralNetwork:
    def __init__(self, learn_rate=0.5):
        self.learn_rate = learn_rate
        self.w_i_h = np.random.uniform(-0.5, 0.5, (5, 4))
        self.b_i_h = np.zeros((1, 4))
        self.w_h_o = np.random.uniform(-0.5, 0.5, (4, 3))
        self.b_h_o = np.zeros((1, 3))

    def forward_pass(self, img):
        self.img = img
        self.h = 1 / (1 + np.exp(-(img @ self.w_i_h + self.b_i_h)))
        self.o = 1 / (1 + np.exp(-(self.h @ self.w_h_o + self.b_h_o)))
        return self.o

    def backward_pass(self, delta_o):
        # output -> hidden
        self.w_h_o += -self.learn_rate * self.h.T @ delta_o
        self.b_h_o += -self.learn_rate * np.sum(delta_o, axis=0, keepdims=True)
        # hidden -> input, with the derivative of the activation function
        delta_h = delta_o @ self.w_h_o.T * (self.h * (1 - self.h))
        delta_i = delta_h @ self.w_i_h.T
        self.w_i_h += -self.learn_rate * self.img.T @ delta_h
        self.b_i_h += -self.learn_rate * np.sum(delta_h, axis=0, keepdims=True)
        return delta_i
