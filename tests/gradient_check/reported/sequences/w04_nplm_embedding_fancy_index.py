# SOURCE: https://github.com/karpathy/nn-zero-to-hero/issues/57 (makemore lecture 4: dC[Xb[k]] +=
#     demb[k])
# mistake: += with a list of indices: a character that stands twice in one context gets only the
#     last of its rows
# TRUE: dC wrong: repeated indices within one context (one row of Xb) are not summed, only the last
#     one counts (rows of C without repetition are right); dW1, db1, dW2, db2 right
# SAYS: np.add.at(self.dC, (self.Xb[k],), demb[k])
# cmd: MLP --input 6,4 --integers 5
import numpy as np


class MLP:
    block_size, n_embd, n_hidden, vocab_size = 4, 3, 7, 5

    def __init__(self, rng):
        self.C = rng.normal(size=(self.vocab_size, self.n_embd))
        self.W1 = rng.normal(size=(self.n_embd * self.block_size, self.n_hidden)) * 0.3
        self.b1 = rng.normal(size=self.n_hidden) * 0.1
        self.W2 = rng.normal(size=(self.n_hidden, self.vocab_size)) * 0.3
        self.b2 = rng.normal(size=self.vocab_size) * 0.1

    def __call__(self, Xb):
        self.Xb = Xb
        self.emb = self.C[Xb]
        self.embcat = self.emb.reshape(len(Xb), -1)
        self.h = np.tanh(self.embcat @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def backward(self, dlogits):
        dh = dlogits @ self.W2.T
        self.dW2 = self.h.T @ dlogits
        self.db2 = dlogits.sum(0)
        dhpreact = (1.0 - self.h ** 2) * dh
        dembcat = dhpreact @ self.W1.T
        self.dW1 = self.embcat.T @ dhpreact
        self.db1 = dhpreact.sum(0)
        demb = dembcat.reshape(self.emb.shape)
        self.dC = np.zeros_like(self.C)
        for k in range(self.Xb.shape[0]):
            self.dC[self.Xb[k]] += demb[k]
