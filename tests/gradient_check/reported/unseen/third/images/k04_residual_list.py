# SOURCE: list of small layers with a residual wrapper and inverted dropout (np.random in forward),
#     as in many "deep learning library in 100 lines" posts
# mistake: none
# TRUE: right (for the mask that the forward pass drew)
# cmd: Net --input 4,5
import numpy as np

class Linear:
    def __init__(self, w, b):
        self.w, self.b = w, b
    def __call__(self, inp):
        self.inp = inp
        return inp @ self.w + self.b
    def backward(self, g):
        self.dw = self.inp.T @ g
        self.db = g.sum(0)
        return g @ self.w.T

class Softplus:
    def __call__(self, inp):
        self.inp = inp
        return np.logaddexp(0, inp)
    def backward(self, g): return g / (1 + np.exp(-self.inp))

class Dropout:
    def __init__(self, drop):
        self.keep = 1 - drop
    def __call__(self, inp):
        self.mask = np.random.binomial(1, self.keep, size=inp.shape) / self.keep
        return inp * self.mask
    def backward(self, g): return g * self.mask

class Residual:
    def __init__(self, *layers):
        self.layers = layers
    def __call__(self, inp):
        out = inp
        for l in self.layers:
            out = l(out)
        return inp + out
    def backward(self, g):
        skip = g
        for l in reversed(self.layers):
            g = l.backward(g)
        return g + skip

class Net:
    def __init__(self, rng):
        lin = lambda i, o: Linear(rng.standard_normal((i, o)) / i ** 0.5, np.zeros(o))
        self.layers = [Residual(lin(5, 7), Softplus(), Dropout(0.3), lin(7, 5)), lin(5, 2)]
    def __call__(self, x):
        for l in self.layers:
            x = l(x)
        return x
    def backward(self, g):
        for l in reversed(self.layers):
            g = l.backward(g)
        return g
