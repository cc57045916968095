# SOURCE: https://github.com/tenstorrent/tt-metal/pull/56202 (gamma_grad reads mean/rstd of group c
#     % num_groups instead of c // (C / num_groups))
# mistake: for the gradient of gamma, channel c is taken to lie in group c % G; the forward pass has
#     it in group c // (C/G)
# TRUE: dgamma wrong (x normalized with the mean and rstd of another group, for the channels where c
#     % G != c // (C//G)); dx and dbeta right
# OPEN: true: all those with index [1, 4] along axis 0
# cmd: GroupNorm --num_channels 6 --num_groups 2 --input 3,6,2,4
import numpy as np


class GroupNorm:
    def __init__(self, num_channels, num_groups, eps=1e-5):
        self.C, self.G, self.eps = num_channels, num_groups, eps
        self.gamma = np.ones(num_channels)
        self.beta = np.zeros(num_channels)

    def forward(self, x):
        N, C, H, W = x.shape
        xg = x.reshape(N, self.G, -1)
        mean = xg.mean(axis=2)                                   # N, G
        rstd = 1.0 / np.sqrt(xg.var(axis=2) + self.eps)
        xhat = ((xg - mean[:, :, None]) * rstd[:, :, None]).reshape(x.shape)
        y = xhat * self.gamma[None, :, None, None] + self.beta[None, :, None, None]
        return y, (x, mean, rstd)

    def backward(self, dy, cache):
        x, mean, rstd = cache
        N, C, H, W = x.shape
        self.dgamma = np.zeros(C)
        self.dbeta = np.zeros(C)
        for c in range(C):
            g = c % self.G
            xhat_c = (x[:, c] - mean[:, g, None, None]) * rstd[:, g, None, None]
            self.dgamma[c] = np.sum(dy[:, c] * xhat_c)
            self.dbeta[c] = np.sum(dy[:, c])
        dxhat = (dy * self.gamma[None, :, None, None]).reshape(N, self.G, -1)
        xhat = (x.reshape(N, self.G, -1) - mean[:, :, None]) * rstd[:, :, None]
        m1 = dxhat.mean(axis=2, keepdims=True)
        m2 = (dxhat * xhat).mean(axis=2, keepdims=True)
        return (rstd[:, :, None] * (dxhat - m1 - xhat * m2)).reshape(x.shape)
