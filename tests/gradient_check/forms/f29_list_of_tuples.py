# TRUE: right
# HOLDS: params[0][0], params[0][1], params[1][0], params[1][1] | CONSTANTS: temperature
# cmd: TupleNet --input 6,4
import numpy as np


class TupleNet:
    def __init__(self, rng, sizes=(4, 6, 3), temperature=2.0):
        self.params = [(rng.normal(size=(m, n)) / np.sqrt(m), rng.normal(size=n) * .1)
                       for m, n in zip(sizes, sizes[1:])]
        self.temperature = temperature

    def forward(self, x):
        acts = [x]
        for W, b in self.params:
            x = np.tanh(x @ W + b)
            acts.append(x)
        e = np.exp(x / self.temperature)
        p = e / e.sum(axis=1, keepdims=True)
        return p, (acts, p)

    def backward(self, dy, cache):
        acts, p = cache
        g = p * (dy - (dy * p).sum(axis=1, keepdims=True)) / self.temperature
        grads = []
        for (W, b), a_in, a_out in zip(self.params[::-1], acts[-2::-1], acts[::-1]):
            g = g * (1 - a_out ** 2)
            grads.append((a_in.T @ g, g.sum(0)))
            g = g @ W.T
        return g, grads[::-1]
