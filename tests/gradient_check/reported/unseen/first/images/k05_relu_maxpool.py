# SOURCE: style of mask-based pooling with reshapes (cs231n's max_pool_forward_reshape); ties:
#     https://github.com/Theano/Theano/issues/5404
# mistake: none: where a whole window is below zero all four tie at 0 and all four are in the mask,
#     but the ReLU's mask takes them out again
# TRUE: right
# cmd: relu_pool --x 2,2,4,6
import numpy as np


def relu_pool_forward(x):
    n, c, h, w = x.shape
    a = np.maximum(0, x)
    tiles = a.reshape(n, c, h // 2, 2, w // 2, 2)
    out = tiles.max(axis=3).max(axis=4)
    return out, dict(x=x, tiles=tiles, out=out)


def relu_pool_backward(dout, cache):
    tiles, out = cache["tiles"], cache["out"]
    mask = tiles == out[:, :, :, None, :, None]
    dtiles = np.broadcast_to(dout[:, :, :, None, :, None], tiles.shape) * mask
    da = dtiles.reshape(cache["x"].shape)
    return da * (cache["x"] > 0)
