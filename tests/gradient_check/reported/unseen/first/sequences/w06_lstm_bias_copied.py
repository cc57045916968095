# SOURCE: https://github.com/hanbt/learn_dl/issues/53 (lstm.py: bi_grad and bo_grad are summed from
#     delta_f_list)
# mistake: copy and paste: the bias gradients of the input and of the output gate are taken from the
#     deltas of the forget gate
# TRUE: wrong: bi_grad, bo_grad (both are equal to bf_grad). Right: bf_grad, bct_grad, all eight
#     W*_grad and dx.
# SAYS: dbi is the gradient of bf. The same is true of dbo
# cmd: LstmLayer --input 4,3 --input_width 3 --state_width 5
import numpy as np


class LstmLayer(object):
    def __init__(self, input_width, state_width):
        self.input_width = input_width
        self.state_width = state_width
        self.Wfh, self.Wfx, self.bf = self.init_weight_mat()
        self.Wih, self.Wix, self.bi = self.init_weight_mat()
        self.Woh, self.Wox, self.bo = self.init_weight_mat()
        self.Wch, self.Wcx, self.bct = self.init_weight_mat()

    def init_weight_mat(self):
        Wh = np.random.uniform(-1, 1, (self.state_width, self.state_width))
        Wx = np.random.uniform(-1, 1, (self.state_width, self.input_width))
        return Wh, Wx, np.zeros((self.state_width, 1))

    def gate(self, xt, h, Wx, Wh, b):
        return 1.0 / (1.0 + np.exp(-(np.dot(Wh, h) + np.dot(Wx, xt) + b)))

    def forward(self, x):
        self.x_list = [row.reshape(-1, 1) for row in x]
        zero = np.zeros((self.state_width, 1))
        self.h_list, self.c_list, self.gates = [zero], [zero], []
        for xt in self.x_list:
            h, c = self.h_list[-1], self.c_list[-1]
            f = self.gate(xt, h, self.Wfx, self.Wfh, self.bf)
            i = self.gate(xt, h, self.Wix, self.Wih, self.bi)
            o = self.gate(xt, h, self.Wox, self.Woh, self.bo)
            ct = np.tanh(np.dot(self.Wch, h) + np.dot(self.Wcx, xt) + self.bct)
            self.gates.append((f, i, o, ct))
            self.c_list.append(f * c + i * ct)
            self.h_list.append(o * np.tanh(self.c_list[-1]))
        return np.array(self.h_list[1:])[:, :, 0]

    def backward(self, sensitivity_array):
        T = len(self.x_list)
        self.delta_f_list, self.delta_i_list, self.delta_o_list, self.delta_ct_list = [0] * T, [0] * T, [0] * T, [0] * T
        delta_h = np.zeros((self.state_width, 1))
        delta_c = np.zeros((self.state_width, 1))
        dx = []
        for k in reversed(range(T)):
            f, i, o, ct = self.gates[k]
            tanh_c = np.tanh(self.c_list[k + 1])
            delta_h = delta_h + sensitivity_array[k].reshape(-1, 1)
            delta_c = delta_c + delta_h * o * (1 - tanh_c * tanh_c)
            self.delta_o_list[k] = do = delta_h * tanh_c * o * (1 - o)
            self.delta_f_list[k] = df = delta_c * self.c_list[k] * f * (1 - f)
            self.delta_i_list[k] = di = delta_c * ct * i * (1 - i)
            self.delta_ct_list[k] = dct = delta_c * i * (1 - ct * ct)
            delta_h = self.Wfh.T @ df + self.Wih.T @ di + self.Woh.T @ do + self.Wch.T @ dct
            dx.insert(0, (self.Wfx.T @ df + self.Wix.T @ di + self.Wox.T @ do + self.Wcx.T @ dct)[:, 0])
            delta_c = delta_c * f
        self.calc_gradient()
        return np.array(dx)

    def calc_gradient(self):
        def w_grads(deltas):
            return (sum(np.dot(d, h.T) for d, h in zip(deltas, self.h_list)),
                    sum(np.dot(d, x.T) for d, x in zip(deltas, self.x_list)))
        self.Wfh_grad, self.Wfx_grad = w_grads(self.delta_f_list)
        self.Wih_grad, self.Wix_grad = w_grads(self.delta_i_list)
        self.Woh_grad, self.Wox_grad = w_grads(self.delta_o_list)
        self.Wch_grad, self.Wcx_grad = w_grads(self.delta_ct_list)
        self.bf_grad = sum(self.delta_f_list)
        self.bi_grad = sum(self.delta_f_list)
        self.bo_grad = sum(self.delta_f_list)
        self.bct_grad = sum(self.delta_ct_list)
