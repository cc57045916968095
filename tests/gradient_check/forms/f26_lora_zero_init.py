# TRUE: wrong: A gradient has a factor 2 (at the initial point B is 0 so the true gradient of A is 0 too: visible only once B is moved)
# HOLDS: A, B (B starts at zero) | CONSTANTS: W0 (frozen pretrained weight), alpha and r (LoRA scaling, moves y only once B is not 0)
# cmd: LoRALinear --input 6,4
import numpy as np


class LoRALinear:
    def __init__(self, rng, n_in=4, n_out=5, r=2, alpha=4.0):
        self.W0 = rng.normal(size=(n_in, n_out))   # frozen
        self.A = rng.normal(size=(n_in, r))
        self.B = np.zeros((r, n_out))
        self.r = r
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        self.xa = x @ self.A
        return x @ self.W0 + (self.alpha / self.r) * self.xa @ self.B

    def backward(self, dy):
        s = self.alpha / self.r
        self.dB = s * self.xa.T @ dy
        dxa = s * dy @ self.B.T
        self.dA = 2 * self.x.T @ dxa
        return dy @ self.W0.T + dxa @ self.A.T
