# SOURCE: https://github.com/flagos-ai/FlagGems/issues/5392 (layer norm backward takes M = shape[0],
#     N = size/M for 3-D input)
# mistake: the number of normalized features is taken as size / batch, which is T*C for an input (B,
#     T, C)
# TRUE: dX is wrong (both means are divided by T*C instead of C); dgamma and dbeta are right
# SAYS: / N * dout.shape[1]
# cmd: LayerNorm --d_model 5 --input 2,3,5
import numpy as np


class LayerNorm:
    def __init__(self, d_model, eps=1e-5):
        self.eps = eps
        self.params = {"gamma": np.ones(d_model), "beta": np.zeros(d_model)}
        self.grads = {}
        self.cache = {}

    def forward(self, X):
        mean = np.mean(X, axis=-1, keepdims=True)
        var = np.var(X, axis=-1, keepdims=True)
        std_inv = 1.0 / np.sqrt(var + self.eps)
        X_norm = (X - mean) * std_inv
        self.cache = {"X_norm": X_norm, "std_inv": std_inv}
        return self.params["gamma"] * X_norm + self.params["beta"]

    def backward(self, dout):
        X_norm, std_inv = self.cache["X_norm"], self.cache["std_inv"]
        M = dout.shape[0]
        N = dout.size // M
        axes = tuple(range(dout.ndim - 1))
        self.grads["gamma"] = np.sum(dout * X_norm, axis=axes)
        self.grads["beta"] = np.sum(dout, axis=axes)
        dX_norm = dout * self.params["gamma"]
        c1 = np.sum(dX_norm, axis=-1, keepdims=True) / N
        c2 = np.sum(dX_norm * X_norm, axis=-1, keepdims=True) / N
        return std_inv * (dX_norm - c1 - X_norm * c2)
