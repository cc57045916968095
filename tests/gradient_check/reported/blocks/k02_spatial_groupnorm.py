# SOURCE: style of cs231n assignment 2 (spatial_groupnorm_forward / _backward, gamma of shape (1, C,
#     1, 1)), as solved in Chinese blogs, e.g.
#     https://blog.youkuaiyun.com/baidu_40840693/article/details/95496399
# mistake: none
# TRUE: right
# cmd: spatial_groupnorm --x 2,6,3,4 --gamma 1,6,1,1 --beta 1,6,1,1
import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G=2, gn_param=None):
    eps = (gn_param or {}).get('eps', 1e-5)
    N, C, H, W = x.shape
    x_group = x.reshape(N * G, -1).T                     # as in batch norm: one column a group
    mean = x_group.mean(axis=0)
    std = np.sqrt(x_group.var(axis=0) + eps)
    x_norm = ((x_group - mean) / std).T.reshape(N, C, H, W)
    out = gamma * x_norm + beta
    cache = (G, x_norm, std, gamma)
    return out, cache


def spatial_groupnorm_backward(dout, cache):
    G, x_norm, std, gamma = cache
    N, C, H, W = dout.shape
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dgamma = np.sum(dout * x_norm, axis=(0, 2, 3), keepdims=True)
    dxn = (dout * gamma).reshape(N * G, -1).T
    xn = x_norm.reshape(N * G, -1).T
    M = xn.shape[0]
    dx = (M * dxn - dxn.sum(axis=0) - xn * (dxn * xn).sum(axis=0)) / (M * std)
    return dx.T.reshape(N, C, H, W), dgamma, dbeta
