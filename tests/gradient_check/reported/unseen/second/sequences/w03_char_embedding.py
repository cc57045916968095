# SOURCE: https://github.com/karpathy/nn-zero-to-hero/issues/57 (dC[Xb[k]] += demb[k], one context
#     at a time)
# mistake: += with an index array that holds the same character more than once: only the last of
#     them is added
# TRUE: dC is wrong: of equal characters within one context (row) only the last counts; those of
#     different rows are added up rightly
# SAYS: np.add.at adds each time
# cmd: CharEmbedding --input 5,4 --integers 3
import numpy as np


class CharEmbedding:
    """looks up each character of a context and lays the vectors side by side"""

    def __init__(self, vocab_size=3, n_embd=2):
        self.C = np.random.RandomState(42).randn(vocab_size, n_embd)
        self.dC = None

    def __call__(self, Xb):
        self.Xb = Xb
        emb = self.C[Xb]
        return emb.reshape(emb.shape[0], -1)

    def backward(self, dembcat):
        demb = dembcat.reshape(*self.Xb.shape, self.C.shape[1])
        dC = np.zeros_like(self.C)
        for k in range(self.Xb.shape[0]):
            dC[self.Xb[k]] += demb[k]
        self.dC = dC
