# SOURCE:
#     https://community.deeplearning.ai/t/course-1-week-3-planar-assignment-4-5-exercise-6-backward-propagation-error-for-dw1-values/63071
# mistake: dZ1 was multiplied by 1/m, and dW1 and db1 were multiplied by 1/m once more
# TRUE: dW1 and db1 are m = 7 times too small; dW2 and db2 right (X and Y get no gradient)
# SAYS: dW1 is 7 times too small, which is the size of the batch
# cmd: planar_cost --X 2,7 --Y binary:1,7 --W1 4,2 --b1 4,1 --W2 1,4 --b2 1,1
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def planar_cost(X, Y, W1, b1, W2, b2):
    m = X.shape[1]

    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)

    logprobs = np.multiply(np.log(A2), Y) + np.multiply(np.log(1 - A2), 1 - Y)
    cost = -np.sum(logprobs) / m

    dZ2 = A2 - Y
    dW2 = (1 / m) * np.dot(dZ2, A1.T)
    db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = (1 / m) * np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = (1 / m) * np.dot(dZ1, X.T)
    db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)

    grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    return cost, grads
