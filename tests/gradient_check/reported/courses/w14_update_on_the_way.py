# SOURCE: https://github.com/Bot-Academy/NeuralNetworkFromScratch/pull/3 ("missing the derivative of
#     the sigmoid function for the outer layer and the weights of the hidden layer were updated in a
#     way that affects the update of the weight of the input layer")
# mistake: (1) the output layer's sigmoid derivative is left out; (2) weights are updated before the
#     error is sent back through them
# TRUE: all are wrong: the steps of w_i_h, b_i_h, w_h_o, b_h_o and the returned gradient lack o (1 -
#     o); besides, the steps of w_i_h, b_i_h use the already updated w_h_o, and the returned
#     gradient the already updated w_h_o and w_i_h
# OPEN: true: the factor self.o * (1 - self.o) is missing
# cmd: DigitNet --input 5,4
import numpy as np


class DigitNet:
    def __init__(self, learn_rate=0.05):
        self.w_i_h = np.random.uniform(-0.5, 0.5, (3, 5))
        self.w_h_o = np.random.uniform(-0.5, 0.5, (2, 3))
        self.b_i_h = np.zeros((3, 1))
        self.b_h_o = np.zeros((2, 1))
        self.learn_rate = learn_rate

    def forward(self, img):
        # one image a column
        self.img = img
        h_pre = self.b_i_h + self.w_i_h @ img
        self.h = 1 / (1 + np.exp(-h_pre))
        o_pre = self.b_h_o + self.w_h_o @ self.h
        self.o = 1 / (1 + np.exp(-o_pre))
        return self.o

    def backward(self, delta_o):
        # output -> hidden
        self.w_h_o += -self.learn_rate * delta_o @ np.transpose(self.h)
        self.b_h_o += -self.learn_rate * np.sum(delta_o, axis=1, keepdims=True)
        # hidden -> input
        delta_h = np.transpose(self.w_h_o) @ delta_o * (self.h * (1 - self.h))
        self.w_i_h += -self.learn_rate * delta_h @ np.transpose(self.img)
        self.b_i_h += -self.learn_rate * np.sum(delta_h, axis=1, keepdims=True)
        return np.transpose(self.w_i_h) @ delta_h
