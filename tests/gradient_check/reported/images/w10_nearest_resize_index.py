# SOURCE: https://github.com/Oneflow-Inc/oneflow/pull/5347 (upsample nearest: (i + 0.5) * scale
#     against i * scale) and https://github.com/pytorch/pytorch/issues/38985 (backward of nearest
#     sends the gradients to the wrong pixel)
# mistake: forward reads floor(i / scale), backward adds to floor((i + 0.5) / scale)
# TRUE: dx is wrong: with the scale of 1.5 some gradients go to the neighbouring pixel (no
#     parameters)
# OPEN: unknown
# cmd: upsample_nearest --x 2,2,4,4
import numpy as np


def upsample_nearest_forward(x, scale=1.5):
    n, c, h, w = x.shape
    oh, ow = int(np.floor(h * scale)), int(np.floor(w * scale))
    out = np.zeros((n, c, oh, ow))
    for i in range(oh):
        for j in range(ow):
            out[:, :, i, j] = x[:, :, int(i / scale), int(j / scale)]
    return out, (x.shape, scale)


def upsample_nearest_backward(dout, cache):
    shape, scale = cache
    dx = np.zeros(shape)
    for i in range(dout.shape[2]):
        src_i = min(int((i + 0.5) / scale), shape[2] - 1)
        for j in range(dout.shape[3]):
            src_j = min(int((j + 0.5) / scale), shape[3] - 1)
            dx[:, :, src_i, src_j] += dout[:, :, i, j]
    return dx
