# SOURCE: a known slip (GRU cells by hand; cf. the discussion of h's several paths in
#     https://github.com/rsokl/MyGrad/pull/4 and the reset gate's place in
#     https://github.com/ooples/AiDotNet/pull/722)
# mistake: in dh_prev the way through the candidate, (r * h) U, is taken back without the factor r
# TRUE: dh_prev wrong (the part that comes through the candidate lacks the reset gate r); dx and all
#     of Wz Wr Wh Uz Ur Uh bz br bh right
# SAYS: the factor r is missing
# cmd: GRUCell --input 4,3 --input 4,5
import numpy as np


class Param:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


def sigmoid(a):
    return 0.5 * (1 + np.tanh(0.5 * a))


class GRUCell:
    def __init__(self, rng, n_x=3, n_h=5):
        new = lambda *s: Param(rng.standard_normal(s) / np.sqrt(s[0]))
        self.Wz, self.Wr, self.Wh = new(n_x, n_h), new(n_x, n_h), new(n_x, n_h)
        self.Uz, self.Ur, self.Uh = new(n_h, n_h), new(n_h, n_h), new(n_h, n_h)
        self.bz, self.br, self.bh = (Param(np.zeros(n_h)) for _ in range(3))

    def forward(self, x, h):
        z = sigmoid(x @ self.Wz.data + h @ self.Uz.data + self.bz.data)
        r = sigmoid(x @ self.Wr.data + h @ self.Ur.data + self.br.data)
        g = np.tanh(x @ self.Wh.data + (r * h) @ self.Uh.data + self.bh.data)
        h_new = z * h + (1 - z) * g
        return h_new, (x, h, z, r, g)

    def backward(self, dh_new, cache):
        x, h, z, r, g = cache
        da_g = dh_new * (1 - z) * (1 - g * g)
        da_z = dh_new * (h - g) * z * (1 - z)
        drh = da_g @ self.Uh.data.T
        da_r = drh * h * r * (1 - r)

        dx = da_z @ self.Wz.data.T + da_r @ self.Wr.data.T + da_g @ self.Wh.data.T
        dh = dh_new * z + da_z @ self.Uz.data.T + da_r @ self.Ur.data.T + drh

        for W, U, b, da, hh in ((self.Wz, self.Uz, self.bz, da_z, h),
                                (self.Wr, self.Ur, self.br, da_r, h),
                                (self.Wh, self.Uh, self.bh, da_g, r * h)):
            W.grad = x.T @ da
            U.grad = hh.T @ da
            b.grad = da.sum(axis=0)
        return dx, dh
