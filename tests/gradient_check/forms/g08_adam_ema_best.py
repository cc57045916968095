# TRUE: right
# HOLDS: self.theta['W'], self.theta['V'], self.theta['c'] | CONSTANTS: none
# cmd: EmaNet --input 6,4
import numpy as np


class EmaNet:
    def __init__(self, d=4, beta1=0.9, beta2=0.99, decay=0.9, rng=None):
        rng = rng or np.random.default_rng(8)
        self.beta1, self.beta2, self.decay, self.t = beta1, beta2, decay, 0
        self.theta = {'W': rng.normal(size=(d, d)) * .4,
                      'V': rng.normal(size=(d, d)) * .4,
                      'c': rng.normal(size=d) * .1}
        self.theta_ema = {k: v.copy() for k, v in self.theta.items()}
        self.theta_best = {k: v.copy() for k, v in self.theta.items()}
        self.m = {k: np.zeros_like(v) for k, v in self.theta.items()}
        self.v = {k: np.zeros_like(v) for k, v in self.theta.items()}
        self.g = {}

    def forward(self, x):
        h = np.tanh(x @ self.theta['W'] + self.theta['c'])
        y = h @ self.theta['V']
        self.cache = {'x': x, 'h': h, 'y': y}
        return y

    def backward(self, dy):
        x, h = self.cache['x'], self.cache['h']
        self.g['V'] = h.T @ dy
        dz = dy @ self.theta['V'].T * (1 - h * h)
        self.g['W'] = x.T @ dz
        self.g['c'] = dz.sum(0)
        self.t += 1
        for k, gk in self.g.items():
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * gk
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * gk ** 2
            self.theta_ema[k] = self.decay * self.theta_ema[k] + (1 - self.decay) * self.theta[k]
        return dz @ self.theta['W'].T
