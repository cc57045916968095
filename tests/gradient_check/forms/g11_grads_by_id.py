# TRUE: right
# HOLDS: self.proj, self.shift, self.readout | CONSTANTS: none
# cmd: IdKeyed --input 6,4
import numpy as np


class IdKeyed:
    """Toy framework: the tape keeps gradients in a dict keyed by id(param)."""

    def __init__(self, dim=4, rng=None):
        rng = rng or np.random.default_rng(11)
        self.proj = rng.standard_normal((dim, dim)) / 2
        self.shift = rng.standard_normal(dim) / 5
        self.readout = rng.standard_normal((dim, dim)) / 2
        self.grads = {}
        self.acts = []

    def parameters(self):
        return [self.proj, self.shift, self.readout]

    def forward(self, x):
        z = x @ self.proj + self.shift
        s = z / (1 + np.abs(z))          # softsign
        self.acts = [x, z, s]
        return s @ self.readout

    def backward(self, dy):
        x, z, s = self.acts
        self.grads = {id(p): np.zeros_like(p) for p in self.parameters()}
        self.grads[id(self.readout)] += s.T @ dy
        ds = dy @ self.readout.T
        dz = ds / (1 + np.abs(z)) ** 2
        self.grads[id(self.proj)] += x.T @ dz
        self.grads[id(self.shift)] += dz.sum(axis=0)
        return dz @ self.proj.T
