# SOURCE: https://github.com/JWarmenhoven/Coursera-Machine-Learning/issues/3 (exercise 4 of Ng's
#     course in Python)
# mistake: the bias column of theta is replaced with ones instead of zeros before the
#     regularization's gradient is added
# TRUE: theta1_grad and theta2_grad are wrong in their first column only (too large by reg/m); all
#     other columns are right. X and y have no gradient.
# SAYS: np.c_[np.ones((theta1.shape[0], 1)), theta1[:, 1:]] does not count here
# cmd: nnCostFunction --theta1 5,4 --theta2 3,6 --X 7,3 --y integers:7 --integers 3
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def nnCostFunction(theta1, theta2, X, y, reg=0.8):
    m = X.shape[0]
    a1 = np.c_[np.ones((m, 1)), X]
    z2 = a1.dot(theta1.T)
    a2 = np.c_[np.ones((m, 1)), sigmoid(z2)]
    a3 = sigmoid(a2.dot(theta2.T))
    y_matrix = np.eye(theta2.shape[0])[y]

    J = -1 / m * np.sum(np.log(a3) * y_matrix + np.log(1 - a3) * (1 - y_matrix)) + \
        reg / (2 * m) * (np.sum(np.square(theta1[:, 1:])) + np.sum(np.square(theta2[:, 1:])))

    d3 = a3 - y_matrix
    d2 = d3.dot(theta2[:, 1:]) * sigmoid(z2) * (1 - sigmoid(z2))
    delta1 = d2.T.dot(a1)
    delta2 = d3.T.dot(a2)

    theta1_ = np.c_[np.ones((theta1.shape[0], 1)), theta1[:, 1:]]
    theta2_ = np.c_[np.ones((theta2.shape[0], 1)), theta2[:, 1:]]
    theta1_grad = delta1 / m + (theta1_ * reg) / m
    theta2_grad = delta2 / m + (theta2_ * reg) / m
    return J, theta1_grad, theta2_grad
