# SOURCE: https://github.com/karpathy/nn-zero-to-hero/issues/57 (dC[Xb[k]] += demb[k] with repeated
#     characters in a context)
# mistake: fancy-index += of a whole context at once: where a character comes twice in one context,
#     only one of the contributions is kept
# TRUE: dC wrong (rows of characters that are repeated within a context); dW1, db1, dW2, db2 right
# SAYS: np.add.at adds each time
# cmd: CharMLP --vocab 4 --input 6,3 --integers 4
import numpy as np


class CharMLP:
    def __init__(self, rng, vocab=4, n_embd=2, block_size=3, n_hidden=5):
        self.C = rng.normal(size=(vocab, n_embd))
        self.W1 = rng.normal(size=(n_embd * block_size, n_hidden)) * 0.4
        self.b1 = rng.normal(size=n_hidden) * 0.1
        self.W2 = rng.normal(size=(n_hidden, vocab)) * 0.4
        self.b2 = np.zeros(vocab)

    def __call__(self, Xb):
        self.Xb = Xb
        self.emb = self.C[Xb]
        self.embcat = self.emb.reshape(len(Xb), -1)
        self.h = np.tanh(self.embcat @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def backward(self, dlogits):
        dh = dlogits @ self.W2.T
        self.dW2, self.db2 = self.h.T @ dlogits, dlogits.sum(0)
        dhpreact = (1.0 - self.h ** 2) * dh
        self.dW1, self.db1 = self.embcat.T @ dhpreact, dhpreact.sum(0)
        demb = (dhpreact @ self.W1.T).reshape(self.emb.shape)
        self.dC = np.zeros_like(self.C)
        for k in range(self.Xb.shape[0]):
            self.dC[self.Xb[k]] += demb[k]
