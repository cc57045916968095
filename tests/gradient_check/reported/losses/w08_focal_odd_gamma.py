# SOURCE: https://github.com/jhwjhw0123/Imbalance-XGBoost/issues/1
# mistake: the two cases (label 1, label 0) merged into one formula; the last term -(y -
#     p)^(gamma+1) has the wrong sign for label 0 when gamma is odd
# TRUE: gradient of raw wrong where the label is 0 (the term p^4 comes with a minus); right where it
#     is 1
# OPEN: unknown
# cmd: focal_objective --raw 8 --label binary:8
import numpy as np


def sigmoid(z):
    return 1. / (1. + np.exp(-z))


def focal_objective(raw, label, gamma=3):
    p = sigmoid(raw)
    sign = (-1.0) ** label
    g1 = label + sign * p               # 1 - p for label 1, p for label 0
    g2 = p + label - 1                  # p for label 1, p - 1 for label 0
    g3 = 1 - label - sign * p           # p for label 1, 1 - p for label 0
    loss = -(g1 ** gamma) * np.log(g3)
    grad = gamma * g2 * g1 ** gamma * np.log(g3) - (label - p) ** (gamma + 1)
    return loss.sum(), grad
