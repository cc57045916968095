# SOURCE: style of small PyTorch-like NumPy frameworks (Parameter with .data and .grad, gradients
#     added up, zero_grad)
# mistake: none
# TRUE: right (only the last hidden state is returned; gradients are added up until zero_grad, as in
#     PyTorch)
# cmd: GRU --input 3,4,2
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class GRU:
    def __init__(self, rng, n_in=2, n_hid=3):
        s = 1 / np.sqrt(n_hid)
        self.w_ih = Parameter(rng.uniform(-s, s, (3 * n_hid, n_in)))
        self.w_hh = Parameter(rng.uniform(-s, s, (3 * n_hid, n_hid)))
        self.b_ih = Parameter(rng.uniform(-s, s, 3 * n_hid))
        self.b_hh = Parameter(rng.uniform(-s, s, 3 * n_hid))
        self.n_hid = n_hid

    def parameters(self):
        return [self.w_ih, self.w_hh, self.b_ih, self.b_hh]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = np.zeros_like(p.data)

    def forward(self, x):
        h = np.zeros((x.shape[0], self.n_hid))
        ctx = []
        for t in range(x.shape[1]):
            gi = x[:, t] @ self.w_ih.data.T + self.b_ih.data
            gh = h @ self.w_hh.data.T + self.b_hh.data
            (i_r, i_z, i_n), (h_r, h_z, h_n) = np.split(gi, 3, axis=1), np.split(gh, 3, axis=1)
            r, z = 1 / (1 + np.exp(-i_r - h_r)), 1 / (1 + np.exp(-i_z - h_z))
            n = np.tanh(i_n + r * h_n)
            ctx.append((h, r, z, n, h_n))
            h = (1 - z) * n + z * h
        return h, (x, ctx)

    def backward(self, grad_h, cache):
        x, ctx = cache
        grad_x = np.zeros_like(x)
        for t in range(x.shape[1] - 1, -1, -1):
            h, r, z, n, h_n = ctx[t]
            g_n = grad_h * (1 - z) * (1 - n ** 2)
            g_z = grad_h * (h - n) * z * (1 - z)
            g_r = g_n * h_n * r * (1 - r)
            g_gi = np.concatenate([g_r, g_z, g_n], axis=1)
            g_gh = np.concatenate([g_r, g_z, g_n * r], axis=1)
            self.w_ih.grad += g_gi.T @ x[:, t]
            self.w_hh.grad += g_gh.T @ h
            self.b_ih.grad += g_gi.sum(axis=0)
            self.b_hh.grad += g_gh.sum(axis=0)
            grad_x[:, t] = g_gi @ self.w_ih.data
            grad_h = grad_h * z + g_gh @ self.w_hh.data
        return grad_x
