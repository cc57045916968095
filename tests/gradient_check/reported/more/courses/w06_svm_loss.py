# SOURCE: https://github.com/jingtinghuang/CS231n-Spring-2017/issues/3 (missing 2 of reg) and the
#     cs231n assignment 1 forum's most frequent slip, cf.
#     https://aman.ai/primers/backprop/derivative-svm/ (the row of the right class is the COUNT of
#     violated margins)
# mistake: the correct class gets -1 instead of minus the number of violated margins; and the loss
#     has reg*sum(W*W), the gradient reg*W
# TRUE: two mistakes, both in dW: the correct class's share is -x_i in place of -count_i*x_i (also
#     when no margin is violated), and the regularization's part is half of what it should be. X has
#     no gradient.
# SAYS: the factor 2 is missing
# SAYS: -1 * mask.sum(axis=1)
# cmd: svm_loss_vectorized --W 5,4 --X 6,5 --y integers:6 --integers 4
import numpy as np


def svm_loss_vectorized(W, X, y, reg=0.3):
    """
    Structured SVM loss function, vectorized implementation.
    Returns loss and gradient with respect to W.
    """
    num_train = X.shape[0]
    scores = X.dot(W)
    correct_class_scores = scores[np.arange(num_train), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct_class_scores + 1.0)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train
    loss += reg * np.sum(W * W)

    mask = np.zeros(margins.shape)
    mask[margins > 0] = 1
    mask[np.arange(num_train), y] = -1

    dW = X.T.dot(mask) / num_train
    dW += reg * W
    return loss, dW
