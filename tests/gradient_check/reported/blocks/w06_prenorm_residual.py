# SOURCE: https://github.com/Dao-AILab/quack/pull/53 (RMS pre-norm: the skip's gradient is added
#     before going back through the norm instead of after it)
# mistake: dy of the skip connection is added to the branch's gradient first, and the sum is sent
#     through the norm
# TRUE: dx is wrong and the gradient of the norm's scale g is wrong (both: the skip's dy passes
#     through the norm); the gradients of W and b are right
# SAYS: the term dy is too much
# SAYS: the term dy is missing
# cmd: PreNormBlock --dim 6 --input 4,6
import numpy as np


class Param:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class PreNormBlock:
    """y = x + W(rmsnorm(x))"""

    def __init__(self, rng, dim=6, eps=1e-6):
        self.g = Param(np.ones(dim))
        self.W = Param(rng.normal(0, dim ** -0.5, (dim, dim)))
        self.b = Param(np.zeros(dim))
        self.eps = eps

    def parameters(self):
        return [self.g, self.W, self.b]

    def forward(self, x):
        rstd = 1 / np.sqrt((x ** 2).mean(-1, keepdims=True) + self.eps)
        xn = x * rstd
        n = xn * self.g.data
        return x + n @ self.W.data + self.b.data, (xn, rstd, n)

    def backward(self, dy, cache):
        xn, rstd, n = cache
        self.W.grad = n.T @ dy
        self.b.grad = dy.sum(0)
        dn = dy @ self.W.data.T
        dn = dn + dy                      # residual
        self.g.grad = (dn * xn).sum(0)
        dxn = dn * self.g.data
        return rstd * (dxn - xn * (dxn * xn).mean(-1, keepdims=True))
