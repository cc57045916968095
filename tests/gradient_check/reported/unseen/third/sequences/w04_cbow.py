# SOURCE: https://github.com/facebookresearch/fastText/issues/910 and
#     https://github.com/piskvorky/gensim/issues/697 (koan: "A Corrected CBOW Implementation", arXiv
#     2012.15332)
# mistake: the context vectors are averaged on the way in, but each of them gets the full error on
#     the way back, not its 1/C part
# TRUE: the gradient of syn0 is C = 4 times too large (1 / number of context words missing); the
#     gradient of syn1 is right
# OPEN: unknown
# cmd: CBOW --vocab 6 --dim 3 --input 5,4 --integers 6
import numpy as np


class CBOW:
    def __init__(self, rng, vocab=6, dim=3):
        self.syn0 = rng.uniform(-0.5, 0.5, (vocab, dim))
        self.syn1 = rng.uniform(-0.5, 0.5, (vocab, dim))

    def forward(self, context_words):
        neu1 = self.syn0[context_words].mean(axis=1)
        return neu1.dot(self.syn1.T), (context_words, neu1)

    def backward(self, error, cache):
        context_words, neu1 = cache
        self.grad_syn1 = error.T.dot(neu1)
        neu1e = error.dot(self.syn1)
        self.grad_syn0 = np.zeros_like(self.syn0)
        for n, words in enumerate(context_words):
            for w in words:
                self.grad_syn0[w] += neu1e[n]
