# SOURCE: style of "Deep Learning from Scratch 2" (oreilly-japan/deep-learning-from-scratch-2; GRU
#     as in sooftware/TIL): step layers that share params, grads filled in place, TimeXxx keeps a
#     list of layers and self.dh
# mistake: none
# TRUE: right
# cmd: TimeGRU --input 3,4,2
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class GRU:
    def __init__(self, Wx, Wh):
        self.params = [Wx, Wh]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh)]
        self.cache = None

    def forward(self, x, h_prev):
        Wx, Wh = self.params
        H = Wh.shape[0]
        zr = sigmoid(np.dot(x, Wx[:, :2 * H]) + np.dot(h_prev, Wh[:, :2 * H]))
        z, r = zr[:, :H], zr[:, H:]
        h_hat = np.tanh(np.dot(x, Wx[:, 2 * H:]) + np.dot(r * h_prev, Wh[:, 2 * H:]))
        self.cache = (x, h_prev, z, r, h_hat)
        return (1 - z) * h_prev + z * h_hat

    def backward(self, dh_next):
        Wx, Wh = self.params
        H = Wh.shape[0]
        x, h_prev, z, r, h_hat = self.cache
        dt = dh_next * z * (1 - h_hat ** 2)
        dhr = np.dot(dt, Wh[:, 2 * H:].T)
        dz = dh_next * (h_hat - h_prev) * z * (1 - z)
        dr = dhr * h_prev * r * (1 - r)
        dzr = np.hstack((dz, dr))
        dh_prev = dh_next * (1 - z) + r * dhr + np.dot(dzr, Wh[:, :2 * H].T)
        self.grads[0][...] = np.dot(x.T, np.hstack((dzr, dt)))
        self.grads[1][...] = np.hstack((np.dot(h_prev.T, dzr), np.dot((r * h_prev).T, dt)))
        return np.dot(np.hstack((dzr, dt)), Wx.T), dh_prev


class TimeGRU:
    def __init__(self, rng, D=2, H=3):
        self.params = [rng.standard_normal((D, 3 * H)) / 2, rng.standard_normal((H, 3 * H)) / 2]
        self.grads = [np.zeros_like(p) for p in self.params]
        self.layers, self.dh = None, None

    def forward(self, xs):
        N, T, D = xs.shape
        h = np.zeros((N, self.params[1].shape[0]))
        hs = np.empty((N, T, h.shape[1]))
        self.layers = []
        for t in range(T):
            layer = GRU(*self.params)
            h = layer.forward(xs[:, t, :], h)
            hs[:, t, :] = h
            self.layers.append(layer)
        return hs

    def backward(self, dhs):
        dxs, dh, grads = [], 0, [0, 0]
        for t in reversed(range(dhs.shape[1])):
            dx, dh = self.layers[t].backward(dhs[:, t, :] + dh)
            dxs.insert(0, dx)
            for i, grad in enumerate(self.layers[t].grads):
                grads[i] += grad
        for i, grad in enumerate(grads):
            self.grads[i][...] = grad
        self.dh = dh
        return np.stack(dxs, axis=1)
