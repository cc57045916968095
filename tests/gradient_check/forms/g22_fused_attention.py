# TRUE: wrong: W_qkv (dW_qkv has the k and v blocks in swapped order)
# HOLDS: self.W_qkv, self.W_o | CONSTANTS: none
# cmd: SelfAttention --input 6,4
import numpy as np


def softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class SelfAttention:
    def __init__(self, d_model=4, rng=None):
        rng = rng or np.random.default_rng(22)
        self.d = d_model
        self.W_qkv = rng.standard_normal((d_model, 3 * d_model)) * 0.5
        self.W_o = rng.standard_normal((d_model, d_model)) * 0.5

    def forward(self, x):
        q, k, v = np.split(x @ self.W_qkv, 3, axis=-1)
        att = softmax(q @ k.T / np.sqrt(self.d))
        ctx = att @ v
        return ctx @ self.W_o, (x, q, k, v, att, ctx)

    def backward(self, dout, cache):
        x, q, k, v, att, ctx = cache
        self.dW_o = ctx.T @ dout
        dctx = dout @ self.W_o.T
        dv = att.T @ dctx
        datt = dctx @ v.T
        ds = att * (datt - (datt * att).sum(-1, keepdims=True)) / np.sqrt(self.d)
        dq, dk = ds @ k, ds.T @ q
        self.dW_qkv = x.T @ np.concatenate([dq, dv, dk], axis=-1)
        dqkv = np.concatenate([dq, dk, dv], axis=-1)
        return dqkv @ self.W_qkv.T
