# SOURCE: style of cs231n's TwoLayerNet (e.g. https://github.com/Burton2000/CS231n-2017/issues/9, as
#     it is after that fix: biases regularized in the loss AND in the gradient), as one function of
#     the parameters that returns (loss, grads)
# mistake: none
# TRUE: right (all of W1, b1, W2, b2)
# cmd: two_layer_net --X 6,4 --y integers:6 --integers 3 --W1 4,5 --b1 5 --W2 5,3 --b2 3
import numpy as np


def two_layer_net(X, y, W1, b1, W2, b2, reg=0.1):
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2

    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    loss = -np.sum(log_probs[range(N), y]) / N
    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2) + np.sum(b1 * b1) + np.sum(b2 * b2))

    grads = {}
    dscores = np.exp(log_probs)
    dscores[range(N), y] -= 1
    dscores /= N
    grads['W2'] = hidden.T.dot(dscores) + 2 * reg * W2
    grads['b2'] = dscores.sum(axis=0) + 2 * reg * b2
    dhidden = dscores.dot(W2.T)
    dhidden[hidden <= 0] = 0
    grads['W1'] = X.T.dot(dhidden) + 2 * reg * W1
    grads['b1'] = dhidden.sum(axis=0) + 2 * reg * b1
    return loss, grads
