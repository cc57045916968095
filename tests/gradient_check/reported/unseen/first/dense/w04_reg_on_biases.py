# SOURCE: https://github.com/Burton2000/CS231n-2017/issues/9 ("A question on two_layer_net")
# mistake: the loss holds reg * sum(b * b) for the biases too, the gradients of the biases don't
# TRUE: b1 and b2 wrong: 2 reg b1 and 2 reg b2 are missing; W1 and W2 right (X and y get none)
# SAYS: db1 is off by -0.2 b1: what it holds of the regularization is not the derivative
# SAYS: db2 is off by -0.2 b2
# cmd: two_layer_net --X 6,4 --y integers:6 --W1 4,5 --b1 5 --W2 5,3 --b2 3 --integers 3
import numpy as np


def two_layer_net(X, y, W1, b1, W2, b2, reg=0.1):
    N, D = X.shape
    # forward pass
    affine1 = X.dot(W1) + b1
    relu1 = np.maximum(0, affine1)
    scores = relu1.dot(W2) + b2

    # loss
    scores = scores - np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(N), y])) / N
    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2) + np.sum(b1 * b1) + np.sum(b2 * b2))

    # backward pass
    grads = {}
    dscores = probs.copy()
    dscores[range(N), y] -= 1
    dscores /= N
    grads['W2'] = relu1.T.dot(dscores) + 2 * reg * W2
    grads['b2'] = np.sum(dscores, axis=0)
    drelu1 = dscores.dot(W2.T)
    drelu1[affine1 <= 0] = 0
    grads['W1'] = X.T.dot(drelu1) + 2 * reg * W1
    grads['b1'] = np.sum(drelu1, axis=0)
    return loss, grads
