# SOURCE: style of own LSTM classes with peepholes (cf. the question
#     https://stackguides.com/questions/40093165): h, c and cache are returned, backward takes (dh,
#     dc, cache); parameters and gradients in two dicts of the same keys
# mistake: none (the output gate's peephole looks at the NEW c, so its gradient goes into dc too)
# TRUE: right
# cmd: PeepholeLSTM --input 5,3 --input 5,4 --input 5,4 --n_in 3 --n_hid 4
import numpy as np


class PeepholeLSTM:
    def __init__(self, rng, n_in, n_hid):
        self.params, self.grads = {}, {}
        for gate in ("i", "f", "o", "z"):
            self.params["W" + gate] = rng.normal(0, 0.4, (n_in, n_hid))
            self.params["R" + gate] = rng.normal(0, 0.4, (n_hid, n_hid))
            self.params["b" + gate] = np.full(n_hid, 1.0 if gate == "f" else 0.0)
            if gate != "z":
                self.params["p" + gate] = rng.normal(0, 0.4, n_hid)

    def _pre(self, g, x, h):
        return x @ self.params["W" + g] + h @ self.params["R" + g] + self.params["b" + g]

    def forward(self, x, h, c):
        sig = lambda a: 1 / (1 + np.exp(-a))
        p = self.params
        i = sig(self._pre("i", x, h) + p["pi"] * c)
        f = sig(self._pre("f", x, h) + p["pf"] * c)
        z = np.tanh(self._pre("z", x, h))
        c_new = f * c + i * z
        o = sig(self._pre("o", x, h) + p["po"] * c_new)
        h_new = o * np.tanh(c_new)
        return h_new, c_new, (x, h, c, i, f, z, o, c_new)

    def backward(self, dh, dc, cache):
        x, h, c, i, f, z, o, c_new = cache
        p, g = self.params, self.grads
        tc = np.tanh(c_new)
        da = {"o": dh * tc * o * (1 - o)}
        dc = dc + dh * o * (1 - tc ** 2) + da["o"] * p["po"]
        da["i"] = dc * z * i * (1 - i)
        da["f"] = dc * c * f * (1 - f)
        da["z"] = dc * i * (1 - z ** 2)
        dx, dh_prev = np.zeros_like(x), np.zeros_like(h)
        for k, d in da.items():
            g["W" + k], g["R" + k], g["b" + k] = x.T @ d, h.T @ d, d.sum(0)
            dx += d @ p["W" + k].T
            dh_prev += d @ p["R" + k].T
        g["pi"], g["pf"], g["po"] = (da["i"] * c).sum(0), (da["f"] * c).sum(0), (da["o"] * c_new).sum(0)
        dc_prev = dc * f + da["i"] * p["pi"] + da["f"] * p["pf"]
        return dx, dh_prev, dc_prev
