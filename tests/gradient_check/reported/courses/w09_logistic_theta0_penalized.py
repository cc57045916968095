# SOURCE:
#     https://www.codevelop.art/matlab-regularized-logistic-regression-how-to-compute-gradient/p64f25a3396cb330572eee02d.html
#     (costFunctionReg.m of Andrew Ng's ex2: cost right, gradient not; theta_0 is not to be
#     regularized).
# mistake: the cost leaves theta_0 out of the penalty, the gradient does not
# TRUE: grad is wrong in its first number only (lambda/m * theta_0 too much); grad[1:] is right
# SAYS: the first number of theta does not count here
# cmd: cost_function_reg --theta 5 --X 7,4 --y binary:7
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost_function_reg(theta, X, y, lambda_=1.5):
    m = y.size
    X = np.column_stack((np.ones(m), X))
    h = sigmoid(X.dot(theta))
    J = -(1 / m) * (y.dot(np.log(h)) + (1 - y).dot(np.log(1 - h)))
    J = J + lambda_ / (2 * m) * np.sum(np.square(theta[1:]))

    grad = (1 / m) * X.T.dot(h - y) + (lambda_ / m) * theta
    return J, grad
