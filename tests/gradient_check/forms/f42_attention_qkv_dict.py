# TRUE: wrong: proj[1] (the key matrix) gradient misses the 1/sqrt(d) scale
# HOLDS: proj[0], proj[1], proj[2] | CONSTANTS: scale
# cmd: SelfAttention --input 6,4
import numpy as np


class SelfAttention:
    def __init__(self, rng, d_model=4, d_head=3):
        self.proj = tuple(rng.normal(size=(d_model, d_head)) * 0.7 for _ in "qkv")
        self.scale = d_head ** -0.5

    def forward(self, x):
        Wq, Wk, Wv = self.proj
        q, k, v = x @ Wq, x @ Wk, x @ Wv
        s = q @ k.T * self.scale
        a = np.exp(s - s.max(axis=1, keepdims=True))
        a /= a.sum(axis=1, keepdims=True)
        self.saved = x, q, k, v, a
        return a @ v

    def backward(self, dy):
        Wq, Wk, Wv = self.proj
        x, q, k, v, a = self.saved
        dv = a.T @ dy
        da = dy @ v.T
        ds = a * (da - (da * a).sum(axis=1, keepdims=True))
        dq = ds @ k * self.scale
        dk = ds.T @ q * self.scale
        dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
        return {"dx": dx, "dproj": (x.T @ dq, x.T @ (ds.T @ q), x.T @ dv)}
