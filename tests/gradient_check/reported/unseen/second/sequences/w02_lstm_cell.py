# SOURCE:
#     https://community.deeplearning.ai/t/dls-5-week-1-exercise-7-lstm-cell-backward-output-is-not-an-expected-one/22398
#     (there dWo, dbo and dc_prev agree, those of f, i, c do not: the pattern of the missing
#     parentheses, a frequent one with that formula; the poster's code itself is not public). State
#     packed as [a; c] as in old TensorFlow cells.
# mistake: missing parentheses: x*y + z * gate' in place of (x*y + z) * gate'
# TRUE: the gate derivative multiplies the second term only: Wf, bf, Wi, bi, Wc, bc wrong, hence dx
#     and the first half (a) of dstate wrong; Wo, bo and the second half (c) of dstate right
# SAYS: a bracket is missing: 1 - cct ** 2 belongs to both terms
# cmd: LSTMCell --input 3,4 --input 10,4
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class LSTMCell:
    def __init__(self, rng):
        n_a, n_x = 5, 3
        self.n_a = n_a
        self.params = {}
        for g in "fico":
            self.params["W" + g] = rng.standard_normal((n_a, n_a + n_x)) * 0.4
            self.params["b" + g] = rng.standard_normal((n_a, 1)) * 0.1
        self.grads = {}

    def forward(self, xt, state):
        p = self.params
        a_prev, c_prev = state[: self.n_a], state[self.n_a:]
        concat = np.concatenate([a_prev, xt], axis=0)
        ft = sigmoid(p["Wf"] @ concat + p["bf"])
        it = sigmoid(p["Wi"] @ concat + p["bi"])
        cct = np.tanh(p["Wc"] @ concat + p["bc"])
        ot = sigmoid(p["Wo"] @ concat + p["bo"])
        c_next = ft * c_prev + it * cct
        a_next = ot * np.tanh(c_next)
        cache = (concat, c_prev, c_next, ft, it, cct, ot)
        return np.concatenate([a_next, c_next], axis=0), cache

    def backward(self, dstate, cache):
        concat, c_prev, c_next, ft, it, cct, ot = cache
        da_next, dc_next = dstate[: self.n_a], dstate[self.n_a:]
        tc = np.tanh(c_next)

        dot = da_next * tc * ot * (1 - ot)
        dcct = dc_next * it + ot * (1 - tc ** 2) * it * da_next * (1 - cct ** 2)
        dit = dc_next * cct + ot * (1 - tc ** 2) * cct * da_next * it * (1 - it)
        dft = dc_next * c_prev + ot * (1 - tc ** 2) * c_prev * da_next * ft * (1 - ft)

        dconcat = 0
        for g, d in zip("fico", (dft, dit, dcct, dot)):
            self.grads["W" + g] = d @ concat.T
            self.grads["b" + g] = d.sum(axis=1, keepdims=True)
            dconcat = dconcat + self.params["W" + g].T @ d
        da_prev, dxt = dconcat[: self.n_a], dconcat[self.n_a:]
        dc_prev = (dc_next + ot * (1 - tc ** 2) * da_next) * ft
        return dxt, np.concatenate([da_prev, dc_prev], axis=0)
