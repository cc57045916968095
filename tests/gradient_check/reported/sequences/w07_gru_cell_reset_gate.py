# SOURCE: a known slip (CMU 11-785 HW3 GRUCell: students treat bnh / Wnh like the other gates'
#     parameters); style: that homework (one sample, one matrix and two biases a gate)
# mistake: n = tanh(Wnx x + bnx + r * (Wnh h + bnh)): dWnh and dbnh were written like those of the
#     other gates, without r
# TRUE: dWnh and dbnh lack the reset gate r (should be dn*r, not dn); all others right (dx, dh_prev,
#     the rest of the weights)
# OPEN: unknown
# cmd: GRUCell --input 5 --input 3 --in_dim 5 --hidden_dim 3
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class GRUCell(object):
    def __init__(self, in_dim, hidden_dim):
        d, h = in_dim, hidden_dim
        self.d, self.h = d, h
        self.Wrx, self.Wzx, self.Wnx = np.random.randn(h, d), np.random.randn(h, d), np.random.randn(h, d)
        self.Wrh, self.Wzh, self.Wnh = np.random.randn(h, h), np.random.randn(h, h), np.random.randn(h, h)
        self.brx, self.bzx, self.bnx = np.random.randn(h), np.random.randn(h), np.random.randn(h)
        self.brh, self.bzh, self.bnh = np.random.randn(h), np.random.randn(h), np.random.randn(h)

    def __call__(self, x, h_prev_t):
        return self.forward(x, h_prev_t)

    def forward(self, x, h_prev_t):
        self.x = x
        self.hidden = h_prev_t
        self.r = sigmoid(self.Wrx @ x + self.brx + self.Wrh @ h_prev_t + self.brh)
        self.z = sigmoid(self.Wzx @ x + self.bzx + self.Wzh @ h_prev_t + self.bzh)
        self.inner = self.Wnh @ h_prev_t + self.bnh
        self.n = np.tanh(self.Wnx @ x + self.bnx + self.r * self.inner)
        return (1 - self.z) * self.n + self.z * h_prev_t

    def backward(self, delta):
        dz = delta * (self.hidden - self.n)
        dn = delta * (1 - self.z) * (1 - self.n ** 2)
        dr = dn * self.inner
        dz = dz * self.z * (1 - self.z)
        dr = dr * self.r * (1 - self.r)

        self.dWnx, self.dbnx = np.outer(dn, self.x), dn
        self.dWnh, self.dbnh = np.outer(dn, self.hidden), dn
        self.dWzx, self.dbzx = np.outer(dz, self.x), dz
        self.dWzh, self.dbzh = np.outer(dz, self.hidden), dz
        self.dWrx, self.dbrx = np.outer(dr, self.x), dr
        self.dWrh, self.dbrh = np.outer(dr, self.hidden), dr

        dx = self.Wnx.T @ dn + self.Wzx.T @ dz + self.Wrx.T @ dr
        dh_prev_t = delta * self.z + self.Wnh.T @ (dn * self.r) + self.Wzh.T @ dz + self.Wrh.T @ dr
        return dx, dh_prev_t
