# SOURCE: https://github.com/hanbt/learn_dl/issues/53 (lstm.py lines 264, 266: bi_grad and bo_grad
#     taken from delta_f_list)
# mistake: copied lines: the bias gradients of the input and of the output gate are taken from the
#     forget gate's deltas
# TRUE: bi_grad and bo_grad wrong (both equal bf_grad); all other weights' and biases' gradients and
#     dx right
# SAYS: dbi is the gradient of bf. The same is true of dbo
# cmd: LstmLayer --input_width 4 --state_width 3 --input 5,4
import numpy as np


def sigm(v):
    return 1.0 / (1.0 + np.exp(-v))


class LstmLayer(object):
    def __init__(self, rng, input_width, state_width):
        self.state_width = state_width
        u = lambda *s: rng.uniform(-0.8, 0.8, s)
        self.Wfh, self.Wfx, self.bf = u(state_width, state_width), u(state_width, input_width), u(state_width)
        self.Wih, self.Wix, self.bi = u(state_width, state_width), u(state_width, input_width), u(state_width)
        self.Woh, self.Wox, self.bo = u(state_width, state_width), u(state_width, input_width), u(state_width)
        self.Wch, self.Wcx, self.bc = u(state_width, state_width), u(state_width, input_width), u(state_width)

    def forward(self, x):
        self.x, self.times = x, len(x)
        self.c_list, self.h_list = [np.zeros(self.state_width)], [np.zeros(self.state_width)]
        self.f_list, self.i_list, self.o_list, self.ct_list = [None], [None], [None], [None]
        for xt in x:
            h = self.h_list[-1]
            self.f_list.append(sigm(self.Wfh @ h + self.Wfx @ xt + self.bf))
            self.i_list.append(sigm(self.Wih @ h + self.Wix @ xt + self.bi))
            self.o_list.append(sigm(self.Woh @ h + self.Wox @ xt + self.bo))
            self.ct_list.append(np.tanh(self.Wch @ h + self.Wcx @ xt + self.bc))
            self.c_list.append(self.f_list[-1] * self.c_list[-1] + self.i_list[-1] * self.ct_list[-1])
            self.h_list.append(self.o_list[-1] * np.tanh(self.c_list[-1]))
        return np.array(self.h_list[1:])

    def backward(self, delta_h):
        n = self.times + 1
        delta_f_list, delta_i_list, delta_o_list, delta_ct_list = ([None] * n for _ in range(4))
        dx = np.zeros_like(self.x)
        dh, dc = np.zeros(self.state_width), np.zeros(self.state_width)
        for k in range(self.times, 0, -1):
            f, i, o, ct, tc = self.f_list[k], self.i_list[k], self.o_list[k], self.ct_list[k], np.tanh(self.c_list[k])
            dh = dh + delta_h[k - 1]
            dc = dc + dh * o * (1 - tc * tc)
            delta_o_list[k] = dh * tc * o * (1 - o)
            delta_f_list[k] = dc * self.c_list[k - 1] * f * (1 - f)
            delta_i_list[k] = dc * ct * i * (1 - i)
            delta_ct_list[k] = dc * i * (1 - ct * ct)
            df, di, do, dct = delta_f_list[k], delta_i_list[k], delta_o_list[k], delta_ct_list[k]
            dh = df @ self.Wfh + di @ self.Wih + do @ self.Woh + dct @ self.Wch
            dx[k - 1] = df @ self.Wfx + di @ self.Wix + do @ self.Wox + dct @ self.Wcx
            dc = dc * f
        T = range(1, n)
        for g, deltas in (("f", delta_f_list), ("i", delta_i_list), ("o", delta_o_list), ("c", delta_ct_list)):
            setattr(self, "W%sh_grad" % g, sum(np.outer(deltas[t], self.h_list[t - 1]) for t in T))
            setattr(self, "W%sx_grad" % g, sum(np.outer(deltas[t], self.x[t - 1]) for t in T))
        self.bf_grad = sum(delta_f_list[t] for t in T)
        self.bi_grad = sum(delta_f_list[t] for t in T)
        self.bo_grad = sum(delta_f_list[t] for t in T)
        self.bc_grad = sum(delta_ct_list[t] for t in T)
        return dx
