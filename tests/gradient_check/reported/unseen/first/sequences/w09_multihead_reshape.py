# SOURCE: https://github.com/huggingface/diffusers/pull/14341 (layout (B,S,H,D) against (B,H,S,D)
#     mixed up in attention backward); in NumPy the known form is a bare reshape to heads
# mistake: on the way back the gradient of the merged heads is reshaped straight to (B, H, T, d),
#     without the transpose
# TRUE: wrong: Wqkv (all of it), dx. Right: Wo, bo.
# OPEN: unknown
# cmd: MultiHeadAttention --input 2,3,4
import numpy as np


class MultiHeadAttention:
    n_heads = 2

    def __init__(self, rng):
        self.Wqkv = rng.normal(size=(4, 12)) / 2
        self.Wo = rng.normal(size=(4, 4)) / 2
        self.bo = np.zeros(4)

    def __call__(self, x):
        B, T, C = x.shape
        H, d = self.n_heads, C // self.n_heads
        qkv = (x @ self.Wqkv).reshape(B, T, 3, H, d).transpose(2, 0, 3, 1, 4)
        q, k, v = qkv
        s = q @ k.swapaxes(-1, -2) * d ** -0.5
        s = np.exp(s - s.max(-1, keepdims=True))
        w = s / s.sum(-1, keepdims=True)
        merged = (w @ v).transpose(0, 2, 1, 3).reshape(B, T, C)
        self.saved = dict(x=x, q=q, k=k, v=v, w=w, merged=merged)
        return merged @ self.Wo + self.bo

    def backward(self, grad):
        x, q, k, v, w, merged = self.saved.values()
        B, T, C = x.shape
        H, d = self.n_heads, C // self.n_heads
        self.Wo_grad = np.einsum("btc,bte->ce", merged, grad)
        self.bo_grad = grad.sum((0, 1))
        g = (grad @ self.Wo.T).reshape(B, H, T, d)
        gv = w.swapaxes(-1, -2) @ g
        gw = g @ v.swapaxes(-1, -2)
        gs = w * (gw - (gw * w).sum(-1, keepdims=True)) * d ** -0.5
        gq = gs @ k
        gk = gs.swapaxes(-1, -2) @ q
        gqkv = np.stack([gq, gk, gv]).transpose(1, 3, 0, 2, 4).reshape(B, T, 3 * C)
        self.Wqkv_grad = np.einsum("btc,bte->ce", x, gqkv)
        return gqkv @ self.Wqkv.T
