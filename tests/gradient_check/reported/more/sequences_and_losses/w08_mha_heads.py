# SOURCE: https://primer.edge.bond/ml-coding/3-attention/ (warns of it: reshape to (B, H, T, d)
#     directly interleaves the heads); known slip, here in the backward pass alone
# mistake: backward splits the gradient of the merged heads by reshape(B, H, T, d) where forward had
#     transposed: heads and positions are mixed up
# TRUE: dW_q, dW_k, dW_v and dx wrong (the gradient goes to the wrong heads and positions); dW_o and
#     db_o right
# SAYS: reshape(B, T, self.num_heads, self.head_dim).transpose(0, 2, 1, 3)
# cmd: MultiHeadSelfAttention --embed_dim 6 --num_heads 2 --input 2,3,6
import numpy as np


class MultiHeadSelfAttention:
    def __init__(self, embed_dim, num_heads):
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.head_dim = embed_dim // num_heads
        self.W_q = np.random.randn(embed_dim, embed_dim) * 0.4
        self.W_k = np.random.randn(embed_dim, embed_dim) * 0.4
        self.W_v = np.random.randn(embed_dim, embed_dim) * 0.4
        self.W_o = np.random.randn(embed_dim, embed_dim) * 0.4
        self.b_o = np.zeros(embed_dim)

    def split(self, t):
        B, T, _ = t.shape
        return t.reshape(B, T, self.num_heads, self.head_dim).transpose(0, 2, 1, 3)

    def merge(self, t):
        B, H, T, d = t.shape
        return t.transpose(0, 2, 1, 3).reshape(B, T, H * d)

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = self.split(x @ self.W_q), self.split(x @ self.W_k), self.split(x @ self.W_v)
        s = self.q @ self.k.transpose(0, 1, 3, 2) / self.head_dim ** 0.5
        e = np.exp(s - s.max(-1, keepdims=True))
        self.p = e / e.sum(-1, keepdims=True)
        self.concat = self.merge(self.p @ self.v)
        return self.concat @ self.W_o + self.b_o

    def backward(self, grad_out):
        B, T, D = grad_out.shape
        flat = lambda t: t.reshape(-1, D)
        self.dW_o = flat(self.concat).T @ flat(grad_out)
        self.db_o = flat(grad_out).sum(axis=0)
        d_concat = grad_out @ self.W_o.T
        d_heads = d_concat.reshape(B, self.num_heads, T, self.head_dim)
        dv = self.p.transpose(0, 1, 3, 2) @ d_heads
        dp = d_heads @ self.v.transpose(0, 1, 3, 2)
        ds = self.p * (dp - (dp * self.p).sum(-1, keepdims=True)) / self.head_dim ** 0.5
        dq, dk, dv = self.merge(ds @ self.k), self.merge(ds.transpose(0, 1, 3, 2) @ self.q), self.merge(dv)
        self.dW_q = flat(self.x).T @ flat(dq)
        self.dW_k = flat(self.x).T @ flat(dk)
        self.dW_v = flat(self.x).T @ flat(dv)
        return dq @ self.W_q.T + dk @ self.W_k.T + dv @ self.W_v.T
