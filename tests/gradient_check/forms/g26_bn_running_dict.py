# TRUE: right
# HOLDS: self.params['W'], self.params['gamma'], self.params['beta'] | CONSTANTS: self.bn_param['eps']
# cmd: AffineBN --input 6,4
import numpy as np


class AffineBN:
    def __init__(self, d=4, rng=None):
        rng = rng or np.random.default_rng(26)
        self.params = {'W': rng.normal(0, .5, (d, d)),
                       'gamma': rng.uniform(.5, 1.5, d), 'beta': rng.normal(0, .3, d)}
        self.grads = {}
        self.bn_param = {'mode': 'train', 'eps': 1e-5, 'momentum': .9,
                         'running_mean': np.zeros(d), 'running_var': np.ones(d)}

    def forward(self, x):
        p, bn = self.params, self.bn_param
        a = x @ p['W']
        if bn['mode'] == 'train':
            mu, var = a.mean(axis=0), a.var(axis=0)
            bn['running_mean'] = bn['momentum'] * bn['running_mean'] + (1 - bn['momentum']) * mu
            bn['running_var'] = bn['momentum'] * bn['running_var'] + (1 - bn['momentum']) * var
        else:
            mu, var = bn['running_mean'], bn['running_var']
        std = np.sqrt(var + bn['eps'])
        xhat = (a - mu) / std
        return p['gamma'] * xhat + p['beta'], (x, xhat, std)

    def backward(self, dout, cache):
        x, xhat, std = cache
        N = x.shape[0]
        self.grads['beta'] = dout.sum(axis=0)
        self.grads['gamma'] = np.sum(dout * xhat, axis=0)
        dxhat = dout * self.params['gamma']
        da = (N * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0)) / (N * std)
        self.grads['W'] = x.T @ da
        return da @ self.params['W'].T
