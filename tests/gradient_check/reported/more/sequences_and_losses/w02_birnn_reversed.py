# SOURCE: https://github.com/d2l-ai/d2l-en/issues/2306 (outputs of the reverse direction not turned
#     back) and https://github.com/keras-team/keras/pull/1001; here the same slip in the backward
#     pass
# mistake: forward turns the reverse RNN's outputs back to normal time order, backward hands that
#     half of dout to it without turning it
# TRUE: r.dWx, r.dWh, r.db and dx wrong (the reverse direction's half of dout is not flipped along
#     time); f.dWx, f.dWh, f.db right
# SAYS: np.flip(dout[:, :, self.hidden:], 1)
# cmd: BiRNN --input 3,4,2
import numpy as np


class _RNN:
    def __init__(self, rng, D, H):
        self.Wx = rng.normal(0, 0.5, (D, H))
        self.Wh = rng.normal(0, 0.5, (H, H))
        self.b = np.zeros(H)

    def run(self, x):
        self.x = x
        N, T, _ = x.shape
        self.hs = [np.zeros((N, len(self.b)))]
        for t in range(T):
            self.hs.append(np.tanh(x[:, t] @ self.Wx + self.hs[-1] @ self.Wh + self.b))
        return np.stack(self.hs[1:], axis=1)

    def run_back(self, dhs):
        self.dWx, self.dWh, self.db = 0 * self.Wx, 0 * self.Wh, 0 * self.b
        dx, carry = np.zeros_like(self.x), 0
        for t in range(dhs.shape[1] - 1, -1, -1):
            da = (dhs[:, t] + carry) * (1 - self.hs[t + 1] ** 2)
            self.dWx += self.x[:, t].T @ da
            self.dWh += self.hs[t].T @ da
            self.db += da.sum(0)
            dx[:, t] = da @ self.Wx.T
            carry = da @ self.Wh.T
        return dx


class BiRNN:
    def __init__(self, rng, input_dim=2, hidden=3):
        self.f = _RNN(rng, input_dim, hidden)
        self.r = _RNN(rng, input_dim, hidden)
        self.hidden = hidden

    def forward(self, x):
        out_f = self.f.run(x)
        out_r = self.r.run(x[:, ::-1])[:, ::-1]
        return np.concatenate([out_f, out_r], axis=-1)

    def backward(self, dout):
        dx_f = self.f.run_back(dout[:, :, :self.hidden])
        dx_r = self.r.run_back(dout[:, :, self.hidden:])
        return dx_f + dx_r[:, ::-1]
