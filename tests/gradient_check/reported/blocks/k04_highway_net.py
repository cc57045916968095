# SOURCE: style of highway layers (Srivastava et al.) as a list of dicts of parameters, the
#     gradients returned as such a list behind dx; a student's deep net "parameters" habit
# mistake: none
# TRUE: right
# cmd: HighwayNet --input 5,4
import numpy as np


def sigm(a):
    return 1.0 / (1.0 + np.exp(-a))


class HighwayNet:
    def __init__(self, rng, n=4, depth=2):
        self.params = []
        for _ in range(depth):
            self.params.append({
                "Wh": rng.normal(0, 0.5, (n, n)), "bh": np.zeros(n),
                "Wt": rng.normal(0, 0.5, (n, n)), "bt": np.full(n, -1.0),
            })

    def forward(self, x):
        caches = []
        for p in self.params:
            h = np.tanh(x @ p["Wh"] + p["bh"])
            t = sigm(x @ p["Wt"] + p["bt"])
            caches.append((x, h, t))
            x = t * h + (1 - t) * x
        return x, caches

    def backward(self, dy, caches):
        grads = []
        for p, (x, h, t) in zip(reversed(self.params), reversed(caches)):
            dah = dy * t * (1 - h * h)
            dat = dy * (h - x) * t * (1 - t)
            grads.insert(0, {"Wh": x.T @ dah, "bh": dah.sum(0), "Wt": x.T @ dat, "bt": dat.sum(0)})
            dy = dy * (1 - t) + dah @ p["Wh"].T + dat @ p["Wt"].T
        return dy, grads
