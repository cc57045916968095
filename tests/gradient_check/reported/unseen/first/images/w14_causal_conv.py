# SOURCE: https://github.com/fla-org/flash-linear-attention/pull/388 (review: "b_x is loaded once
#     (for i_w = 0) and reused for all filter positions; the correct weight-grad formula requires
#     x[:, t - i_w]")
# mistake: for the weight gradient the input is not shifted with the tap: every tap k uses x[t]
#     instead of x[t - k]
# TRUE: dweight is right for tap 0 only; for all other taps it equals tap 0's gradient and is wrong.
#     dx and dbias are right.
# OPEN: true: all those with index [1, 2] along axis 1
# cmd: causal_conv1d --x 3,6,4 --weight 4,3 --bias 4
import numpy as np


def shift(x, k):
    """x delayed by k steps, zeros in front: (batch, time, dim)"""
    return x if k == 0 else np.concatenate([np.zeros_like(x[:, :k]), x[:, :-k]], axis=1)


def unshift(x, k):
    return x if k == 0 else np.concatenate([x[:, k:], np.zeros_like(x[:, :k])], axis=1)


def causal_conv1d_forward(x, weight, bias):
    # depthwise, weight[d, k] meets x[t - k]
    y = bias + sum(weight[:, k] * shift(x, k) for k in range(weight.shape[1]))
    return y, (x, weight)


def causal_conv1d_backward(dy, ctx):
    x, weight = ctx
    dx = np.zeros_like(x)
    dweight = np.zeros_like(weight)
    for k in range(weight.shape[1]):
        dx += weight[:, k] * unshift(dy, k)
        dweight[:, k] = (dy * x).sum(axis=(0, 1))
    dbias = dy.sum(axis=(0, 1))
    return dx, dweight, dbias
