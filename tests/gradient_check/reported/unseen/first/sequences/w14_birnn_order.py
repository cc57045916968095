# SOURCE: https://github.com/keras-team/keras/pull/1001 and
#     https://github.com/EderSantana/seya/issues/32 (reversed sequences of the backward direction
#     not turned round again)
# mistake: dx of the direction that runs from the end comes out in reversed order and is added so
# TRUE: wrong: dx. Right: all six weights (Wx_f, Wh_f, b_f, Wx_b, Wh_b, b_b).
# SAYS: dX_b is to be turned round along axis 1
# cmd: BidirectionalRNN --input 3,4,2
import numpy as np


class BidirectionalRNN():
    """Elman network in both directions, outputs side by side"""
    def __init__(self, rng, n_units=3):
        self.n_units = n_units
        limit = 1 / np.sqrt(n_units)
        self.Wx_f, self.Wx_b = rng.uniform(-limit, limit, (2, 2, n_units))
        self.Wh_f, self.Wh_b = rng.uniform(-limit, limit, (2, n_units, n_units))
        self.b_f, self.b_b = np.zeros(n_units), np.zeros(n_units)

    def _run(self, X, Wx, Wh, b):
        batch, timesteps, _ = X.shape
        states = np.zeros((batch, timesteps + 1, self.n_units))
        for t in range(timesteps):
            states[:, t] = np.tanh(X[:, t] @ Wx + states[:, t - 1] @ Wh + b)
        return states

    def _run_back(self, accum_grad, X, states, Wx, Wh):
        gWx, gWh, gb = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(self.n_units)
        accum_grad_next = np.zeros_like(X)
        carry = 0
        for t in reversed(range(X.shape[1])):
            delta = (accum_grad[:, t] + carry) * (1 - states[:, t] ** 2)
            gWx += X[:, t].T @ delta
            gWh += states[:, t - 1].T @ delta
            gb += delta.sum(axis=0)
            accum_grad_next[:, t] = delta @ Wx.T
            carry = delta @ Wh.T
        return accum_grad_next, gWx, gWh, gb

    def forward_pass(self, X, training=True):
        self.layer_input = X
        self.states_f = self._run(X, self.Wx_f, self.Wh_f, self.b_f)
        self.states_b = self._run(X[:, ::-1], self.Wx_b, self.Wh_b, self.b_b)
        return np.concatenate([self.states_f[:, :-1], self.states_b[:, :-1][:, ::-1]], axis=2)

    def backward_pass(self, accum_grad):
        X, n = self.layer_input, self.n_units
        g_f, g_b = accum_grad[:, :, :n], accum_grad[:, ::-1, n:]
        dX_f, self.grad_Wx_f, self.grad_Wh_f, self.grad_b_f = self._run_back(g_f, X, self.states_f, self.Wx_f, self.Wh_f)
        dX_b, self.grad_Wx_b, self.grad_Wh_b, self.grad_b_b = self._run_back(g_b, X[:, ::-1], self.states_b, self.Wx_b, self.Wh_b)
        return dX_f + dX_b
