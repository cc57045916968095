# SOURCE: style of Coursera "Neural Networks and Deep Learning", week 2 (propagate), with L2
#     regularization of course 2; it returns (grads, cost)
# mistake: none
# TRUE: right (X and Y get no gradient)
# cmd: propagate --w 4,1 --b 1,1 --X 4,6 --Y binary:1,6
import numpy as np


def propagate(w, b, X, Y, lambd=0.7):
    m = X.shape[1]

    # forward
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    cost = cost + lambd / (2 * m) * np.sum(np.square(w))

    # backward
    dw = np.dot(X, (A - Y).T) / m + lambd / m * w
    db = np.sum(A - Y, axis=1, keepdims=True) / m

    grads = {"dw": dw, "db": db}
    return grads, cost
