# SOURCE: squeeze-and-excitation gate, functions after cs231n, gradients returned as a tuple
# mistake: none
# TRUE: right
# cmd: se_block --x 3,4,2,3 --w1 4,2 --b1 2 --w2 2,4 --b2 4
import numpy as np


def se_block_forward(x, w1, b1, w2, b2):
    squeeze = x.mean(axis=(2, 3))
    hidden = squeeze.dot(w1) + b1
    act = np.where(hidden > 0, hidden, 0.1 * hidden)
    gate = 0.5 * (1 + np.tanh(0.5 * (act.dot(w2) + b2)))
    cache = (x, w1, w2, squeeze, hidden, act, gate)
    return x * gate[:, :, None, None], cache


def se_block_backward(dout, cache):
    x, w1, w2, squeeze, hidden, act, gate = cache
    n, c, h, w = x.shape
    dgate = np.einsum('nchw,nchw->nc', dout, x)
    da = dgate * gate * (1 - gate)
    dw2, db2 = act.T.dot(da), da.sum(axis=0)
    dact = da.dot(w2.T)
    dhidden = np.where(hidden > 0, dact, 0.1 * dact)
    dw1, db1 = squeeze.T.dot(dhidden), dhidden.sum(axis=0)
    dsqueeze = dhidden.dot(w1.T)
    dx = dout * gate[:, :, None, None] + dsqueeze[:, :, None, None] / (h * w)
    return dx, dw1, db1, dw2, db2
