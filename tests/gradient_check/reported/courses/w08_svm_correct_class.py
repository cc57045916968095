# SOURCE: https://github.com/mantasu/cs231n/issues/9 ("why is this subtraction done?",
#     svm_loss_vectorized); reg * W beside reg * sum(W * W) is the other known slip in that
#     assignment (the course changed between 0.5 * reg and reg)
# mistake: (1) the correct class gets no -count in the gradient; (2) the regularization's gradient
#     lacks the factor 2
# TRUE: dW is wrong twice: the correct class's column lacks -(number of positive margins) x / N, and
#     reg * W should be 2 * reg * W. There is no other gradient.
# OPEN: unknown
# cmd: svm_loss_vectorized --W 5,4 --X 7,5 --y integers:7 --integers 4
import numpy as np


def svm_loss_vectorized(W, X, y, reg=0.3):
    num_train = X.shape[0]
    scores = X.dot(W)
    correct_class_scores = scores[np.arange(num_train), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct_class_scores + 1)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train
    loss += reg * np.sum(W * W)

    binary = np.zeros_like(margins)
    binary[margins > 0] = 1
    dW = X.T.dot(binary) / num_train
    dW += reg * W
    return loss, dW
