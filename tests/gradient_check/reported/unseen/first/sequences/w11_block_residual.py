# SOURCE: https://github.com/paiml/entrenar/issues/313 (missing second residual skip gradient in a
#     transformer block's backward)
# mistake: of the two skip connections only the first is there on the way back: the gradient goes
#     through the feed-forward part alone
# TRUE: wrong: dx, and W and b of the mixing layer (mix). Right: W and b of both feed-forward
#     layers.
# SAYS: the term grad_output is missing
# cmd: Block --input 2,4,5
import numpy as np


class Linear:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        n = self.x.shape[-1]
        self.dW = self.x.reshape(-1, n).T @ dy.reshape(-1, dy.shape[-1])
        self.db = dy.reshape(-1, dy.shape[-1]).sum(axis=0)
        return dy @ self.W.T


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class CausalMean:
    """each token sees the mean of itself and those before"""
    def forward(self, x):
        T = x.shape[1]
        self.A = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
        return self.A @ x

    def backward(self, dy):
        return self.A.T @ dy


class Block:
    def __init__(self, rng):
        self.mix = [CausalMean(), Linear(5, 5, rng)]
        self.ffn = [Linear(5, 8, rng), ReLU(), Linear(8, 5, rng)]

    def forward(self, x):
        h = x
        for layer in self.mix:
            h = layer.forward(h)
        residual1 = x + h
        h = residual1
        for layer in self.ffn:
            h = layer.forward(h)
        return residual1 + h

    def backward(self, grad_output):
        grad = grad_output
        for layer in reversed(self.ffn):
            grad = layer.backward(grad)
        grad_residual1 = grad
        for layer in reversed(self.mix):
            grad = layer.backward(grad)
        return grad_residual1 + grad
