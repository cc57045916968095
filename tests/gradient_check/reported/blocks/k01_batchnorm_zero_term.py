# SOURCE: style of mlpack's batch norm, https://github.com/mlpack/mlpack/pull/2474 (a reviewer
#     misses the second term of dmean; https://github.com/apache/mxnet/issues/1053 quarrels over the
#     same term); it is zero, as x - mean sums to zero
# mistake: none
# TRUE: right (dmean without the term of the variance, which is zero; running statistics are updated
#     by forward)
# cmd: BatchNorm1D --num_features 4 --input 6,4
import numpy as np


class BatchNorm1D:
    def __init__(self, num_features, eps=1e-5, momentum=0.9):
        self.eps, self.momentum = eps, momentum
        self.gamma = np.ones(num_features)
        self.beta = np.zeros(num_features)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)
        self.training = True

    def forward(self, x):
        if not self.training:
            return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.eps) + self.beta
        mean, var = x.mean(axis=0), x.var(axis=0)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        self.x_mu = x - mean
        self.std_inv = 1 / np.sqrt(var + self.eps)
        self.x_norm = self.x_mu * self.std_inv
        return self.gamma * self.x_norm + self.beta

    def backward(self, dout):
        N = dout.shape[0]
        dx_norm = dout * self.gamma
        dvar = np.sum(dx_norm * self.x_mu, axis=0) * -.5 * self.std_inv ** 3
        dmean = np.sum(dx_norm * -self.std_inv, axis=0)
        dx = dx_norm * self.std_inv + dvar * 2 * self.x_mu / N + dmean / N
        self.dgamma = np.sum(dout * self.x_norm, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        return dx
