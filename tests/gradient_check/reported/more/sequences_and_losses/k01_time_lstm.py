# SOURCE: style of oreilly-japan/deep-learning-from-scratch-2 (params and grads as lists, a Time
#     layer over step layers)
# mistake: none
# TRUE: right
# cmd: TimeLSTM --input 3,4,2
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class LSTM:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]

    def forward(self, x, h_prev, c_prev):
        Wx, Wh, b = self.params
        H = h_prev.shape[1]
        A = np.dot(x, Wx) + np.dot(h_prev, Wh) + b
        f, g = sigmoid(A[:, :H]), np.tanh(A[:, H:2 * H])
        i, o = sigmoid(A[:, 2 * H:3 * H]), sigmoid(A[:, 3 * H:])
        c_next = f * c_prev + g * i
        h_next = o * np.tanh(c_next)
        self.cache = (x, h_prev, c_prev, i, f, g, o, c_next)
        return h_next, c_next

    def backward(self, dh_next, dc_next):
        (Wx, Wh, _), (x, h_prev, c_prev, i, f, g, o, c_next) = self.params, self.cache
        t = np.tanh(c_next)
        ds = dc_next + dh_next * o * (1 - t ** 2)
        dA = np.hstack((ds * c_prev * f * (1 - f), ds * i * (1 - g ** 2),
                        ds * g * i * (1 - i), dh_next * t * o * (1 - o)))
        self.grads[0][...] = np.dot(x.T, dA)
        self.grads[1][...] = np.dot(h_prev.T, dA)
        self.grads[2][...] = dA.sum(axis=0)
        return np.dot(dA, Wx.T), np.dot(dA, Wh.T), ds * f


class TimeLSTM:
    def __init__(self, rng, D=2, H=3):
        self.params = [rng.standard_normal((D, 4 * H)), rng.standard_normal((H, 4 * H)), np.zeros(4 * H)]
        self.grads = [np.zeros_like(p) for p in self.params]

    def forward(self, xs):
        N, T, D = xs.shape
        H, self.layers = self.params[1].shape[0], []
        hs, h, c = np.empty((N, T, H)), np.zeros((N, H)), np.zeros((N, H))
        for t in range(T):
            layer = LSTM(*self.params)
            h, c = layer.forward(xs[:, t, :], h, c)
            hs[:, t, :] = h
            self.layers.append(layer)
        return hs

    def backward(self, dhs):
        N, T, H = dhs.shape
        dxs = np.empty((N, T, self.params[0].shape[0]))
        grads, dh, dc = [0, 0, 0], 0, 0
        for t in reversed(range(T)):
            layer = self.layers[t]
            dxs[:, t, :], dh, dc = layer.backward(dhs[:, t, :] + dh, dc)
            grads = [a + g for a, g in zip(grads, layer.grads)]
        for mine, grad in zip(self.grads, grads):
            mine[...] = grad
        return dxs
