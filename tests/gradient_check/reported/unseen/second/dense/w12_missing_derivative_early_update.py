# SOURCE: https://github.com/Bot-Academy/NeuralNetworkFromScratch/pull/3 (both points are in the
#     request); the second also https://github.com/VikParuchuri/zero_to_gpt/issues/12,
#     https://github.com/joelgrus/data-science-from-scratch/issues/31
# mistake: two: (1) no derivative of the sigmoid at the output layer; (2) the weights hidden ->
#     output are updated before the error is sent back through them
# TRUE: all are wrong: w_h_o and b_h_o by (1), w_i_h, b_i_h and the returned gradient by (1) and (2)
# OPEN: true: the factor self.o * (1 - self.o) is missing
# cmd: Netz --input 5,1
import numpy as np


class Netz:
    def __init__(self, rng):
        self.w_i_h = rng.uniform(-0.5, 0.5, (4, 5))
        self.w_h_o = rng.uniform(-0.5, 0.5, (3, 4))
        self.b_i_h = np.zeros((4, 1))
        self.b_h_o = np.zeros((3, 1))
        self.learn_rate = 0.5

    def forward_pass(self, img):
        # img: one column
        self.img = img
        h_pre = self.b_i_h + self.w_i_h @ img
        self.h = 1 / (1 + np.exp(-h_pre))
        o_pre = self.b_h_o + self.w_h_o @ self.h
        self.o = 1 / (1 + np.exp(-o_pre))
        return self.o

    def backward_pass(self, delta_o):
        # output -> hidden
        self.w_h_o += -self.learn_rate * delta_o @ np.transpose(self.h)
        self.b_h_o += -self.learn_rate * delta_o
        # hidden -> input
        delta_h = np.transpose(self.w_h_o) @ delta_o * (self.h * (1 - self.h))
        delta_img = np.transpose(self.w_i_h) @ delta_h
        self.w_i_h += -self.learn_rate * delta_h @ np.transpose(self.img)
        self.b_i_h += -self.learn_rate * delta_h
        return delta_img
