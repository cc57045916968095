# SOURCE: style of small frameworks with Parameter objects (.data, .grad); the block is the one of
#     flax's HOWTO, channels last
# mistake: none
# TRUE: right
# cmd: SEBlock --input 2,3,4,6
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class SEBlock:
    def __init__(self, rng, channels=6, hidden=3):
        self.reduce_w = Parameter(rng.standard_normal((channels, hidden)))
        self.reduce_b = Parameter(0.3 * rng.standard_normal(hidden))
        self.expand_w = Parameter(rng.standard_normal((hidden, channels)))
        self.expand_b = Parameter(np.zeros(channels))

    def parameters(self):
        return [self.reduce_w, self.reduce_b, self.expand_w, self.expand_b]

    def __call__(self, x):
        self.x = x
        self.pool = x.mean(axis=(1, 2))
        self.pre = self.pool @ self.reduce_w.data + self.reduce_b.data
        self.act = self.pre / (1 + np.exp(-self.pre))                    # swish
        self.gate = 1 / (1 + np.exp(-(self.act @ self.expand_w.data + self.expand_b.data)))
        return x * self.gate[:, None, None, :]

    def backward(self, dy):
        n, h, w, c = self.x.shape
        dgate = (dy * self.x).sum(axis=(1, 2)) * self.gate * (1 - self.gate)
        self.expand_w.grad = self.act.T @ dgate
        self.expand_b.grad = dgate.sum(axis=0)
        sig = 1 / (1 + np.exp(-self.pre))
        dpre = (dgate @ self.expand_w.data.T) * (sig + self.act * (1 - sig))
        self.reduce_w.grad = self.pool.T @ dpre
        self.reduce_b.grad = dpre.sum(axis=0)
        dpool = dpre @ self.reduce_w.data.T
        return dy * self.gate[:, None, None, :] + dpool[:, None, None, :] / (h * w)
