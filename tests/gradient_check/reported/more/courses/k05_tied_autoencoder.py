# SOURCE: style of the old Theano-tutorial denoising autoencoder (deeplearning.net dA.py, W_prime =
#     W.T) done by hand in NumPy; all weights are views of one flat theta, as in UFLDL /
#     scipy.optimize exercises
# mistake: none
# TRUE: right (W is used twice and its gradient is the sum of both uses; grad is flat like theta)
# cmd: TiedAutoencoder --n_visible 5 --n_hidden 3 --input 4,5
import numpy as np


class TiedAutoencoder:
    def __init__(self, n_visible=5, n_hidden=3):
        n_w = n_visible * n_hidden
        self.theta = np.random.RandomState(11).uniform(-0.8, 0.8, n_w + n_hidden + n_visible)
        self.W = self.theta[:n_w].reshape(n_visible, n_hidden)
        self.bhid = self.theta[n_w:n_w + n_hidden]
        self.bvis = self.theta[n_w + n_hidden:]

    def forward(self, x):
        h = 1 / (1 + np.exp(-(x @ self.W + self.bhid)))
        z = np.tanh(h @ self.W.T + self.bvis)
        return z, dict(x=x, h=h, z=z)

    def backward(self, dz, cache):
        x, h, z = cache['x'], cache['h'], cache['z']
        d_vis = dz * (1 - z ** 2)
        d_hid = d_vis @ self.W * h * (1 - h)
        grad_W = x.T @ d_hid + d_vis.T @ h
        self.grad = np.concatenate([grad_W.ravel(), d_hid.sum(0), d_vis.sum(0)])
        return d_hid @ self.W.T
