# SOURCE: https://github.com/Kulbear/deep-learning-coursera/pull/34 ("stride missing in
#     conv_backward") and https://github.com/enggen/Deep-Learning-Coursera/issues/7 ("stride not
#     multiplied in backward pass")
# mistake: the corners of the slices are multiplied by the stride in the forward pass, not in the
#     backward pass
# TRUE: dA_prev and dW are wrong (slices start at h, w and not at h * stride, w * stride); db is
#     right
# OPEN: unknown
# cmd: conv --A_prev 3,5,5,2 --W 3,3,2,4 --b 1,1,1,4
import numpy as np


def conv_single_step(a_slice, W, b):
    return np.sum(a_slice * W) + b.item()


def conv_forward(A_prev, W, b, stride=2):
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    n_H = int((n_H_prev - f) / stride) + 1
    n_W = int((n_W_prev - f) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start, horiz_start = h * stride, w * stride
                    a_slice = A_prev[i, vert_start:vert_start + f, horiz_start:horiz_start + f, :]
                    Z[i, h, w, c] = conv_single_step(a_slice, W[:, :, :, c], b[:, :, :, c])
    cache = (A_prev, W, b, stride)
    return Z, cache


def conv_backward(dZ, cache):
    (A_prev, W, b, stride) = cache
    (f, f, n_C_prev, n_C) = W.shape
    (m, n_H, n_W, n_C) = dZ.shape
    dA_prev = np.zeros(A_prev.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert_start = h
                    vert_end = vert_start + f
                    horiz_start = w
                    horiz_end = horiz_start + f
                    a_slice = A_prev[i, vert_start:vert_end, horiz_start:horiz_end, :]
                    dA_prev[i, vert_start:vert_end, horiz_start:horiz_end, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    return dA_prev, dW, db
