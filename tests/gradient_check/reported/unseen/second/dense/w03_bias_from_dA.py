# SOURCE: https://stackoverflow.org.cn/questions/54186701 (Chinese mirror; the bias gradients of the
#     code in the answer itself)
# mistake: the bias gradients are summed up from dA2 and dA1 instead of from dfc2 and dfc1, so the
#     sigmoid's derivative is missing in them (only in them)
# TRUE: db1 and db2 are wrong; dX, dW1, dW2 are right
# SAYS: dfc1 belongs where dA1 stands
# SAYS: dfc2 belongs where dA2 stands
# cmd: net --X 6,4 --W1 4,5 --b1 5 --W2 5,2 --b2 2
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def net_forward(X, W1, b1, W2, b2):
    fc1 = X.dot(W1) + b1
    A1 = sigmoid(fc1)
    fc2 = A1.dot(W2) + b2
    A2 = sigmoid(fc2)
    cache = {"X": X, "A1": A1, "A2": A2, "W1": W1, "W2": W2}
    return A2, cache


def net_backward(dA2, cache):
    A1, A2 = cache["A1"], cache["A2"]
    dfc2 = dA2 * A2 * (1 - A2)
    dA1 = np.dot(dfc2, cache["W2"].T)
    dW2 = np.dot(A1.T, dfc2)
    db2 = np.sum(dA2, axis=0)
    dfc1 = dA1 * A1 * (1 - A1)
    dX = np.dot(dfc1, cache["W1"].T)
    dW1 = np.dot(cache["X"].T, dfc1)
    db1 = np.sum(dA1, axis=0)
    return {"dX": dX, "dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
