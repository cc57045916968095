# SOURCE: https://github.com/mlpack/mlpack/pull/2158 (1 - tanh(y)^2 where y is already the tanh)
# mistake: derivative of tanh taken at tanh(softplus(x)): tanh is applied twice
# TRUE: dx wrong everywhere (the only gradient): 1 - tanh(t)^2 with t = tanh(softplus(x)), should be
#     1 - t^2
# SAYS: the call np.tanh(y) is too much
# cmd: mish --x 4,6
import numpy as np


def tanh_deriv(y):
    return 1 - np.tanh(y) ** 2


def mish_forward(x):
    sp = np.log1p(np.exp(x))
    t = np.tanh(sp)
    out = x * t
    return out, (x, t)


def mish_backward(dout, cache):
    x, t = cache
    dsp = 1 / (1 + np.exp(-x))
    return dout * (t + x * tanh_deriv(t) * dsp)
