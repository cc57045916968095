# SOURCE: https://github.com/ddbourgin/numpy-ml/issues/94 ("Backpropagation of dropout wrapper does
#     not apply the mask"); style of the Coursera dropout assignment (seed inside the forward pass,
#     columns are samples)
# mistake: on the way back the gradient is divided by keep_prob, but the mask D1 is not applied
# TRUE: dW1, db1 and dX wrong (units that were dropped pass a gradient); dW2 and db2 right
# SAYS: the factor D1 is missing
# cmd: DropoutNet --input 4,7
import numpy as np


class DropoutNet:
    def __init__(self, keep_prob=0.6):
        np.random.seed(3)
        self.keep_prob = keep_prob
        self.parameters = {
            "W1": np.random.randn(6, 4) * 0.5, "b1": np.zeros((6, 1)),
            "W2": np.random.randn(3, 6) * 0.5, "b2": np.zeros((3, 1)),
        }

    def forward(self, X):
        np.random.seed(1)
        p = self.parameters
        Z1 = np.dot(p["W1"], X) + p["b1"]
        T1 = np.tanh(Z1)
        D1 = np.random.rand(*T1.shape) < self.keep_prob
        A1 = T1 * D1 / self.keep_prob
        Z2 = np.dot(p["W2"], A1) + p["b2"]
        self.cache = (X, T1, D1, A1)
        return Z2

    def backward(self, dZ2):
        X, T1, D1, A1 = self.cache
        p = self.parameters
        dW2 = np.dot(dZ2, A1.T)
        db2 = np.sum(dZ2, axis=1, keepdims=True)
        dA1 = np.dot(p["W2"].T, dZ2)
        dA1 = dA1 / self.keep_prob
        dZ1 = dA1 * (1 - T1 ** 2)
        dW1 = np.dot(dZ1, X.T)
        db1 = np.sum(dZ1, axis=1, keepdims=True)
        dX = np.dot(p["W1"].T, dZ1)
        return {"dX": dX, "dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
