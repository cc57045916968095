# TRUE: wrong: params['W2'] gradient has a factor 2
# HOLDS: params['W1'], params['b1'], params['W2'], params['b2'] | CONSTANTS: none
# cmd: MLP --input 6,4
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class MLP:
    def __init__(self, rng, sizes=(4, 6, 2)):
        self.params = {}
        for l in range(1, len(sizes)):
            self.params["W" + str(l)] = rng.normal(size=(sizes[l - 1], sizes[l])) * 0.6
            self.params["b" + str(l)] = rng.normal(size=(1, sizes[l])) * 0.1

    def forward(self, x):
        cache = {"A0": x}
        cache["A1"] = sigmoid(x @ self.params["W1"] + self.params["b1"])
        cache["A2"] = sigmoid(cache["A1"] @ self.params["W2"] + self.params["b2"])
        return cache["A2"], cache

    def backward(self, dA2, cache):
        grads = {}
        dZ2 = dA2 * cache["A2"] * (1 - cache["A2"])
        grads["dW2"] = 2 * cache["A1"].T @ dZ2
        grads["db2"] = dZ2.sum(axis=0, keepdims=True)
        dA1 = dZ2 @ self.params["W2"].T
        dZ1 = dA1 * cache["A1"] * (1 - cache["A1"])
        grads["dW1"] = cache["A0"].T @ dZ1
        grads["db1"] = dZ1.sum(axis=0, keepdims=True)
        grads["dx"] = dZ1 @ self.params["W1"].T
        return grads
