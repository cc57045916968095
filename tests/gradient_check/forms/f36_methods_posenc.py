# TRUE: wrong: Wo gradient (gradients()[1]) uses x Wi instead of h = x Wi + pe (wrong input)
# HOLDS: Wi, Wo | CONSTANTS: pe (sinusoidal positional encoding)
# cmd: PosEmbed --input 6,4
import numpy as np


class PosEmbed:
    def __init__(self, rng, d_in=4, d_model=6, max_len=32):
        self.Wi = rng.normal(size=(d_in, d_model)) * 0.5
        self.Wo = rng.normal(size=(d_model, 3)) * 0.5
        pos = np.arange(max_len)[:, None]
        i = np.arange(d_model)[None, :]
        ang = pos / 10000 ** (2 * (i // 2) / d_model)
        self.pe = np.where(i % 2 == 0, np.sin(ang), np.cos(ang))

    def parameters(self):
        return [self.Wi, self.Wo]

    def gradients(self):
        return [self._gi, self._go]

    def forward(self, x):
        self._x = x
        self._e = x @ self.Wi
        self._h = self._e + self.pe[: x.shape[0]]
        return self._h @ self.Wo

    def backward(self, dy):
        self._go = self._e.T @ dy
        dh = dy @ self.Wo.T
        self._gi = self._x.T @ dh
        return dh @ self.Wi.T
