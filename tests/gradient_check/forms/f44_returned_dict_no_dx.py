# TRUE: wrong: scale gradient is not summed over the batch: only the last row of the batch counts
# HOLDS: scale, weight | CONSTANTS: none
# cmd: ScaledProj --input 6,4
import numpy as np


class ScaledProj:
    def __init__(self, rng, features=4, out=3):
        self.scale = rng.uniform(0.5, 2.0, features)
        self.weight = rng.normal(size=(features, out))

    def forward(self, x):
        xs = x * self.scale
        return xs @ self.weight, {"x": x, "xs": xs}

    def backward(self, dy, ctx):
        up = dy @ self.weight.T
        grad_scale = np.zeros_like(self.scale)
        for row, g in zip(ctx["x"], up):
            grad_scale = row * g
        return {
            "input": up * self.scale,
            "scale": grad_scale,
            "weight": ctx["xs"].T @ dy,
        }
