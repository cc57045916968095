# TRUE: wrong: tau (dtau divides by tau once instead of twice)
# HOLDS: self.W, self.b, self.tau | CONSTANTS: none
# cmd: SoftmaxHead --input 6,4
import numpy as np


class SoftmaxHead:
    """softmax((xW + b) / tau) with a learnt temperature."""

    def __init__(self, n_feat=4, n_class=4, tau=1.7, rng=None):
        rng = rng or np.random.default_rng(31)
        self.W = rng.normal(0, 1, (n_feat, n_class))
        self.b = rng.normal(0, .3, n_class)
        self.tau = float(tau)

    def forward(self, x):
        self.x = x
        self.logits = x @ self.W + self.b
        s = self.logits / self.tau
        e = np.exp(s - s.max(axis=1, keepdims=True))
        self.probs = e / e.sum(axis=1, keepdims=True)
        return self.probs

    def backward(self, dy):
        ds = self.probs * (dy - (dy * self.probs).sum(axis=1, keepdims=True))
        self.dtau = float(-(ds * self.logits).sum() / self.tau)
        self.dlogits = ds / self.tau
        self.dW = self.x.T @ self.dlogits
        self.db = self.dlogits.sum(axis=0)
        return self.dlogits @ self.W.T
