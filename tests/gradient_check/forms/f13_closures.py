# TRUE: right
# HOLDS: _fwd.W, _fwd.b | CONSTANTS: none
# cmd: Functional --input 6,4
import numpy as np


def dense(n_in, n_out, rng):
    W = rng.normal(size=(n_in, n_out))
    b = rng.normal(size=n_out)

    def fwd(x):
        return x @ W + b, x

    def bwd(dy, cache):
        return dy @ W.T, {"W": cache.T @ dy, "b": dy.sum(axis=0)}

    return fwd, bwd


class Functional:
    def __init__(self, rng):
        self._fwd, self._bwd = dense(4, 3, rng)

    def forward(self, x):
        return self._fwd(x)

    def backward(self, dy, cache):
        dx, grads = self._bwd(dy, cache)
        return dx, grads
