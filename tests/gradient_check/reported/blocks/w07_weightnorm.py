# SOURCE: weight normalization (Salimans & Kingma, eq. 3) as students derive it by hand: known slips
# mistake: two: the norm of v is taken as a constant in dv; dg is not divided by the norm
# TRUE: dv is wrong (the term through ||v|| is missing: the part along v is not taken out) and dg is
#     wrong (||v|| times too large, per unit); dx and db are right
# OPEN: true: the division by norm is missing
# cmd: weightnorm --x 5,4 --v 3,4 --g 3 --b 3
import numpy as np


def weightnorm_forward(x, v, g, b):
    norm = np.sqrt(np.sum(v ** 2, axis=1, keepdims=True))
    w = g[:, None] * v / norm
    out = x.dot(w.T) + b
    cache = {"x": x, "v": v, "g": g, "w": w, "norm": norm}
    return out, cache


def weightnorm_backward(dout, cache):
    x, v, g, w, norm = (cache[k] for k in ("x", "v", "g", "w", "norm"))
    dw = dout.T.dot(x)
    grads = {}
    grads["x"] = dout.dot(w)
    grads["b"] = dout.sum(axis=0)
    grads["g"] = np.sum(dw * v, axis=1)
    grads["v"] = g[:, None] / norm * dw
    return grads
