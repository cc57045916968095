# SOURCE: https://github.com/ooples/AiDotNet.Tensors/issues/49 (wrong dQ/dK in scaled dot-product
#     attention); softmax' = A*(1-A) and the forgotten scale are known slips of students
# mistake: TWO. (1) softmax is differentiated as if elementwise: A*(1 - A). (2) 1/sqrt(d_k) is
#     forgotten on the way back.
# TRUE: wrong: W_q, W_k (by 1 and 2), dX. Right: W_v, W_o.
# OPEN: true: each number of the softmax A depends on all of its row
# cmd: SelfAttention --input 4,6
import numpy as np


class SelfAttention:
    def __init__(self, rng):
        d_model, d_k = 6, 3
        self.params = {"W_q": rng.standard_normal((d_model, d_k)), "W_k": rng.standard_normal((d_model, d_k)),
                       "W_v": rng.standard_normal((d_model, d_k)), "W_o": rng.standard_normal((d_k, d_model))}
        self.grads = {}
        self.d_k = d_k

    def softmax(self, z):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def forward(self, X):
        p = self.params
        Q, K, V = X @ p["W_q"], X @ p["W_k"], X @ p["W_v"]
        scores = Q @ K.T / np.sqrt(self.d_k)
        A = self.softmax(scores)
        Z = A @ V
        self.cache = X, Q, K, V, A, Z
        return Z @ p["W_o"]

    def backward(self, dout):
        X, Q, K, V, A, Z = self.cache
        p = self.params
        self.grads["W_o"] = Z.T @ dout
        dZ = dout @ p["W_o"].T
        dV = A.T @ dZ
        dA = dZ @ V.T
        dscores = dA * A * (1 - A)
        dQ = dscores @ K
        dK = dscores.T @ Q
        self.grads["W_q"] = X.T @ dQ
        self.grads["W_k"] = X.T @ dK
        self.grads["W_v"] = X.T @ dV
        return dQ @ p["W_q"].T + dK @ p["W_k"].T + dV @ p["W_v"].T
