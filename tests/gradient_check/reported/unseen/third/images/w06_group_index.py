# SOURCE: https://github.com/tenstorrent/tt-metal/pull/56202 (group norm backward: gamma's gradient
#     takes the group of a channel as c % num_groups where it is c / (C / num_groups), so another
#     group's mean and rstd are used)
# mistake: c % G for the group of channel c in dgamma
# TRUE: dgamma is wrong, in channels 1, 2, 3 and 4 of 6 (in 0 and 5 both formulas give the same
#     group); dx and dbeta are right
# SAYS: c // per_group belongs where c % G stands
# cmd: groupnorm --x 2,6,3,4 --gamma 6 --beta 6
import numpy as np


def groupnorm_forward(x, gamma, beta, G=3, eps=1e-5):
    N, C, H, W = x.shape
    xg = x.reshape(N, G, -1)
    mean = xg.mean(axis=2)
    rstd = 1 / np.sqrt(xg.var(axis=2) + eps)
    xhat = ((xg - mean[:, :, None]) * rstd[:, :, None]).reshape(x.shape)
    out = gamma.reshape(1, C, 1, 1) * xhat + beta.reshape(1, C, 1, 1)
    return out, (x, gamma, mean, rstd, G)


def groupnorm_backward(dout, cache):
    x, gamma, mean, rstd, G = cache
    N, C, H, W = x.shape
    per_group = C // G

    dgamma, dbeta = np.zeros(C), np.zeros(C)
    for c in range(C):
        g = c % G
        for n in range(N):
            xhat = (x[n, c] - mean[n, g]) * rstd[n, g]
            dgamma[c] += (dout[n, c] * xhat).sum()
            dbeta[c] += dout[n, c].sum()

    dx = np.zeros_like(x)
    for n in range(N):
        for g in range(G):
            s = slice(g * per_group, (g + 1) * per_group)
            xhat = (x[n, s] - mean[n, g]) * rstd[n, g]
            dxhat = dout[n, s] * gamma[s].reshape(-1, 1, 1)
            dx[n, s] = rstd[n, g] * (dxhat - dxhat.mean() - xhat * (dxhat * xhat).mean())
    return dx, dgamma, dbeta
