# SOURCE: https://github.com/0809zheng/CS231n-assignment2019/issues/19 (and
#     https://github.com/FluxML/Flux.jl/issues/1197)
# mistake: dx[...] = dout[...] instead of += ; right for stride = pool size, wrong where windows
#     overlap
# TRUE: dx is wrong where one element is the maximum of several overlapping windows (only the last
#     window's gradient stays); elsewhere right
# SAYS: is written over; it is to be added to
# cmd: max_pool --x 2,3,6,5
import numpy as np


def max_pool_forward(x, pool_height=3, pool_width=3, stride=1):
    N, C, H, W = x.shape
    Hp = 1 + (H - pool_height) // stride
    Wp = 1 + (W - pool_width) // stride
    out = np.zeros((N, C, Hp, Wp))
    for i in range(Hp):
        for j in range(Wp):
            win = x[:, :, i * stride:i * stride + pool_height, j * stride:j * stride + pool_width]
            out[:, :, i, j] = win.max(axis=(2, 3))
    cache = (x, pool_height, pool_width, stride)
    return out, cache


def max_pool_backward(dout, cache):
    x, pool_height, pool_width, stride = cache
    N, C, Hp, Wp = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(Hp):
                for j in range(Wp):
                    win = x[n, c, i * stride:i * stride + pool_height, j * stride:j * stride + pool_width]
                    row, col = np.unravel_index(np.argmax(win), win.shape)
                    dx[n, c, i * stride + row, j * stride + col] = dout[n, c, i, j]
    return dx
