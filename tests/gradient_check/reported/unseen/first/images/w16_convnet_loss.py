# SOURCE: https://github.com/lightaime/cs231n/pull/2 (W1 twice in the regularization, W3 not at
#     all); the mask on the activations with < 0: known slip
# mistake: loss regularizes W1 twice and never W3, the gradients regularize each once; the ReLU's
#     mask is (h < 0) on h AFTER the ReLU, never true
# TRUE: two mistakes. Regularization: dW1 has reg*W1 where the loss asks 2*reg*W1, dW3 has reg*W3
#     too much. Mask: the second ReLU (after the fully connected layer) lets everything through on
#     the way back, so W2, b2, W1 and b1 gradients are wrong by that. b3 alone is right.
# OPEN: true: dW3 is off by 0.3 W3
# cmd: convnet_loss --X 3,2,4,4 --y integers:3 --integers 4 --W1 3,2,3,3 --b1 3 --W2 12,5 --b2 5
#     --W3 5,4 --b3 4
import numpy as np


def convnet_loss(X, y, W1, b1, W2, b2, W3, b3, reg=0.3):
    N = X.shape[0]
    F, _, HH, WW = W1.shape
    Ho, Wo = X.shape[2] - HH + 1, X.shape[3] - WW + 1

    # conv - relu - affine - relu - affine - softmax
    conv = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            conv[:, :, i, j] = np.tensordot(X[:, :, i:i + HH, j:j + WW], W1, axes=([1, 2, 3], [1, 2, 3])) + b1
    flat = np.maximum(conv, 0).reshape(N, -1)
    h = np.maximum(flat.dot(W2) + b2, 0)
    scores = h.dot(W3) + b3

    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(N), y]).mean()
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2) + np.sum(W1 * W1))

    grads = {}
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads['W3'] = h.T.dot(dscores) + reg * W3
    grads['b3'] = dscores.sum(axis=0)
    dh = dscores.dot(W3.T)
    dh[h < 0] = 0
    grads['W2'] = flat.T.dot(dh) + reg * W2
    grads['b2'] = dh.sum(axis=0)
    dconv = dh.dot(W2.T).reshape(conv.shape) * (conv > 0)
    grads['b1'] = dconv.sum(axis=(0, 2, 3))
    grads['W1'] = reg * W1
    for i in range(Ho):
        for j in range(Wo):
            grads['W1'] += np.tensordot(dconv[:, :, i, j], X[:, :, i:i + HH, j:j + WW], axes=(0, 0))
    return loss, grads
