# TRUE: right
# HOLDS: gamma, beta | CONSTANTS: eps (running_mean, running_var are buffers updated in forward, they do not move y in training mode)
# cmd: BatchNorm1d --input 6,4
import numpy as np


class BatchNorm1d:
    def __init__(self, num_features=4, eps=1e-5, momentum=0.9):
        self.gamma = np.ones(num_features)
        self.beta = np.zeros(num_features)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)
        self.eps, self.momentum, self.training = eps, momentum, True

    def forward(self, x):
        if not self.training:
            return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.eps) + self.beta
        mu, var = x.mean(axis=0), x.var(axis=0)
        self.std = np.sqrt(var + self.eps)
        self.xhat = (x - mu) / self.std
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        self.dgamma = np.sum(dout * self.xhat, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        N = dout.shape[0]
        return self.gamma / (N * self.std) * (N * dout - self.dbeta - self.xhat * self.dgamma)
