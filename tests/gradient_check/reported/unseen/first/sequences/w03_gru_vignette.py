# SOURCE: http://cran.r-project.org/web/packages/rnn/vignettes/GRU_units.html (delta 6 = 1 - delta
#     5: the way back through 1 - z)
# mistake: the gradient through "1 - z" is taken as 1 - (gradient), where it is -(gradient)
# TRUE: the gradient of z is g*dh + 1 - h*dh instead of g*dh - h*dh. Wrong: W_z, U_z, dx, dh_prev.
#     Right: W_r, U_r, W_g, U_g.
# SAYS: the term 1 is too much
# cmd: GRUCell --input 4,3 --input 4,5
import numpy as np


def sigmoid(a):
    return 1. / (1. + np.exp(-a))


class GRUCell:
    def __init__(self, rng):
        n, h = 3, 5
        self.W_r, self.U_r = rng.normal(0, .4, (h, h)), rng.normal(0, .4, (n, h))
        self.W_z, self.U_z = rng.normal(0, .4, (h, h)), rng.normal(0, .4, (n, h))
        self.W_g, self.U_g = rng.normal(0, .4, (h, h)), rng.normal(0, .4, (n, h))

    def forward(self, x, h_prev):
        r = sigmoid(h_prev @ self.W_r + x @ self.U_r)
        z = sigmoid(h_prev @ self.W_z + x @ self.U_z)
        g = np.tanh((h_prev * r) @ self.W_g + x @ self.U_g)
        h = h_prev * (1 - z) + z * g
        return h, (x, h_prev, r, z, g)

    def backward(self, delta3, cache):
        x, h_prev, r, z, g = cache
        delta4 = (1 - z) * delta3
        delta5 = delta3 * h_prev
        delta6 = 1 - delta5
        delta7 = delta3 * g
        delta8 = delta3 * z
        delta9 = delta7 + delta6
        delta10 = delta8 * (1 - g ** 2)
        delta11 = delta9 * z * (1 - z)
        delta12, delta13 = delta10 @ self.U_g.T, delta10 @ self.W_g.T
        delta14, delta15 = delta11 @ self.U_z.T, delta11 @ self.W_z.T
        delta16, delta17 = delta13 * h_prev, delta13 * r
        delta18 = delta16 * r * (1 - r)
        delta20, delta21 = delta18 @ self.U_r.T, delta18 @ self.W_r.T
        self.dW_r, self.dU_r = h_prev.T @ delta18, x.T @ delta18
        self.dW_z, self.dU_z = h_prev.T @ delta11, x.T @ delta11
        self.dW_g, self.dU_g = (h_prev * r).T @ delta10, x.T @ delta10
        return delta12 + delta14 + delta20, delta4 + delta15 + delta17 + delta21
