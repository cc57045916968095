# SOURCE: https://github.com/Burton2000/CS231n-2017/issues/7 (rnn_backward of CS231n assignment 3,
#     "dh[:,t,:] = dprev_h + dh[:,t,:]")
# mistake: the running gradient is added into the caller's dh, in place, instead of into a local
#     variable
# TRUE: all gradients (dx, dh0, dWx, dWh, db) are right in the first call, but backward overwrites
#     its argument dh (the upstream gradient is changed for whoever gave it; a second call with the
#     same dh gives other numbers)
# SAYS: backward writes into dy
# cmd: rnn --x 3,4,5 --h0 3,6 --Wx 5,6 --Wh 6,6 --b 6
import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h ** 2)
    return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    cache = []
    prev_h = h0
    for t in range(T):
        prev_h, c = rnn_step_forward(x[:, t, :], prev_h, Wx, Wh, b)
        h[:, t, :] = prev_h
        cache.append(c)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    dprev_h = np.zeros((N, H))
    for t in reversed(range(T)):
        dh[:, t, :] = dprev_h + dh[:, t, :]
        dx[:, t, :], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t, :], cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db
