# TRUE: right
# cmd: TwoLayerNet --input 6,4
# MISTAKE: hidden * (1 - hidden) -> (1 - hidden)
# WRONG: dW1, db1
# NOTE: not compared: x
import numpy as np


class TwoLayerNet:
    def __init__(self, rng):
        self.params = {
            "W1": rng.standard_normal((4, 5)), "b1": np.zeros(5),
            "W2": rng.standard_normal((5, 3)), "b2": np.zeros(3),
        }

    def __call__(self, x):
        hidden = 1 / (1 + np.exp(-(x @ self.params["W1"] + self.params["b1"])))
        return hidden @ self.params["W2"] + self.params["b2"], {"x": x, "hidden": hidden}

    def backprop(self, delta, cache):
        hidden = cache["hidden"]
        dz = delta @ self.params["W2"].T * hidden * (1 - hidden)
        return {
            "grad_W1": cache["x"].T @ dz, "grad_b1": dz.sum(axis=0),
            "grad_W2": hidden.T @ delta, "grad_b2": delta.sum(axis=0),
        }
