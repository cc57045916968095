# SOURCE: style of minGPT / llm.c ports to NumPy (one fused qkv projection, causal mask, heads by
#     reshape); known style
# mistake: none
# TRUE: right
# cmd: CausalSelfAttention --n_embd 4 --n_head 2 --input 2,3,4
import numpy as np


class CausalSelfAttention:
    def __init__(self, rng, n_embd=4, n_head=2):
        self.n_head = n_head
        self.params = {"c_attn.w": rng.standard_normal((n_embd, 3 * n_embd)) * 0.7,
                       "c_attn.b": rng.standard_normal(3 * n_embd) * 0.2,
                       "c_proj.w": rng.standard_normal((n_embd, n_embd)) * 0.7,
                       "c_proj.b": np.zeros(n_embd)}
        self.grads = {}

    def _split(self, a):
        B, T, C = a.shape
        return a.reshape(B, T, self.n_head, C // self.n_head).swapaxes(1, 2)

    def _merge(self, a):
        B, H, T, D = a.shape
        return a.swapaxes(1, 2).reshape(B, T, H * D)

    def forward(self, x):
        p = self.params
        q, k, v = (self._split(a) for a in np.split(x @ p["c_attn.w"] + p["c_attn.b"], 3, axis=-1))
        T = x.shape[1]
        att = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
        att = np.where(np.tril(np.ones((T, T), dtype=bool)), att, -np.inf)
        att = np.exp(att - att.max(-1, keepdims=True))
        att /= att.sum(-1, keepdims=True)
        y = self._merge(att @ v)
        return y @ p["c_proj.w"] + p["c_proj.b"], (x, q, k, v, att, y)

    def backward(self, dout, cache):
        x, q, k, v, att, y = cache
        p, C = self.params, x.shape[-1]
        self.grads["c_proj.w"] = y.reshape(-1, C).T @ dout.reshape(-1, C)
        self.grads["c_proj.b"] = dout.sum((0, 1))
        dy = self._split(dout @ p["c_proj.w"].T)
        dv = att.swapaxes(-1, -2) @ dy
        datt = dy @ v.swapaxes(-1, -2)
        dpre = att * (datt - (datt * att).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
        dqkv = np.concatenate([self._merge(a) for a in (dpre @ k, dpre.swapaxes(-1, -2) @ q, dv)], axis=-1)
        self.grads["c_attn.w"] = x.reshape(-1, C).T @ dqkv.reshape(-1, 3 * C)
        self.grads["c_attn.b"] = dqkv.sum((0, 1))
        return dqkv @ p["c_attn.w"].T
