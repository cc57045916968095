# SOURCE: a known slip of the cs231n assignment (dout.reshape(F, -1) without dout.transpose(1, 2, 3,
#     0)); layouts mixed up in im2col: https://github.com/ravin-d-27/PyDeepFlow/pull/85
# mistake: in the convolution's backward, dout (N, F, H, W) is reshaped to (F, N*H*W) without
#     transposing
# TRUE: dW1 is wrong (samples and filters mixed); db1, dW2, db2 are right (the image gets no
#     gradient); the loss is right
# SAYS: dout.transpose(1, 0, 2, 3).reshape(F, -1)
# cmd: cnn_loss --X 4,2,5,4 --y integers:4 --integers 3 --W1 3,2,2,2 --b1 3 --W2 36,3 --b2 3
import numpy as np


def im2col(x, k):
    N, C, H, W = x.shape
    oh, ow = H - k + 1, W - k + 1
    cols = np.empty((C * k * k, N, oh, ow))
    row = 0
    for c in range(C):
        for i in range(k):
            for j in range(k):
                cols[row] = x[:, c, i:i + oh, j:j + ow]
                row += 1
    return cols.reshape(C * k * k, -1), oh, ow


def cnn_loss(X, y, W1, b1, W2, b2):
    N, F, k = X.shape[0], W1.shape[0], W1.shape[2]
    # conv - tanh - affine - softmax
    cols, oh, ow = im2col(X, k)
    conv = W1.reshape(F, -1) @ cols + b1[:, None]
    conv = conv.reshape(F, N, oh, ow).transpose(1, 0, 2, 3)
    h = np.tanh(conv)
    flat = h.reshape(N, -1)
    scores = flat @ W2 + b2
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).mean()

    grads = {}
    dscores = p.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads["W2"] = flat.T @ dscores
    grads["b2"] = dscores.sum(axis=0)
    dout = (dscores @ W2.T).reshape(h.shape) * (1 - h ** 2)
    grads["b1"] = dout.sum(axis=(0, 2, 3))
    dout_cols = dout.reshape(F, -1)
    grads["W1"] = (dout_cols @ cols.T).reshape(W1.shape)
    return loss, grads
