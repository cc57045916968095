# TRUE: right
# HOLDS: p.Wz, p.Wh, p.bz, p.bh | CONSTANTS: none
# cmd: Highway --input 6,4
from types import SimpleNamespace
import numpy as np

sigm = lambda a: 1 / (1 + np.exp(-a))


class Highway:
    """y = z*h + (1-z)*x"""

    def __init__(self, rng, dim=4):
        self.p = SimpleNamespace(
            Wz=rng.normal(size=(dim, dim)), Wh=rng.normal(size=(dim, dim)),
            bz=-1.0 * np.ones(dim), bh=np.zeros(dim))
        self.g = SimpleNamespace()

    def forward(self, x):
        z = sigm(x @ self.p.Wz + self.p.bz)
        h = np.tanh(x @ self.p.Wh + self.p.bh)
        self.c = SimpleNamespace(x=x, z=z, h=h)
        return z * h + (1 - z) * x

    def backward(self, dy):
        x, z, h = self.c.x, self.c.z, self.c.h
        az = dy * (h - x) * z * (1 - z)
        ah = dy * z * (1 - h ** 2)
        self.g.Wz, self.g.bz = x.T @ az, az.sum(0)
        self.g.Wh, self.g.bh = x.T @ ah, ah.sum(0)
        return dy * (1 - z) + az @ self.p.Wz.T + ah @ self.p.Wh.T
