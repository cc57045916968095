# TRUE: wrong: the scale vector s held by the closure of the lambdas never gets a gradient
# HOLDS: W, s (closure variable of stages[1][0], no attribute) | CONSTANTS: none
# cmd: Pipeline --input 6,4
import numpy as np


class Pipeline:
    def __init__(self, rng=None):
        rng = np.random.default_rng(3) if rng is None else rng
        self.W = rng.normal(size=(4, 5))
        s = rng.uniform(0.5, 1.5, size=5)      # learnable scale
        self.stages = [
            (lambda x: x @ self.W, lambda g: g @ self.W.T),
            (lambda x: x * s, lambda g: g * s),
            (np.sin, None),
        ]

    def forward(self, x):
        self.x = x
        u = self.stages[0][0](x)
        self.v = self.stages[1][0](u)
        return self.stages[2][0](self.v)

    def backward(self, dy):
        dv = dy * np.cos(self.v)
        du = self.stages[1][1](dv)
        self.dW = self.x.T @ du
        return self.stages[0][1](du)
