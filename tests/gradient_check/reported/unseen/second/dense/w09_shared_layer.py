# SOURCE: https://github.com/karpathy/nn-zero-to-hero/issues/52 (note in the code there: "I
#     incorrectly used = instead of +="); here in a small twin network, where the same layer is used
#     on both inputs
# mistake: the gradient of the shared weights is set, not added to: the second way overwrites the
#     first
# TRUE: embed.weight.grad and embed.bias.grad are wrong: the part of the first input's way alone (it
#     goes back last, the second's part is lost); both inputs' gradients are right, head.weight.grad
#     and head.bias.grad are right
# SAYS: self.weight.grad is written over; it is to be added to
# cmd: Siamese --input 4,5 --input 4,5
import numpy as np


class Param:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Linear:
    def __init__(self, rng, n_in, n_out):
        self.weight = Param(rng.normal(0, 0.6, (n_in, n_out)))
        self.bias = Param(rng.normal(0, 0.1, n_out))

    def __call__(self, x):
        return x @ self.weight.data + self.bias.data

    def back(self, dy, x):
        self.weight.grad = x.T @ dy
        self.bias.grad = dy.sum(0)
        return dy @ self.weight.data.T


class Siamese:
    def __init__(self, rng):
        self.embed = Linear(rng, 5, 3)
        self.head = Linear(rng, 3, 2)

    def forward(self, a, b):
        ea, eb = np.tanh(self.embed(a)), np.tanh(self.embed(b))
        d = (ea - eb) ** 2
        return self.head(d), (a, b, ea, eb, d)

    def backward(self, dy, cache):
        a, b, ea, eb, d = cache
        dd = self.head.back(dy, d)
        diff = 2 * (ea - eb) * dd
        db = self.embed.back(-diff * (1 - eb ** 2), b)
        da = self.embed.back(diff * (1 - ea ** 2), a)
        return da, db
