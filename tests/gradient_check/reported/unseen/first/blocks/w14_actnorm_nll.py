# SOURCE: what https://github.com/simonalexanderson/StyleGestures/issues/33 and
#     https://github.com/pyro-ppl/pyro/pull/2246 talk about (log-determinant times the number of
#     places it is applied to); the slip in a gradient by hand: known slip, no thread at hand
# mistake: logdet = H * W * sum(logs), its gradient is taken as 1 per channel: H * W is forgotten
# TRUE: d logs wrong (the constant part is -1 instead of -H*W = -6; the other part right); d x and d
#     bias right
# SAYS: H * W belongs where 1.0 stands
# cmd: actnorm_nll --x 4,3,2,5 --bias 5 --logs 5
import numpy as np


def actnorm_nll(x, bias, logs):
    B, H, W, C = x.shape
    z = (x + bias) * np.exp(logs)
    logdet = H * W * np.sum(logs)
    logp = -0.5 * np.sum(z ** 2 + np.log(2 * np.pi), axis=(1, 2, 3))
    nll = -np.mean(logp + logdet)

    dz = z / B
    grads = {}
    grads["x"] = dz * np.exp(logs)
    grads["bias"] = grads["x"].sum(axis=(0, 1, 2))
    grads["logs"] = (dz * z).sum(axis=(0, 1, 2)) - 1.0
    return nll, grads
