# SOURCE: https://github.com/HomericIntelligence/Odyssey/issues/2134 (softmax backward lacks the
#     dot-product term) and the scale that is forgotten on the way back (known slip; cf.
#     https://github.com/ooples/AiDotNet.Tensors/issues/49)
# mistake: (1) the softmax is derived element by element, A (1 - A), as if it were a sigmoid; (2)
#     the scores' 1/sqrt(d_k) is not there in the backward pass
# TRUE: two mistakes, both in W_q's and W_k's gradients (softmax without its off-diagonal terms, and
#     sqrt(d_k) = 2 times too large) and in dx by way of Q and K; the gradients of W_v and W_o are
#     right
# SAYS: the factor 0.5 is missing
# SAYS: each number of the softmax A depends on all of its row
# cmd: SelfAttention --d_model 5 --d_k 4 --input 2,3,5
import numpy as np


class SelfAttention:
    def __init__(self, rng, d_model=5, d_k=4):
        self.d_k = d_k
        self.weights = {
            "W_q": rng.normal(0, 0.6, (d_model, d_k)),
            "W_k": rng.normal(0, 0.6, (d_model, d_k)),
            "W_v": rng.normal(0, 0.6, (d_model, d_k)),
            "W_o": rng.normal(0, 0.6, (d_k, d_model)),
        }
        self.gradients = {}

    def softmax(self, s):
        e = np.exp(s - s.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def forward(self, x):
        w = self.weights
        Q, K, V = x @ w["W_q"], x @ w["W_k"], x @ w["W_v"]
        scores = Q @ K.transpose(0, 2, 1) / np.sqrt(self.d_k)
        A = self.softmax(scores)
        context = A @ V
        self.cache = {"x": x, "Q": Q, "K": K, "V": V, "A": A, "context": context}
        return context @ w["W_o"]

    def backward(self, grad_output):
        w, c = self.weights, self.cache
        x, A = c["x"], c["A"]
        self.gradients["W_o"] = np.einsum("btk,btd->kd", c["context"], grad_output)
        d_context = grad_output @ w["W_o"].T
        d_A = d_context @ c["V"].transpose(0, 2, 1)
        d_V = A.transpose(0, 2, 1) @ d_context
        d_scores = d_A * A * (1 - A)
        d_Q = d_scores @ c["K"]
        d_K = d_scores.transpose(0, 2, 1) @ c["Q"]
        self.gradients["W_q"] = np.einsum("btd,btk->dk", x, d_Q)
        self.gradients["W_k"] = np.einsum("btd,btk->dk", x, d_K)
        self.gradients["W_v"] = np.einsum("btd,btk->dk", x, d_V)
        return d_Q @ w["W_q"].T + d_K @ w["W_k"].T + d_V @ w["W_v"].T
