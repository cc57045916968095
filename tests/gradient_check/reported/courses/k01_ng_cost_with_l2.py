# SOURCE: style of Andrew Ng's course 2, week 1 (regularization): three layers, examples in columns,
#     lambd / m
# mistake: none
# TRUE: right
# cmd: cost_and_gradients --W1 4,3 --b1 4,1 --W2 2,4 --b2 2,1 --W3 1,2 --b3 1,1 --X 3,6 --Y binary:1,6
import numpy as np


def relu(Z):
    return np.maximum(0, Z)


def cost_and_gradients(W1, b1, W2, b2, W3, b3, X, Y, lambd=0.7):
    m = X.shape[1]
    Z1 = np.dot(W1, X) + b1
    A1 = relu(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = relu(Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = 1 / (1 + np.exp(-Z3))

    logprobs = np.multiply(-np.log(A3), Y) + np.multiply(-np.log(1 - A3), 1 - Y)
    cross_entropy_cost = 1. / m * np.sum(logprobs)
    L2 = lambd / (2 * m) * (np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3)))

    gradients = {}
    dZ = A3 - Y
    for l, A_prev, W in ((3, A2, W3), (2, A1, W2), (1, X, W1)):
        gradients["dW" + str(l)] = 1. / m * np.dot(dZ, A_prev.T) + lambd / m * W
        gradients["db" + str(l)] = 1. / m * np.sum(dZ, axis=1, keepdims=True)
        if l > 1:
            dA = np.dot(W.T, dZ)
            dZ = np.multiply(dA, np.int64(A_prev > 0))
    return cross_entropy_cost + L2, gradients
