# SOURCE: https://github.com/Dao-AILab/quack/pull/53 (RMS PreNorm backward: (dres_out + dout) *
#     dnorm instead of dres_out + dout * dnorm)
# mistake: the gradient of the residual stream is added before the norm's backward instead of after
#     it
# TRUE: wrong: dx and dresidual (equal to each other, both wrong in what comes from dres_out).
#     Right: dweight.
# SAYS: the term dres_out is too much, and the term dres_out is missing
# cmd: add_rmsnorm --x 3,6 --residual 3,6 --weight 6
import numpy as np

EPS = 1e-6


def add_rmsnorm_forward(x, residual, weight):
    res_out = residual + x
    rstd = 1.0 / np.sqrt(np.mean(res_out ** 2, axis=-1, keepdims=True) + EPS)
    out = res_out * rstd * weight
    return out, res_out, (res_out, rstd, weight)


def add_rmsnorm_backward(dout, dres_out, cache):
    res_out, rstd, weight = cache
    x_hat = res_out * rstd
    dweight = np.sum(dout * x_hat, axis=0)
    wdy = (dout + dres_out) * weight
    c = np.mean(x_hat * wdy, axis=-1, keepdims=True)
    dx = (wdy - x_hat * c) * rstd
    dresidual = dx
    return dx, dresidual, dweight
