# TRUE: right
# HOLDS: self.w_1, self.b_1, self.w_2, self.b_2, self.ls_gamma | CONSTANTS: none
# cmd: LayerScaleMLP --input 6,4
import numpy as np


class LayerScaleMLP:
    """CaiT / ConvNeXt block: x + gamma * MLP(x) with gamma starting at 1e-6."""

    def __init__(self, dim=4, hidden=6, init_value=1e-6, rng=None):
        rng = rng or np.random.default_rng(32)
        self.w_1 = rng.normal(0, .5, (dim, hidden))
        self.b_1 = np.zeros(hidden)
        self.w_2 = rng.normal(0, .5, (hidden, dim))
        self.b_2 = np.zeros(dim)
        self.ls_gamma = init_value * np.ones(dim)

    def forward(self, x):
        h = np.tanh(x @ self.w_1 + self.b_1)
        f = h @ self.w_2 + self.b_2
        self.tmp = (x, h, f)
        return x + self.ls_gamma * f

    def backward(self, dy):
        x, h, f = self.tmp
        self.dls_gamma = np.sum(dy * f, axis=0)
        df = dy * self.ls_gamma
        self.dw2, self.db2 = h.T @ df, df.sum(0)
        dz = (df @ self.w_2.T) * (1 - h * h)
        self.dw1, self.db1 = x.T @ dz, dz.sum(0)
        return dy + dz @ self.w_1.T
