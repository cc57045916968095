# SOURCE: https://github.com/apache/mxnet/issues/4057 ("dCt should += rather than ="); the same line
#     is discussed in https://github.com/cthorey/CS231/issues/1
# mistake: the gradient of the cell state that arrives from the next step (dnext_c) is overwritten,
#     not added to
# TRUE: dx, dprev_h, dprev_c, dWx, dWh, db all wrong: dnext_c has no influence at all, only what
#     comes through next_h is there (in dWx, dWh, db the block of the output gate is right)
# SAYS: dnext_c is written over
# cmd: lstm_step --x 3,4 --prev_h 3,5 --prev_c 3,5 --Wx 4,20 --Wh 5,20 --b 20
import numpy as np


def sigmoid(x):
    return 1. / (1. + np.exp(-x))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    N, H = prev_h.shape
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i = sigmoid(a[:, 0:H])
    f = sigmoid(a[:, H:2 * H])
    o = sigmoid(a[:, 2 * H:3 * H])
    g = np.tanh(a[:, 3 * H:4 * H])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    cache = (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    # next_h = o * tanh(next_c)
    do = dnext_h * np.tanh(next_c)
    dnext_c = dnext_h * o * (1 - np.tanh(next_c) ** 2)
    # next_c = f * prev_c + i * g
    df = dnext_c * prev_c
    dprev_c = dnext_c * f
    di = dnext_c * g
    dg = dnext_c * i
    # gates
    da = np.hstack((di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)))
    dx = da.dot(Wx.T)
    dWx = x.T.dot(da)
    dprev_h = da.dot(Wh.T)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
