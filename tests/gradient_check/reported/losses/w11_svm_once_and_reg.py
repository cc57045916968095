# SOURCE: what students of CS231n do in assignment 1 (known slips; the right formulas, the count of
#     positive margins and the regularization as the two usual causes of a failing check, in Lee
#     Zhen Yong's "CS231n - Assignment 1 Tutorial - Q2")
# mistake: TWO: the row of the right class is subtracted once a sample, not once for each positive
#     margin; and the regularization reg*sum(W*W) has reg*W as its gradient
# TRUE: dW wrong by both (column of the right class: -x once, not -x times the number of positive
#     margins; 2*reg*W is halved); no gradient for X is meant to be there
# OPEN: unknown
# cmd: svm_loss_naive --W 5,4 --X 6,5 --y integers:6 --integers 4
import numpy as np


def svm_loss_naive(W, X, y, reg=0.1):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
        dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += reg * W
    return loss, dW
