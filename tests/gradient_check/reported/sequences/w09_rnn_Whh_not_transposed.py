# SOURCE: Victor Zhou, "An Introduction to Recurrent Neural Networks for Beginners",
#     https://victorzhou.com/blog/intro-to-rnns/ (text kept in
#     https://github.com/guevara/read-it-later/issues/8634): "d_h = self.Whh @ temp" in backprop.
#     Style: the same.
# mistake: Whh is square, so Whh @ temp runs; going back it must be Whh.T @ temp. Weights are
#     updated in backprop (after the loop)
# TRUE: Whh is not transposed on the way back through time: the steps of Whh, Wxh, bh wrong; Why, by
#     right (no dx is given)
# SAYS: d_h = self.Whh.T @ temp
# cmd: RNN --input 4,5,1 --input_size 5 --output_size 2 --hidden_size 6
import numpy as np
from numpy.random import randn


class RNN:
    # A many-to-one Vanilla Recurrent Neural Network.

    def __init__(self, input_size, output_size, hidden_size=64):
        self.Whh = randn(hidden_size, hidden_size) * 0.3
        self.Wxh = randn(hidden_size, input_size) * 0.3
        self.Why = randn(output_size, hidden_size) * 0.3
        self.bh = np.zeros((hidden_size, 1))
        self.by = np.zeros((output_size, 1))

    def forward(self, inputs):
        h = np.zeros((self.Whh.shape[0], 1))
        self.last_inputs = inputs
        self.last_hs = {0: h}
        for i, x in enumerate(inputs):
            h = np.tanh(self.Wxh @ x + self.Whh @ h + self.bh)
            self.last_hs[i + 1] = h
        return self.Why @ h + self.by

    def backprop(self, d_y, learn_rate=2e-2):
        n = len(self.last_inputs)
        d_Why = d_y @ self.last_hs[n].T
        d_by = d_y

        d_Whh = np.zeros(self.Whh.shape)
        d_Wxh = np.zeros(self.Wxh.shape)
        d_bh = np.zeros(self.bh.shape)
        d_h = self.Why.T @ d_y
        for t in reversed(range(n)):
            temp = (1 - self.last_hs[t + 1] ** 2) * d_h
            d_bh += temp
            d_Whh += temp @ self.last_hs[t].T
            d_Wxh += temp @ self.last_inputs[t].T
            d_h = self.Whh @ temp

        self.Whh -= learn_rate * d_Whh
        self.Wxh -= learn_rate * d_Wxh
        self.Why -= learn_rate * d_Why
        self.bh -= learn_rate * d_bh
        self.by -= learn_rate * d_by
