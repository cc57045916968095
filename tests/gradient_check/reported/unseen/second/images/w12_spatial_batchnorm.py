# SOURCE: gamma: https://github.com/denizyuret/Knet.jl/issues/288 ("Batchnorm backward on cpu
#     doesn't seem to take care about scales"); m: known slip of BatchNorm taken over from vectors
#     to images (the axes are changed, m is left), alike https://github.com/mlpack/mlpack/pull/2474
# mistake: TWO. (1) dy is multiplied by gamma too late, dx comes from dyivar that was made before.
#     (2) m is the batch size, but the statistics are over batch, height and width
# TRUE: dx is wrong, by both: gamma is missing in it (not to be seen while gamma is 1), and the two
#     terms through the mean and the variance are H * W = 12 times too large. dgamma and dbeta are
#     right.
# OPEN: unknown
# cmd: BatchNorm2D --input 3,2,4,3
import numpy as np


class BatchNorm2D:
    def __init__(self, channels=2, momentum=0.9, eps=1e-5):
        self.gamma = np.ones((1, channels, 1, 1))
        self.beta = np.zeros((1, channels, 1, 1))
        self.running_mean = np.zeros((1, channels, 1, 1))
        self.running_var = np.ones((1, channels, 1, 1))
        self.momentum, self.eps = momentum, eps

    def forward(self, x):
        mu = x.mean(axis=(0, 2, 3), keepdims=True)
        var = x.var(axis=(0, 2, 3), keepdims=True)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        x_mu = x - mu
        ivar = 1 / np.sqrt(var + self.eps)
        self.cache = x, x_mu, ivar
        return self.gamma * (x_mu * ivar) + self.beta

    def backward(self, dy):
        x, x_mu, ivar = self.cache
        m = x.shape[0]
        dims = (0, 2, 3)
        dyivar = dy * ivar
        self.dgamma = np.sum(x_mu * dyivar, axis=dims, keepdims=True)
        self.dbeta = np.sum(dy, axis=dims, keepdims=True)
        dy = self.gamma * dy
        dvar = -0.5 * np.sum(dyivar * x_mu * ivar ** 2, axis=dims, keepdims=True)
        dmu = -np.sum(dyivar, axis=dims, keepdims=True) - 2 * dvar * np.sum(x_mu, axis=dims, keepdims=True) / m
        return dyivar + dvar * 2 * x_mu / m + dmu / m
