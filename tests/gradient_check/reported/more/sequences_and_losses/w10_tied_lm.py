# SOURCE: https://github.com/NVIDIA/TransformerEngine/issues/3437 and pull/3552 (tied weight: the
#     later contribution replaces the earlier)
# mistake: the embedding is the output projection too; the gradient of the lookup is assigned over
#     the one of the projection
# TRUE: dE wrong (only the lookup's part is there; the output projection's part is overwritten); dW,
#     db right
# SAYS: this line clears what self.dE holds already
# cmd: TiedLM --input 6 --integers 7
import numpy as np


class TiedLM:
    vocab, dim, hidden = 7, 4, 4

    def __init__(self, rng):
        self.E = rng.normal(0, 1, (self.vocab, self.dim))
        self.W = rng.normal(0, 1 / 2, (self.dim, self.hidden))
        self.b = np.zeros(self.hidden)

    def __call__(self, idx):
        return self.forward(idx)

    def forward(self, idx):
        self.idx = idx
        self.e = self.E[idx]
        self.h = np.tanh(self.e @ self.W + self.b)
        return self.h @ self.E.T                       # logits, weights shared with the embedding

    def backward(self, dlogits):
        # output layer
        self.dE = dlogits.T @ self.h
        dh = dlogits @ self.E
        # hidden layer
        da = dh * (1 - self.h ** 2)
        self.dW = self.e.T @ da
        self.db = da.sum(axis=0)
        de = da @ self.W.T
        # embedding layer
        self.dE = np.zeros_like(self.E)
        np.add.at(self.dE, self.idx, de)
