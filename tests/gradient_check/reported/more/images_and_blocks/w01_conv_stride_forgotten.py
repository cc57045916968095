# SOURCE: https://github.com/Kulbear/deep-learning-coursera/pull/34 ("stride missing in
#     conv_backward")
# mistake: in the backward loop the corners of the window are h, w and not h * stride, w * stride as
#     in the forward loop
# TRUE: dA_prev and dW are wrong (the windows of the backward pass step by 1 where the forward pass
#     steps by the stride 2); db is right
# OPEN: unknown
# cmd: conv --A_prev 3,5,5,2 --W 3,3,2,4 --b 1,1,1,4
import numpy as np

HPARAMS = {"stride": 2, "pad": 1}


def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant", constant_values=0)


def conv_forward(A_prev, W, b):
    stride, pad = HPARAMS["stride"], HPARAMS["pad"]
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    n_H = int((n_H_prev - f + 2 * pad) / stride) + 1
    n_W = int((n_W_prev - f + 2 * pad) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                a_slice = A_prev_pad[i, h * stride:h * stride + f, w * stride:w * stride + f, :]
                for c in range(n_C):
                    Z[i, h, w, c] = np.sum(a_slice * W[:, :, :, c]) + float(b[0, 0, 0, c])
    cache = (A_prev, W, b)
    return Z, cache


def conv_backward(dZ, cache):
    (A_prev, W, b) = cache
    pad = HPARAMS["pad"]
    f = W.shape[0]
    (m, n_H, n_W, n_C) = dZ.shape
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = np.zeros(A_prev_pad.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                vert_start, horiz_start = h, w
                vert_end, horiz_end = vert_start + f, horiz_start + f
                a_slice = A_prev_pad[i, vert_start:vert_end, horiz_start:horiz_end, :]
                for c in range(n_C):
                    dA_prev_pad[i, vert_start:vert_end, horiz_start:horiz_end, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    dA_prev = dA_prev_pad[:, pad:-pad, pad:-pad, :]
    return dA_prev, dW, db
