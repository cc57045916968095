# SOURCE: https://github.com/Burton2000/CS231n-2017/issues/7 (dh[:,t,:] = dprev_h + dh[:,t,:] inside
#     rnn_backward)
# mistake: the gradient that comes from the later step is added into the caller's dh, in place
# TRUE: all returned gradients (x, h0, Wx, Wh, b) are right when dh is fresh, but backward
#     overwrites its argument dh (all steps but the last); whoever calls it again with the same dh,
#     or compares with that dh afterwards, gets other numbers.
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
        dx[:, t, :], dprev_h, dWx_temp, dWh_temp, db_temp = rnn_step_backward(dh[:, t, :], cache[t])
        dWx += dWx_temp
        dWh += dWh_temp
        db += db_temp
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db
