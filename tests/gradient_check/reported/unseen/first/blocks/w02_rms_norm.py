# SOURCE: https://github.com/NVIDIA/Megatron-LM/pull/6859 (input gradient multiplies the variance
#     term by the weight twice)
# mistake: in the second term of dx the weight stands once inside the sum and once more in front
# TRUE: dx wrong (the term through the root mean square has an extra factor w); dw right
# SAYS: the factor w is too much
# cmd: rmsnorm --x 4,3,5 --w 5
import numpy as np

EPS = 1e-6


def rmsnorm_forward(x, w):
    ms = np.mean(np.square(x), axis=-1, keepdims=True)
    rinv = (ms + EPS) ** -0.5
    out = x * rinv * w
    return out, (x, w, rinv)


def rmsnorm_backward(dout, cache):
    x, w, rinv = cache
    D = x.shape[-1]
    x_rinv = x * rinv
    dw = (dout * x_rinv).reshape(-1, D).sum(0)
    s = np.sum(dout * x * w, axis=-1, keepdims=True)
    term1 = dout * w * rinv
    term2 = w * rinv ** 3 * x * s / D
    dx = term1 - term2
    return dx, dw
