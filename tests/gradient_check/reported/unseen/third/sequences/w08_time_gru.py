# SOURCE: known slip, no thread at hand (students' GRUs, cf. the reset-gate confusions of
#     https://github.com/zhiyongc/GRU-D/issues/2); style of "Deep Learning from Scratch 2" (TimeGRU,
#     params/grads lists)
# mistake: on the way back through the candidate, h_prev gets d(r * h_prev) without the factor r
# TRUE: dh_prev lacks r on the candidate's path, so all that comes from earlier steps is wrong: dxs
#     (all steps but the last), and all of dWx, dWh, db
# OPEN: true: all those with index [0, 1, 2] along axis 1
# cmd: TimeGRU --input 3,4,2
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class GRU:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.cache = None

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        H = Wh.shape[0]
        z = sigmoid(x @ Wx[:, :H] + h_prev @ Wh[:, :H] + b[:H])
        r = sigmoid(x @ Wx[:, H:2 * H] + h_prev @ Wh[:, H:2 * H] + b[H:2 * H])
        h_hat = np.tanh(x @ Wx[:, 2 * H:] + (r * h_prev) @ Wh[:, 2 * H:] + b[2 * H:])
        self.cache = (x, h_prev, z, r, h_hat)
        return (1 - z) * h_prev + z * h_hat

    def backward(self, dh_next):
        Wx, Wh, b = self.params
        H = Wh.shape[0]
        x, h_prev, z, r, h_hat = self.cache
        dh_prev = dh_next * (1 - z)
        dt = dh_next * z * (1 - h_hat ** 2)
        dWh_h = (r * h_prev).T @ dt
        dhr = dt @ Wh[:, 2 * H:].T
        dh_prev += dhr
        dz = dh_next * (h_hat - h_prev) * z * (1 - z)
        dr = dhr * h_prev * r * (1 - r)
        dh_prev += dz @ Wh[:, :H].T + dr @ Wh[:, H:2 * H].T
        da = np.hstack((dz, dr, dt))
        self.grads[0][...] = x.T @ da
        self.grads[1][...] = np.hstack((h_prev.T @ dz, h_prev.T @ dr, dWh_h))
        self.grads[2][...] = da.sum(axis=0)
        return da @ Wx.T, dh_prev


class TimeGRU:
    def __init__(self, rng, D=2, H=3):
        Wx, Wh, b = rng.standard_normal((D, 3 * H)), rng.standard_normal((H, 3 * H)), rng.standard_normal(3 * H) * 0.1
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.layers = None

    def forward(self, xs):
        N, T, D = xs.shape
        H = self.params[1].shape[0]
        self.layers, hs, h = [], np.empty((N, T, H)), np.zeros((N, H))
        for t in range(T):
            layer = GRU(*self.params)
            h = layer.forward(xs[:, t, :], h)
            hs[:, t, :] = h
            self.layers.append(layer)
        return hs

    def backward(self, dhs):
        N, T, H = dhs.shape
        dxs, dh, grads = np.empty((N, T, self.params[0].shape[0])), 0, [0, 0, 0]
        for t in reversed(range(T)):
            dx, dh = self.layers[t].backward(dhs[:, t, :] + dh)
            dxs[:, t, :] = dx
            for i, grad in enumerate(self.layers[t].grads):
                grads[i] += grad
        for i, grad in enumerate(grads):
            self.grads[i][...] = grad
        return dxs
