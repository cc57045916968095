# SOURCE: a known slip: the much copied Kaggle notebook / video "Simple MNIST NN from scratch
#     (numpy, no TF/Keras)" has db1 = 1 / m * np.sum(dZ1), without an axis. Its style is seen in
#     https://stackoverflow.com/questions/76450489 (where the axis is given)
# mistake: the bias gradients are summed over the units too, so each is one number for the whole
#     vector
# TRUE: db1 and db2 are wrong (a scalar: the sum over units and samples; one number a unit is right;
#     db2 is about 0, as softmax minus one-hot sums to 0); dW1 and dW2 are right. X and Y have no
#     gradient.
# SAYS: np.sum(dZ1, axis=1, keepdims=True)
# SAYS: np.sum(dZ2, axis=1, keepdims=True)
# cmd: cost_and_grads --W1 5,4 --b1 5,1 --W2 3,5 --b2 3,1 --X 4,6 --Y integers:6 --integers 3
import numpy as np


def ReLU(Z):
    return np.maximum(Z, 0)


def ReLU_deriv(Z):
    return Z > 0


def softmax(Z):
    A = np.exp(Z - Z.max(axis=0))
    return A / A.sum(axis=0)


def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = ReLU(Z1)
    Z2 = W2.dot(A1) + b2
    A2 = softmax(Z2)
    return Z1, A1, Z2, A2


def one_hot(Y, classes):
    one_hot_Y = np.zeros((Y.size, classes))
    one_hot_Y[np.arange(Y.size), Y] = 1
    return one_hot_Y.T


def backward_prop(Z1, A1, Z2, A2, W2, X, Y):
    m = Y.size
    dZ2 = A2 - one_hot(Y, A2.shape[0])
    dW2 = 1 / m * dZ2.dot(A1.T)
    db2 = 1 / m * np.sum(dZ2)
    dZ1 = W2.T.dot(dZ2) * ReLU_deriv(Z1)
    dW1 = 1 / m * dZ1.dot(X.T)
    db1 = 1 / m * np.sum(dZ1)
    return dW1, db1, dW2, db2


def cost_and_grads(W1, b1, W2, b2, X, Y):
    Z1, A1, Z2, A2 = forward_prop(W1, b1, W2, b2, X)
    cost = -np.log(A2[Y, np.arange(Y.size)]).mean()
    dW1, db1, dW2, db2 = backward_prop(Z1, A1, Z2, A2, W2, X, Y)
    return cost, dW1, db1, dW2, db2
