# TRUE: right
# HOLDS: self.online['W1'], self.online['b1'], self.online['W2'] | CONSTANTS: self.target['W1'], self.target['b1'], self.target['W2'], self.discount
# cmd: QDiff --input 6,4
import numpy as np


def q_values(p, s):
    h = np.tanh(s @ p['W1'] + p['b1'])
    return h @ p['W2'], h


class QDiff:
    """TD-like head: online(s) - discount * target(s). The target is a slow copy, never trained directly."""

    def __init__(self, n_obs=4, n_act=4, discount=0.9, tau=0.05, rng=None):
        rng = rng or np.random.default_rng(40)
        self.discount, self.tau = discount, tau
        self.online = {'W1': rng.normal(0, .5, (n_obs, 4)), 'b1': rng.normal(0, .1, 4),
                       'W2': rng.normal(0, .5, (4, n_act))}
        self.target = {k: v + rng.normal(0, .05, v.shape) for k, v in self.online.items()}
        self.grad = {}

    def forward(self, s):
        q, self.h = q_values(self.online, s)
        qt, self.ht = q_values(self.target, s)
        self.s = s
        return q - self.discount * qt

    def backward(self, dq):
        p, t = self.online, self.target
        dz = dq @ p['W2'].T * (1 - self.h ** 2)
        self.grad = {'W1': self.s.T @ dz, 'b1': dz.sum(0), 'W2': self.h.T @ dq}
        dzt = -self.discount * dq @ t['W2'].T * (1 - self.ht ** 2)
        return dz @ p['W1'].T + dzt @ t['W1'].T

    def sync(self):
        for k in self.target:
            self.target[k] = (1 - self.tau) * self.target[k] + self.tau * self.online[k]
