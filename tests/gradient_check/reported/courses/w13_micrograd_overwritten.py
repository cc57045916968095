# SOURCE: https://github.com/karpathy/nn-zero-to-hero/issues/52 (the note in the notebook: "in the
#     video I incorrectly used = instead of +=")
# mistake: a layer is used twice; its backward writes grad = ... where it must add
# TRUE: the gradients of w and b are wrong: only the part of the layer's first use is left (written
#     last), the second use's is overwritten; the input's gradient is right, so is that of the
#     output weights (head)
# SAYS: self.w.grad is written over
# SAYS: self.b.grad is written over
# cmd: WeightShared --input 5,4
import numpy as np


class Param:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Linear:
    def __init__(self, rng, nin, nout):
        self.w = Param(rng.uniform(-1, 1, (nin, nout)))
        self.b = Param(rng.uniform(-1, 1, (nout,)))

    def __call__(self, x):
        return x @ self.w.data + self.b.data

    def backward(self, x, g):
        self.w.grad = x.T @ g
        self.b.grad = g.sum(0)
        return g @ self.w.data.T


class WeightShared:
    """two steps through one and the same layer, then a head"""

    def __init__(self, rng):
        self.lin = Linear(rng, 4, 4)
        self.head = Linear(rng, 4, 2)

    def parameters(self):
        return [self.lin.w, self.lin.b, self.head.w, self.head.b]

    def __call__(self, x):
        self.x = x
        self.h1 = np.tanh(self.lin(x))
        self.h2 = np.tanh(self.lin(self.h1))
        return self.head(self.h2)

    def backward(self, g):
        g = self.head.backward(self.h2, g)
        g = self.lin.backward(self.h1, g * (1 - self.h2 ** 2))
        return self.lin.backward(self.x, g * (1 - self.h1 ** 2))
