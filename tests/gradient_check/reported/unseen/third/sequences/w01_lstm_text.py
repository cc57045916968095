# SOURCE: https://github.com/CaptainE/RNN-LSTM-in-numpy/issues/1 (both points of that issue)
# mistake: (1) the forget gate's local gradient is sigmoid(f) where the derivative of the sigmoid, f
#     (1 - f), should stand (the flag derivative=True is missing); (2) dh_next and dC_next are never
#     set inside the loop, so nothing flows back from one step to the one before.
# TRUE: two mistakes. W_f, b_f: wrong by (1) and (2). W_i, W_g, W_o, b_i, b_g, b_o: wrong by (2)
#     alone (only the gradient within a step is there). W_v, b_v right. No gradient of x is
#     computed.
# OPEN: unknown
# cmd: LSTM --hidden_size 3 --vocab_size 4 --input 5,4
import numpy as np


def sigmoid(x, derivative=False):
    s = 1 / (1 + np.exp(-x))
    return x * (1 - x) if derivative else s


def tanh(x, derivative=False):
    return 1 - x ** 2 if derivative else np.tanh(x)


class LSTM:
    def __init__(self, rng, hidden_size=3, vocab_size=4):
        self.hidden_size = hidden_size
        z_size = hidden_size + vocab_size
        for k in "figo":
            setattr(self, "W_" + k, rng.standard_normal((hidden_size, z_size)) * 0.5)
            setattr(self, "b_" + k, rng.standard_normal((hidden_size, 1)) * 0.1)
        self.W_v = rng.standard_normal((vocab_size, hidden_size)) * 0.5
        self.b_v = np.zeros((vocab_size, 1))

    def forward(self, inputs):
        h, C = np.zeros((self.hidden_size, 1)), np.zeros((self.hidden_size, 1))
        self.z, self.f, self.i, self.g, self.o, self.h, self.C = [], [], [], [], [], [h], [C]
        v_s = []
        for x in inputs:
            z = np.vstack((h, x.reshape(-1, 1)))
            f = sigmoid(self.W_f @ z + self.b_f)
            i = sigmoid(self.W_i @ z + self.b_i)
            g = tanh(self.W_g @ z + self.b_g)
            o = sigmoid(self.W_o @ z + self.b_o)
            C = f * C + i * g
            h = o * tanh(C)
            for lst, val in zip((self.z, self.f, self.i, self.g, self.o, self.h, self.C), (z, f, i, g, o, h, C)):
                lst.append(val)
            v_s.append((self.W_v @ h + self.b_v).ravel())
        return np.array(v_s)

    def backward(self, dv_s):
        d = {"d" + n: np.zeros_like(getattr(self, n)) for n in
             ("W_f", "W_i", "W_g", "W_o", "W_v", "b_f", "b_i", "b_g", "b_o", "b_v")}
        dh_next = np.zeros((self.hidden_size, 1))
        dC_next = np.zeros((self.hidden_size, 1))
        for t in reversed(range(len(dv_s))):
            dv = dv_s[t].reshape(-1, 1)
            d["dW_v"] += dv @ self.h[t + 1].T
            d["db_v"] += dv
            dh = self.W_v.T @ dv + dh_next
            do = dh * tanh(self.C[t + 1])
            do = sigmoid(self.o[t], derivative=True) * do
            dC = dC_next + dh * self.o[t] * tanh(tanh(self.C[t + 1]), derivative=True)
            dg = tanh(self.g[t], derivative=True) * dC * self.i[t]
            di = sigmoid(self.i[t], derivative=True) * dC * self.g[t]
            df = dC * self.C[t]
            df = sigmoid(self.f[t]) * df
            for k, dk in (("f", df), ("i", di), ("g", dg), ("o", do)):
                d["dW_" + k] += dk @ self.z[t].T
                d["db_" + k] += dk
            dz = self.W_f.T @ df + self.W_i.T @ di + self.W_g.T @ dg + self.W_o.T @ do
            dh_prev = dz[:self.hidden_size, :]
            dC_prev = self.f[t] * dC
        return d
