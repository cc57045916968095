# SOURCE: https://github.com/CaptainE/RNN-LSTM-in-numpy/issues/1 (both of its points: sigmoid(f[t])
#     without derivative=True, and dh_next / dC_next that are never handed on); also
#     https://github.com/nicklashansen/rnn_lstm_from_scratch/issues/1
# mistake: (1) the forget gate is multiplied by sigmoid(f) (f is the gate already) in place of
#     f*(1-f); (2) dh_next and dC_next are made before the loop and never set to dh_prev, dC_prev:
#     no gradient goes back through time
# TRUE: TWO: wrong derivative of the sigmoid of the forget gate (all that goes through W_f), and the
#     recurrent gradients (dh_next, dC_next) not carried from step to step. Wrong: W_f, W_i, W_g,
#     W_o, b_f, b_i, b_g, b_o, dx; right: W_v, b_v
# OPEN: unknown
# cmd: LSTMNet --input 5,3 --vocab 3 --hidden 4
import numpy as np


def sigmoid(x, derivative=False):
    if derivative:
        return x * (1 - x)          # x is the activated value
    return 1 / (1 + np.exp(-x))


def tanh(x, derivative=False):
    return 1 - x ** 2 if derivative else np.tanh(x)


class LSTMNet:
    def __init__(self, vocab, hidden):
        self.hidden = hidden
        z = hidden + vocab
        self.W_f, self.W_i, self.W_g, self.W_o = [np.random.randn(hidden, z) * 0.4 for _ in range(4)]
        self.b_f, self.b_i, self.b_g, self.b_o = [np.zeros((hidden, 1)) for _ in range(4)]
        self.W_v, self.b_v = np.random.randn(vocab, hidden) * 0.4, np.zeros((vocab, 1))

    def forward(self, inputs):
        h, C = np.zeros((self.hidden, 1)), np.zeros((self.hidden, 1))
        self.cache, outputs = [], []
        for x in inputs:
            z = np.vstack((h, x.reshape(-1, 1)))
            f, i = sigmoid(self.W_f @ z + self.b_f), sigmoid(self.W_i @ z + self.b_i)
            g, o = tanh(self.W_g @ z + self.b_g), sigmoid(self.W_o @ z + self.b_o)
            C_prev, C = C, f * C + i * g
            h = o * tanh(C)
            self.cache.append((z, f, i, g, o, C_prev, C, h))
            outputs.append((self.W_v @ h + self.b_v).ravel())
        return np.array(outputs)

    def backward(self, dv_all):
        p = ["W_f", "W_i", "W_g", "W_o", "W_v", "b_f", "b_i", "b_g", "b_o", "b_v"]
        grads = {k: np.zeros_like(getattr(self, k)) for k in p}
        dh_next, dC_next = np.zeros((self.hidden, 1)), np.zeros((self.hidden, 1))
        dx = np.zeros((len(self.cache), self.W_f.shape[1] - self.hidden))
        for t in reversed(range(len(self.cache))):
            z, f, i, g, o, C_prev, C, h = self.cache[t]
            dv = dv_all[t].reshape(-1, 1)
            grads["W_v"] += dv @ h.T
            grads["b_v"] += dv
            dh = self.W_v.T @ dv + dh_next
            do = sigmoid(o, derivative=True) * dh * tanh(C)
            dC = dC_next + dh * o * tanh(tanh(C), derivative=True)
            dg = tanh(g, derivative=True) * dC * i
            di = sigmoid(i, derivative=True) * dC * g
            df = sigmoid(f) * (dC * C_prev)
            for k, d in zip("figo", (df, di, dg, do)):
                grads["W_" + k] += d @ z.T
                grads["b_" + k] += d
            dz = self.W_f.T @ df + self.W_i.T @ di + self.W_g.T @ dg + self.W_o.T @ do
            dh_prev, dC_prev = dz[:self.hidden], f * dC
            dx[t] = dz[self.hidden:, 0]
        return dx, grads
