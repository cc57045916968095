# SOURCE: known slip of the CS231n assignment 1 (SVM loss); the right formula, a count of the
#     classes over the margin, is explained in many posts about it (e.g. Lee Zhen Yong, "CS231n
#     Assignment 1 Tutorial Q2"); no single thread at hand
# mistake: the right class gets -1 where it gets minus the number of classes that are over the
#     margin
# TRUE: dx wrong in the entries of the right class only (where the count is not 1); all other
#     entries right
# SAYS: the label's score gets -1 instead of minus the number of margins
# cmd: multiclass_svm_loss --x 7,5 --y integers:7 --integers 5
import numpy as np


def multiclass_svm_loss(x, y):
    num_train = x.shape[0]
    correct = x[np.arange(num_train), y].reshape(-1, 1)
    margins = np.maximum(0, x - correct + 1.0)
    margins[np.arange(num_train), y] = 0
    loss = margins.sum() / num_train

    mask = np.zeros(x.shape)
    mask[margins > 0] = 1
    mask[np.arange(num_train), y] = -1
    dx = mask / num_train
    return loss, dx
