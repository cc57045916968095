# SOURCE: style of the CS231n assignment 3 students (lstm_forward / lstm_backward over a sequence,
#     caches in a list, a tuple returned; the += of https://github.com/cthorey/CS231/issues/1 done
#     rightly)
# mistake: none
# TRUE: right
# cmd: lstm --x 3,4,2 --h0 3,5 --Wx 2,20 --Wh 5,20 --b 20
import numpy as np


def sigmoid(z):
    # stable on both sides
    out = np.empty_like(z)
    pos = z >= 0
    out[pos] = 1 / (1 + np.exp(-z[pos]))
    ez = np.exp(z[~pos])
    out[~pos] = ez / (1 + ez)
    return out


def _step_forward(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    a = np.dot(x, Wx) + np.dot(h, Wh) + b
    i, f, o = (sigmoid(a[:, k * H:(k + 1) * H]) for k in range(3))
    g = np.tanh(a[:, 3 * H:])
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c, Wx, Wh, i, f, o, g, c_next)


def _step_backward(dh, dc, cache):
    x, h, c, Wx, Wh, i, f, o, g, c_next = cache
    t = np.tanh(c_next)
    dc = dc + dh * o * (1 - t * t)
    da = np.concatenate((dc * g * i * (1 - i), dc * c * f * (1 - f), dh * t * o * (1 - o), dc * i * (1 - g * g)), axis=1)
    return np.dot(da, Wx.T), np.dot(da, Wh.T), dc * f, np.dot(x.T, da), np.dot(h.T, da), np.sum(da, axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    h_t, c_t, cache, h = h0, np.zeros_like(h0), [], []
    for t in range(x.shape[1]):
        h_t, c_t, step = _step_forward(x[:, t, :], h_t, c_t, Wx, Wh, b)
        h.append(h_t)
        cache.append(step)
    return np.stack(h, axis=1), cache


def lstm_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx, dWx, dWh, db = np.zeros((N, T, D)), np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in range(T)[::-1]:
        dx[:, t], dprev_h, dprev_c, dwx, dwh, dbt = _step_backward(dh[:, t] + dprev_h, dprev_c, cache[t])
        dWx += dwx
        dWh += dwh
        db += dbt
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db
