# SOURCE: https://github.com/deeplearning4j/deeplearning4j/issues/8838 (lstmLayer_bp: not taking
#     into account gradient contribution from last cell state)
# mistake: forward returns all h and the last cell state; the gradient that comes back for the cell
#     state is not used, dc starts with zeros
# TRUE: dx, dh0, dc0, dWx, dWh, db all lack what comes through c_last (what comes through hs is
#     right)
# OPEN: true: 33% of the ways from a number of x to one of y are forgotten on the way back
# cmd: lstm_layer --x 2,3,4 --h0 2,5 --c0 2,5 --Wx 4,20 --Wh 5,20 --b 20
import numpy as np


def lstm_layer_forward(x, h0, c0, Wx, Wh, b):
    sig = lambda a: 0.5 * (1 + np.tanh(0.5 * a))
    N, T, D = x.shape
    H = h0.shape[1]
    hs = np.empty((N, T, H))
    h, c = h0, c0
    tape = []
    for t in range(T):
        a = x[:, t] @ Wx + h @ Wh + b
        i, f, o, g = sig(a[:, :H]), sig(a[:, H:2 * H]), sig(a[:, 2 * H:3 * H]), np.tanh(a[:, 3 * H:])
        c_new = f * c + i * g
        tc = np.tanh(c_new)
        tape.append((h, c, i, f, o, g, tc))
        h, c = o * tc, c_new
        hs[:, t] = h
    return hs, c, dict(x=x, Wx=Wx, Wh=Wh, tape=tape)


def lstm_layer_backward(dhs, dc_last, cache):
    x, Wx, Wh = cache["x"], cache["Wx"], cache["Wh"]
    dx, dWx, dWh = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wh.shape[1])
    dh = np.zeros_like(dhs[:, 0])
    dc = np.zeros_like(dhs[:, 0])
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev, i, f, o, g, tc = cache["tape"][t]
        dh = dh + dhs[:, t]
        dc = dc + dh * o * (1 - tc ** 2)
        da = np.hstack([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dh * tc * o * (1 - o), dc * i * (1 - g * g)])
        dx[:, t] = da @ Wx.T
        dWx += x[:, t].T @ da
        dWh += h_prev.T @ da
        db += da.sum(0)
        dh = da @ Wh.T
        dc = dc * f
    return dx, dh, dc, dWx, dWh, db
