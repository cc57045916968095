# SOURCE: https://github.com/pytorch/pytorch/issues/63314 (transposed convolution, stride 2: dX
#     takes the 2nd dY instead of the third), https://github.com/dengfy/cs231n/issues/1 ("Shouldn't
#     db be averaged over all instance of x", db /= N)
# mistake: TWO: dX is computed with windows of dY at stride 1; db is averaged over the batch
# TRUE: dX is wrong (stride 2 ignored on the way back) and db is N = 3 times too small; dW is right
# OPEN: true: db is 3 times too small, which is the size of the batch
# cmd: conv_transpose2d --x 3,2,3,4 --w 2,3,3,3 --b 3
import numpy as np

STRIDE = 2


def conv_transpose2d_forward(x, w, b):
    """x: (N, Cin, H, W), w: (Cin, Cout, k, k)"""
    N, Cin, H, W = x.shape
    _, Cout, k, _ = w.shape
    y = np.zeros((N, Cout, (H - 1) * STRIDE + k, (W - 1) * STRIDE + k))
    for i in range(H):
        for j in range(W):
            y[:, :, i * STRIDE:i * STRIDE + k, j * STRIDE:j * STRIDE + k] += np.einsum('nc,cokl->nokl', x[:, :, i, j], w)
    y += b[:, None, None]
    return y, (x, w)


def conv_transpose2d_backward(dy, cache):
    x, w = cache
    N, Cin, H, W = x.shape
    k = w.shape[2]
    # the gradient of a transposed convolution is a convolution
    dx = np.zeros(x.shape)
    for u in range(k):
        for v in range(k):
            dx += np.einsum('nohw,co->nchw', dy[:, :, u:u + H, v:v + W], w[:, :, u, v])
    dw = np.zeros(w.shape)
    for i in range(H):
        for j in range(W):
            patch = dy[:, :, i * STRIDE:i * STRIDE + k, j * STRIDE:j * STRIDE + k]
            dw += np.einsum('nc,nokl->cokl', x[:, :, i, j], patch)
    db = dy.sum(axis=(0, 2, 3)) / N
    return dx, dw, db
