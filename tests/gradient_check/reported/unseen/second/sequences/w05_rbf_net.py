# SOURCE: Netlab's rbfbkp.m,
#     http://www.mathworks.com/matlabcentral/fileexchange/2654-netlab/content/rbfbkp.m : in the
#     branch for nin >= nhidden the division by the width stands inside of the parenthesis, by the
#     centre only
# mistake: x - c / wi where it should be (x - c) / wi
# TRUE: the gradient of the centres c is wrong; x, wi, w2, b2 are right
# SAYS: a bracket is missing: self.wi[j] belongs to both terms
# cmd: RBFNet --input 7,4
import numpy as np


class RBFNet:
    def __init__(self, rng):
        self.c = rng.normal(size=(3, 4))             # centres
        self.wi = rng.uniform(1.5, 4.0, size=3)      # squared widths
        self.w2 = rng.normal(size=(3, 2))
        self.b2 = np.zeros(2)

    def forward(self, x):
        n2 = ((x[:, None, :] - self.c[None]) ** 2).sum(axis=2)
        z = np.exp(-n2 / (2 * self.wi))
        return z @ self.w2 + self.b2, (x, z, n2)

    def backward(self, deltas, cache):
        x, z, n2 = cache
        g = {}
        g["w2"] = z.T @ deltas
        g["b2"] = deltas.sum(0)

        delhid = (deltas @ self.w2.T) * z
        g["c"] = np.zeros_like(self.c)
        gx = np.zeros_like(x)
        for j in range(len(self.c)):
            g["c"][j] = np.sum((x - self.c[j] / self.wi[j]) * delhid[:, j:j + 1], axis=0)
            gx -= delhid[:, j:j + 1] * (x - self.c[j]) / self.wi[j]
        g["wi"] = np.sum(n2 * delhid / (2 * self.wi ** 2), axis=0)
        return gx, g
