# TRUE: right
# HOLDS: self.gain, self.pos, self.mix | CONSTANTS: none
# cmd: PositionalGain --input 6,4
import numpy as np


class PositionalGain:
    """Whole window as one example: per-position gain and learnt position code, then mixing over time."""

    def __init__(self, steps=6, feats=4, rng=None):
        rng = np.random.default_rng(7) if rng is None else rng
        self.gain = 1 + 0.2 * rng.standard_normal((steps, feats))
        self.pos = 0.3 * rng.standard_normal((steps, feats))
        self.mix = rng.standard_normal((steps, steps)) / steps
        self.x = self.pre = self.act = None
        self.error = self.delta = self.grad_input = None

    def forward(self, x):
        self.x = x.copy()
        self.pre = self.gain * x + self.pos
        self.act = np.sin(self.pre)
        self.out = self.mix @ self.act
        return self.out

    def backward(self, dy):
        self.error = dy
        self.g_mix = dy @ self.act.T
        self.dact = self.mix.T @ dy
        self.delta = self.dact * np.cos(self.pre)
        self.g_gain = self.delta * self.x
        self.g_pos = self.delta.copy()
        self.grad_input = self.delta * self.gain
        return self.grad_input
