# SOURCE: https://github.com/jsbaan/transformer-from-scratch/pull/6 and
#     https://github.com/reczoo/FuxiCTR/issues/30 (heads split by a reshape without transpose), here
#     on the way back; the forgotten 1/sqrt(d_k) is a known slip (see AlphaGPU/leetgpu-challenges
#     #302)
# mistake: (1) the gradient of the concatenated heads is reshaped to (B, heads, T, d_k) directly,
#     which mixes time and heads; (2) 1/sqrt(d_k) of the scores is not in backward
# TRUE: TWO: heads split by reshape without transposing in backward (W_q, W_k, W_v, dx wrong), and
#     the factor 1/sqrt(d_k) missing on top of it in dW_q and dW_k (sqrt(3)) and their share of dx;
#     right: W_o, b_o
# OPEN: true: reshape(B, T, self.num_heads, self.d_k).transpose(0, 2, 1, 3)
# cmd: MultiHeadAttention --input 3,4,6 --d_model 6 --num_heads 2
import numpy as np


class MultiHeadAttention:
    def __init__(self, d_model, num_heads):
        self.num_heads, self.d_k = num_heads, d_model // num_heads
        scale = 1 / np.sqrt(d_model)
        self.W_q = np.random.randn(d_model, d_model) * scale
        self.W_k = np.random.randn(d_model, d_model) * scale
        self.W_v = np.random.randn(d_model, d_model) * scale
        self.W_o = np.random.randn(d_model, d_model) * scale
        self.b_o = np.zeros(d_model)

    def split_heads(self, x):
        B, T, _ = x.shape
        return x.reshape(B, T, self.num_heads, self.d_k).transpose(0, 2, 1, 3)

    def combine_heads(self, x):
        B, _, T, _ = x.shape
        return x.transpose(0, 2, 1, 3).reshape(B, T, -1)

    def forward(self, x):
        self.x = x
        self.Q, self.K, self.V = (self.split_heads(x @ W) for W in (self.W_q, self.W_k, self.W_v))
        scores = np.matmul(self.Q, self.K.transpose(0, 1, 3, 2)) / np.sqrt(self.d_k)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        self.weights = scores / scores.sum(axis=-1, keepdims=True)
        self.concat = self.combine_heads(np.matmul(self.weights, self.V))
        return self.concat @ self.W_o + self.b_o

    def backward(self, d_out):
        B, T, D = d_out.shape
        flat = lambda a: a.reshape(B * T, D)
        self.grad_W_o = flat(self.concat).T @ flat(d_out)
        self.grad_b_o = d_out.sum(axis=(0, 1))
        d_heads = (d_out @ self.W_o.T).reshape(B, self.num_heads, T, self.d_k)
        d_weights = np.matmul(d_heads, self.V.transpose(0, 1, 3, 2))
        d_V = np.matmul(self.weights.transpose(0, 1, 3, 2), d_heads)
        d_scores = self.weights * (d_weights - (d_weights * self.weights).sum(axis=-1, keepdims=True))
        d_Q = self.combine_heads(np.matmul(d_scores, self.K))
        d_K = self.combine_heads(np.matmul(d_scores.transpose(0, 1, 3, 2), self.Q))
        d_V = self.combine_heads(d_V)
        self.grad_W_q = flat(self.x).T @ flat(d_Q)
        self.grad_W_k = flat(self.x).T @ flat(d_K)
        self.grad_W_v = flat(self.x).T @ flat(d_V)
        return d_Q @ self.W_q.T + d_K @ self.W_k.T + d_V @ self.W_v.T
