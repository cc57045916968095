# TRUE: right
# HOLDS: none | CONSTANTS: stats['mean'], stats['std'] (fixed normalisation constants), clip
# cmd: Standardize --input 6,4
import numpy as np


class Standardize:
    """Fixed input normalisation plus soft clipping. Nothing to learn here."""

    def __init__(self, clip=3.0):
        self.stats = {"mean": np.array([0.485, 0.456, 0.406, 0.45]),
                      "std": np.array([0.229, 0.224, 0.225, 0.226])}
        self.clip = clip

    def forward(self, x):
        z = (x - self.stats["mean"]) / self.stats["std"]
        self.t = np.tanh(z / self.clip)
        return self.clip * self.t

    def backward(self, dy):
        return dy * (1 - self.t ** 2) / self.stats["std"]
