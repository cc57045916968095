# TRUE: wrong: layers[0].b is stepped in the wrong direction (+lr*db)
# HOLDS: layers[0].w, layers[0].b, layers[1].w, layers[1].b (no gradient kept, SGD step rebinding inside backward) | CONSTANTS: none
# cmd: Net --input 6,4
import numpy as np

LR = 0.01


class Hidden:
    def __init__(self, r):
        self.w, self.b = r.normal(size=(4, 5)), r.normal(size=5)

    def forward(self, x):
        self.x, self.o = x, np.tanh(x @ self.w + self.b)
        return self.o

    def backward(self, d):
        d = d * (1 - self.o ** 2)
        out = d @ self.w.T
        self.w = self.w - LR * self.x.T @ d
        self.b = self.b + LR * d.sum(0)
        return out


class Output:
    def __init__(self, r):
        self.w, self.b = r.normal(size=(5, 2)), r.normal(size=2)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, d):
        out = d @ self.w.T
        self.w = self.w - LR * self.x.T @ d
        self.b = self.b - LR * d.sum(0)
        return out


class Net:
    def __init__(self, rng):
        self.layers = [Hidden(rng), Output(rng)]

    def forward(self, x):
        for l in self.layers:
            x = l.forward(x)
        return x

    def backward(self, dy):
        for l in self.layers[::-1]:
            dy = l.backward(dy)
        return dy
