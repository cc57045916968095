# TRUE: right
# HOLDS: self.W_bar, self.b | CONSTANTS: self.u
# cmd: SNLinear --input 6,4
# NOTE: u is the power iteration vector, converged at the start, so it moves y only to second order
import numpy as np


def l2n(v, eps=1e-12):
    return v / (np.linalg.norm(v) + eps)


class SNLinear:
    """Linear layer with spectral normalisation; u is refreshed by one power iteration per forward."""

    def __init__(self, n_in=4, n_out=4, warmup=500, rng=None):
        rng = rng or np.random.default_rng(27)
        self.W_bar = rng.normal(size=(n_in, n_out))
        self.b = rng.normal(size=n_out) * 0.1
        self.u = l2n(rng.normal(size=n_in))
        for _ in range(warmup):
            self.u = l2n(self.W_bar @ l2n(self.W_bar.T @ self.u))

    def forward(self, x):
        v = l2n(self.W_bar.T @ self.u)
        self.u = l2n(self.W_bar @ v)
        sigma = self.u @ self.W_bar @ v
        W = self.W_bar / sigma
        return x @ W + self.b, (x, W, sigma, self.u.copy(), v)

    def backward(self, dy, cache):
        x, W, sigma, u, v = cache
        self.grad_W = x.T @ dy                                   # w.r.t. the normalised matrix
        self.grad_W_bar = (self.grad_W - np.sum(self.grad_W * W) * np.outer(u, v)) / sigma
        self.grad_b = dy.sum(0)
        return dy @ W.T
