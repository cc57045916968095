# SOURCE: https://github.com/apache/mxnet/issues/4057 ("lstm python seems not correct in backward":
#     dCt is set where it should be +=); the same question in
#     https://github.com/cthorey/CS231/issues/1. Style: CS231n functions.
# mistake: the gradient of the cell state is made from dnext_h alone; what comes in as dnext_c from
#     the later step is never used
# TRUE: the upstream dnext_c is dropped (dc = dnext_h*o*(1-tanh^2), without + dnext_c): dx, dprev_h,
#     dprev_c, dWx, dWh, db all wrong (right where dnext_c = 0; in dWx, dWh, db the columns of the
#     output gate are right)
# SAYS: the term dnext_c is missing
# cmd: lstm_step --x 4,3 --prev_h 4,5 --prev_c 4,5 --Wx 3,20 --Wh 5,20 --b 20
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    ai, af, ao, ag = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
    next_c = f * prev_c + i * g
    tc = np.tanh(next_c)
    next_h = o * tc
    cache = (x, prev_h, prev_c, Wx, Wh, i, f, o, g, tc)
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tc = cache
    do = dnext_h * tc
    dc = dnext_h * o * (1 - tc ** 2)
    df = dc * prev_c
    di = dc * g
    dg = dc * i
    dprev_c = dc * f
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
    dx = da.dot(Wx.T)
    dprev_h = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = prev_h.T.dot(da)
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
