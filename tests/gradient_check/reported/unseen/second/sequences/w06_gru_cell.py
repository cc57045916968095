# SOURCE: vignette "GRU units" of the R package rnn,
#     http://cran.r-project.org/web/packages/rnn/vignettes/GRU_units.html ("delta 6 = 1 - delta 5"
#     for the branch (1 - z)); the numbering of the deltas is theirs
# mistake: the derivative of 1 - z is taken as "1 minus the gradient" and not as "minus the
#     gradient"
# TRUE: the gradient of the update gate has a 1 too much (it is not proportional to dh): Wz, Uz
#     wrong, hence dx and dh wrong; Wr, Ur, Wg, Ug right
# SAYS: the term 1 is too much
# cmd: GRUCell --input 4,3 --input 4,5
import numpy as np


class GRUCell:
    def __init__(self, rng):
        for gate in "rzg":
            setattr(self, "W" + gate, 0.5 * rng.standard_normal((5, 5)))
            setattr(self, "U" + gate, 0.5 * rng.standard_normal((3, 5)))

    def forward(self, x, h):
        r = 1 / (1 + np.exp(-(h @ self.Wr + x @ self.Ur)))
        z = 1 / (1 + np.exp(-(h @ self.Wz + x @ self.Uz)))
        g = np.tanh((h * r) @ self.Wg + x @ self.Ug)
        return h * (1 - z) + z * g, (x, h, r, z, g)

    def backward(self, dh, memory):
        x, h, r, z, g = memory
        d3 = dh
        d4 = (1 - z) * d3
        d5 = d3 * h
        d6 = 1 - d5
        d7 = d3 * g
        d8 = d3 * z
        d9 = d7 + d6
        d10 = d8 * (1 - g ** 2)
        d11 = d9 * z * (1 - z)
        d12 = d10 @ self.Ug.T
        d13 = d10 @ self.Wg.T
        d16 = d13 * h
        d17 = d13 * r
        d18 = d16 * r * (1 - r)

        self.nabla_Wg, self.nabla_Ug = (h * r).T @ d10, x.T @ d10
        self.nabla_Wz, self.nabla_Uz = h.T @ d11, x.T @ d11
        self.nabla_Wr, self.nabla_Ur = h.T @ d18, x.T @ d18

        dx = d12 + d11 @ self.Uz.T + d18 @ self.Ur.T
        dh_prev = d4 + d17 + d11 @ self.Wz.T + d18 @ self.Wr.T
        return dx, dh_prev
