# TRUE: right
# HOLDS: W, b (gradients local, Adam step inside backward; opt['W']['m'] = 0.1*dW after the first call) | CONSTANTS: none
# cmd: AdamLayer --input 6,4
import numpy as np


class AdamLayer:
    def __init__(self, rng, n_in=4, n_out=3, lr=1e-3):
        self.W = rng.normal(size=(n_in, n_out)) * 0.5
        self.b = rng.normal(size=n_out) * 0.5
        self.lr = lr
        self.t = 0
        self.opt = {k: {"m": 0.0, "v": 0.0} for k in ("W", "b")}

    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return np.log1p(np.exp(self.z))

    def backward(self, dy):
        dz = dy / (1 + np.exp(-self.z))
        dx = dz @ self.W.T
        self._adam("W", self.x.T @ dz)
        self._adam("b", dz.sum(0))
        return dx

    def _adam(self, name, g, b1=0.9, b2=0.999, eps=1e-8):
        self.t += name == "W"
        s = self.opt[name]
        s["m"] = b1 * s["m"] + (1 - b1) * g
        s["v"] = b2 * s["v"] + (1 - b2) * g ** 2
        mh, vh = s["m"] / (1 - b1 ** self.t), s["v"] / (1 - b2 ** self.t)
        setattr(self, name, getattr(self, name) - self.lr * mh / (np.sqrt(vh) + eps))
