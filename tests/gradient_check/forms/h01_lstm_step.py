# TRUE: right
# cmd: lstm_step --x 3,2 --prev_h 3,4 --prev_c 3,4 --Wx 2,16 --Wh 4,16 --b 16
# MISTAKE: dc = dnext_c + dnext_h * o * (1 - t**2) -> dc = dnext_h * o * (1 - t**2)
# WRONG: dx, dprev_h, dprev_c, dWx, dWh, db
# NOTE: returns 2 outputs, of shapes (3, 4) and (3, 4)
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    i, f, o, g = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    next_c = f * prev_c + i * g
    t = np.tanh(next_c)
    return o * t, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, t)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, t = cache
    dc = dnext_c + dnext_h * o * (1 - t**2)
    da = np.hstack([
        dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o),
        dc * i * (1 - g**2),
    ])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)
