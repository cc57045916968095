# SOURCE: cs231n assignment 1, two_layer_net: the incorrect ReLU mask is named in
#     https://prachub.com/questions/3244; the 0.5 in the regularisation differs from year to year
#     (known slip, no thread at hand)
# mistake: hidden is what comes out of the ReLU, so hidden < 0 is never true and nothing is masked;
#     and 2*reg*W though the loss has 0.5*reg
# TRUE: TWO mistakes: (1) the ReLU's mask does nothing: W1 and b1 wrong; (2) the gradient of the
#     regularisation is twice too large: W1 and W2 wrong. So W1 (both), b1 (mask), W2
#     (regularisation) are wrong; b2 is right.
# SAYS: the factor (hidden > 0) is missing
# SAYS: the factor 2 is too much
# cmd: two_layer_net --W1 4,6 --b1 6 --W2 6,3 --b2 3 --X 5,4 --y integers:5 --integers 3
import numpy as np


def two_layer_net(W1, b1, W2, b2, X, y, reg=0.1):
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2

    scores = scores - np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(N), y]).mean()
    loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

    grads = {}
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads['W2'] = hidden.T.dot(dscores) + 2 * reg * W2
    grads['b2'] = np.sum(dscores, axis=0)
    dhidden = dscores.dot(W2.T)
    dhidden[hidden < 0] = 0
    grads['W1'] = X.T.dot(dhidden) + 2 * reg * W1
    grads['b1'] = np.sum(dhidden, axis=0)
    return loss, grads
