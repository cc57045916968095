# TRUE: right
# HOLDS: theta['hidden']['kernel'], theta['hidden']['bias'], theta['out']['kernel'], theta['out']['bias'] | CONSTANTS: none
# cmd: JaxyMLP --input 6,4
import numpy as np


class JaxyMLP:
    """Parameters as a pytree, gradients as a pytree with the same structure."""

    def __init__(self, rng, d=4, h=6, o=3):
        init = lambda i, j: {"kernel": rng.normal(size=(i, j)) * i ** -0.5,
                             "bias": rng.normal(size=j) * 0.01}
        self.theta = {"hidden": init(d, h), "out": init(h, o)}

    def forward(self, x):
        p = self.theta
        a = np.tanh(x @ p["hidden"]["kernel"] + p["hidden"]["bias"])
        y = a @ p["out"]["kernel"] + p["out"]["bias"]
        return y, {"x": x, "a": a}

    def backward(self, dy, cache):
        p, x, a = self.theta, cache["x"], cache["a"]
        da = (dy @ p["out"]["kernel"].T) * (1 - a * a)
        self.theta_grad = {
            "out": {"kernel": a.T @ dy, "bias": dy.sum(0)},
            "hidden": {"kernel": x.T @ da, "bias": da.sum(0)},
        }
        return da @ p["hidden"]["kernel"].T
