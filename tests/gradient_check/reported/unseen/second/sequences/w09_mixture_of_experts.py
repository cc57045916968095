# SOURCE: softmax without the sum term: https://github.com/HomericIntelligence/Odyssey/issues/2134
#     (and every other forum); the path through the gate forgotten in dx: known slip, no thread at
#     hand. Param objects with .v and .d as in LSTM tutorials.
# mistake: two: the softmax of the gate is differentiated as p (1 - p); dx goes through the experts
#     alone
# TRUE: gate weight Wg and bias bg wrong (diagonal of the softmax Jacobian only); dx wrong (the path
#     through the gate is missing); weights and biases of the experts right
# OPEN: true: each number of the softmax gate depends on all of its row
# cmd: MixtureOfExperts --input 6,4
import numpy as np


class Param:
    def __init__(self, value):
        self.v = value
        self.d = np.zeros_like(value)


class Expert:
    def __init__(self, rng, n_in, n_out):
        self.W = Param(rng.standard_normal((n_in, n_out)))
        self.b = Param(rng.standard_normal(n_out))

    def forward(self, x):
        return x @ self.W.v + self.b.v

    def backward(self, dy, x):
        self.W.d = x.T @ dy
        self.b.d = dy.sum(axis=0)
        return dy @ self.W.v.T


class MixtureOfExperts:
    def __init__(self, rng):
        self.experts = [Expert(rng, 4, 2) for _ in range(3)]
        self.Wg = Param(rng.standard_normal((4, 3)))
        self.bg = Param(np.zeros(3))

    def forward(self, x):
        s = x @ self.Wg.v + self.bg.v
        e = np.exp(s - s.max(axis=1, keepdims=True))
        gate = e / e.sum(axis=1, keepdims=True)
        outs = [ex.forward(x) for ex in self.experts]
        y = sum(gate[:, k:k + 1] * outs[k] for k in range(3))
        return y, (x, gate, outs)

    def backward(self, dy, cache):
        x, gate, outs = cache
        dx = np.zeros_like(x)
        dgate = np.zeros_like(gate)
        for k, ex in enumerate(self.experts):
            dgate[:, k] = (dy * outs[k]).sum(axis=1)
            dx += ex.backward(gate[:, k:k + 1] * dy, x)
        ds = dgate * gate * (1 - gate)
        self.Wg.d = x.T @ ds
        self.bg.d = ds.sum(axis=0)
        return dx
