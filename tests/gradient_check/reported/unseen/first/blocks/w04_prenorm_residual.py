# SOURCE: https://github.com/Dao-AILab/quack/pull/53 (pre-norm backward: (dres_out + dout) * dnorm
#     instead of dres_out + dout * dnorm)
# mistake: y = x + f(norm(x)); the gradient of the skip is added before going back through the norm,
#     not behind it
# TRUE: dx wrong (the skip's dy goes through the norm as well), d g (scale) and d b (shift) of the
#     norm wrong; d W1, d c1, d W2, d c2 right
# SAYS: the term dy is too much; the term dy is missing
# cmd: PreNormBlock --input 4,5
import numpy as np


class PreNormBlock:
    def __init__(self, rng):
        d, h = 5, 7
        self.g, self.b = np.ones(d), np.zeros(d)
        self.W1, self.c1 = rng.normal(size=(d, h)) / np.sqrt(d), np.zeros(h)
        self.W2, self.c2 = rng.normal(size=(h, d)) / np.sqrt(h), np.zeros(d)

    def forward_pass(self, x):
        m = x.mean(1, keepdims=True)
        self.rstd = 1 / np.sqrt(x.var(1, keepdims=True) + 1e-5)
        self.n = (x - m) * self.rstd
        self.u = self.n * self.g + self.b
        self.a = np.tanh(self.u @ self.W1 + self.c1)
        return x + self.a @ self.W2 + self.c2

    def _norm_backward(self, du):
        self.dg = (du * self.n).sum(0)
        self.db = du.sum(0)
        dn = du * self.g
        return self.rstd * (dn - dn.mean(1, keepdims=True) - self.n * (dn * self.n).mean(1, keepdims=True))

    def backward_pass(self, dy):
        self.dW2 = self.a.T @ dy
        self.dc2 = dy.sum(0)
        dz = (dy @ self.W2.T) * (1 - self.a ** 2)
        self.dW1 = self.u.T @ dz
        self.dc1 = dz.sum(0)
        du = dz @ self.W1.T
        return self._norm_backward(du + dy)
