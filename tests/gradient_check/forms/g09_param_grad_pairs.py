# TRUE: right
# HOLDS: self.pairs[0][0], self.pairs[1][0], self.pairs[2][0], self.pairs[3][0] | CONSTANTS: none
# cmd: PairMLP --input 6,4
import numpy as np


class PairMLP:
    # every entry of self.pairs is [param, grad]; order W1, b1, W2, b2
    def __init__(self, sizes=(4, 6, 4), rng=None):
        gen = rng or np.random.default_rng(9)
        self.pairs = []
        for a, b in zip(sizes, sizes[1:]):
            for shape in ((a, b), (b,)):
                p = gen.uniform(-.6, .6, shape)
                self.pairs.append([p, np.zeros_like(p)])
        self.init = [p.copy() for p, _ in self.pairs]     # for the distance-from-init plot
        self.steps = 0

    def dist(self):
        return sum(((p - q) ** 2).sum() for (p, _), q in zip(self.pairs, self.init))

    def forward(self, x):
        (W1, _), (b1, _), (W2, _), (b2, _) = self.pairs
        z = x @ W1 + b1
        a = np.where(z > 0, z, 0.1 * z)
        return a @ W2 + b2, (x, z, a)

    def backward(self, dy, cache):
        x, z, a = cache
        W1, W2 = self.pairs[0][0], self.pairs[2][0]
        dz = (dy @ W2.T) * np.where(z > 0, 1.0, 0.1)
        new = [x.T @ dz, dz.sum(0), a.T @ dy, dy.sum(0)]
        for pair, g in zip(self.pairs, new):
            pair[1] = g
        self.steps += 1
        return dz @ W1.T
