# TRUE: right
# cmd: RNN --input 3,4,2 --input 3,5
# MISTAKE: dh = dh_last -> dh = 0 * dh_last
# WRONG: dx[0], dx[1], dWx, dWh, db
# NOTE: of shapes (3, 4, 5) and (3, 5)
import numpy as np


class RNN:
    def __init__(self, rng):
        self.Wx, self.Wh = 0.5 * rng.standard_normal((2, 5)), 0.5 * rng.standard_normal((5, 5))
        self.b = np.zeros(5)

    def forward(self, xs, h0):
        hs = [h0]
        for t in range(xs.shape[1]):
            hs.append(np.tanh(xs[:, t] @ self.Wx + hs[-1] @ self.Wh + self.b))
        return (np.stack(hs[1:], axis=1), hs[-1]), {"xs": xs, "hs": hs}

    def backward(self, dhs, dh_last, tape):
        xs, hs = tape["xs"], tape["hs"]
        dxs, grads = np.zeros_like(xs), {n: np.zeros_like(getattr(self, n)) for n in ("Wx", "Wh", "b")}
        dh = dh_last
        for t in reversed(range(xs.shape[1])):
            da = (dhs[:, t] + dh) * (1 - hs[t + 1] ** 2)
            grads["Wx"] += xs[:, t].T @ da
            grads["Wh"] += hs[t].T @ da
            grads["b"] += da.sum(axis=0)
            dxs[:, t], dh = da @ self.Wx.T, da @ self.Wh.T
        return dxs, dh, grads
