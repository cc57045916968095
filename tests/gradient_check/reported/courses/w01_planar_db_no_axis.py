# SOURCE: a known slip: db = 1/m * np.sum(dZ), carried over from Andrew Ng's logistic regression to
#     the one-hidden-layer exercise (planar data); perhaps also
#     https://github.com/Ryuk17/MachineLearning/issues/5 ("bug sum ... maybe np.sum(axis=1)")
# mistake: db1 = np.sum(dZ1) / m, without axis=1, keepdims=True
# TRUE: db1 is one number, the sum over the hidden units too (should be summed over the examples
#     only, shape (4,1)); dW1, dW2, db2 are right
# SAYS: db1 has shape ()
# SAYS: np.sum(dZ1, axis=1, keepdims=True)
# cmd: model_cost --W1 4,2 --b1 4,1 --W2 1,4 --b2 1,1 --X 2,7 --Y binary:1,7
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward_propagation(X, W1, b1, W2, b2):
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def model_cost(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A2, cache = forward_propagation(X, W1, b1, W2, b2)
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

    A1 = cache["A1"]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1) / m

    grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    return cost, grads
