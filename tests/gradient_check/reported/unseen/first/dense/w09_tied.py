# SOURCE: http://stackoverflow.com/questions/6607141/derivativecheck-fails-with-minfunc (autoencoder
#     with tied weights; the check fails); the answer in
#     https://stats.stackexchange.com/questions/239943/autoencoders-gradient-when-using-tied-weights
# mistake: W is used in the encoder and (transposed) in the decoder, its gradient is taken from the
#     decoder alone
# TRUE: gW wrong: the encoder's part x.T @ delta_h is missing; gbhid, gbvis and the gradient of x
#     right
# SAYS: the term x.T @ delta_h is missing
# cmd: TiedAutoencoder --input 6,5 --n_visible 5 --n_hidden 3
import numpy as np


def sigm(a):
    return 1.0 / (1.0 + np.exp(-a))


class TiedAutoencoder(object):
    def __init__(self, n_visible, n_hidden):
        r = np.random.RandomState(123)
        bound = 4 * np.sqrt(6.0 / (n_hidden + n_visible))
        self.W = r.uniform(-bound, bound, (n_visible, n_hidden))
        self.bhid = np.zeros(n_hidden)
        self.bvis = np.zeros(n_visible)

    def forward(self, x):
        h = sigm(np.dot(x, self.W) + self.bhid)
        z = sigm(np.dot(h, self.W.T) + self.bvis)
        return z, (x, h, z)

    def backward(self, dz, cache):
        x, h, z = cache
        delta_o = dz * z * (1 - z)
        self.gW = np.dot(delta_o.T, h)
        self.gbvis = delta_o.sum(axis=0)
        delta_h = np.dot(delta_o, self.W) * h * (1 - h)
        self.gbhid = delta_h.sum(axis=0)
        return np.dot(delta_h, self.W.T)
