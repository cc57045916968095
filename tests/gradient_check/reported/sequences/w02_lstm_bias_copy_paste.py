# SOURCE: https://github.com/hanbt/learn_dl/issues/53 ("Error in lstm.py": bi_grad and bo_grad both
#     take delta_f); the same kind of slip in https://github.com/ddbourgin/numpy-ml/issues/42.
#     Style: lists of deltas, one matrix a gate, X_grad names.
# mistake: the three lines of bias gradients were copied and the gate's letter not changed on the
#     right hand side
# TRUE: bi_grad and bo_grad are both the gradient of bf (bi_grad wrong, bo_grad wrong); all others
#     right (Wf, Wi, Wo, Wc, bf, bc, dx)
# SAYS: dbi is the gradient of bf. The same is true of dbo
# cmd: LstmLayer --input 5,3 --input_width 3 --state_width 4
import numpy as np


def sig(v):
    return 1 / (1 + np.exp(-v))


class LstmLayer(object):
    def __init__(self, input_width, state_width):
        self.input_width = input_width
        self.state_width = state_width
        for g in "fioc":
            setattr(self, "W" + g, np.random.uniform(-0.8, 0.8, (state_width, state_width + input_width)))
            setattr(self, "b" + g, np.zeros(state_width))

    def forward(self, xs):
        # one sequence (T, input_width), the last state is the output
        self.c_list = [np.zeros(self.state_width)]
        self.f_list, self.i_list, self.o_list, self.ct_list, self.hx_list = [], [], [], [], []
        h = np.zeros(self.state_width)
        for x in xs:
            hx = np.concatenate((h, x))
            f = sig(self.Wf @ hx + self.bf)
            i = sig(self.Wi @ hx + self.bi)
            o = sig(self.Wo @ hx + self.bo)
            ct = np.tanh(self.Wc @ hx + self.bc)
            c = f * self.c_list[-1] + i * ct
            h = o * np.tanh(c)
            for lst, v in zip((self.hx_list, self.f_list, self.i_list, self.o_list, self.ct_list, self.c_list),
                              (hx, f, i, o, ct, c)):
                lst.append(v)
        return h

    def backward(self, delta_h):
        T = len(self.hx_list)
        for g in "fioc":
            setattr(self, "W%s_grad" % g, np.zeros_like(self.Wf))
        self.bf_grad, self.bi_grad, self.bo_grad, self.bc_grad = [np.zeros_like(self.bf) for _ in range(4)]
        dx, delta_c = np.zeros((T, self.input_width)), np.zeros(self.state_width)
        for t in range(T - 1, -1, -1):
            f, i, o, ct, hx = self.f_list[t], self.i_list[t], self.o_list[t], self.ct_list[t], self.hx_list[t]
            tanh_c = np.tanh(self.c_list[t + 1])
            delta_c = delta_c + delta_h * o * (1 - tanh_c ** 2)
            delta_o = delta_h * tanh_c * o * (1 - o)
            delta_f = delta_c * self.c_list[t] * f * (1 - f)
            delta_i = delta_c * ct * i * (1 - i)
            delta_ct = delta_c * i * (1 - ct ** 2)
            self.Wf_grad += np.outer(delta_f, hx)
            self.Wi_grad += np.outer(delta_i, hx)
            self.Wo_grad += np.outer(delta_o, hx)
            self.Wc_grad += np.outer(delta_ct, hx)
            self.bf_grad += delta_f
            self.bi_grad += delta_f
            self.bo_grad += delta_f
            self.bc_grad += delta_ct
            dhx = self.Wf.T @ delta_f + self.Wi.T @ delta_i + self.Wo.T @ delta_o + self.Wc.T @ delta_ct
            delta_h, dx[t] = dhx[:self.state_width], dhx[self.state_width:]
            delta_c = delta_c * f
        return dx
