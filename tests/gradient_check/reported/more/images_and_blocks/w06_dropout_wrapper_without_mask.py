# SOURCE: https://github.com/ddbourgin/numpy-ml/issues/94 ("Backpropagation of dropout wrapper does
#     not apply the mask")
# mistake: on the way back the wrapper scales by 1 / (1 - p) but does not multiply by the mask that
#     forward drew
# TRUE: dX is wrong where a unit was dropped (it is to be 0 there; the mask is missing in backward);
#     the kept ones, and the gradients of W and b, are right
# SAYS: a mask is forgotten on the way back
# cmd: DropoutWrapper --input 5,4
import numpy as np


class FullyConnected:
    def __init__(self, rng):
        self.parameters = {"W": rng.standard_normal((4, 3)), "b": np.zeros((1, 3))}
        self.gradients = {"W": np.zeros((4, 3)), "b": np.zeros((1, 3))}

    def forward(self, X):
        self.X = X
        return np.tanh(X @ self.parameters["W"] + self.parameters["b"])

    def backward(self, dLdy):
        W, b = self.parameters["W"], self.parameters["b"]
        dZ = dLdy * (1 - np.tanh(self.X @ W + b) ** 2)
        self.gradients["W"] = self.X.T @ dZ
        self.gradients["b"] = dZ.sum(axis=0, keepdims=True)
        return dZ @ W.T


class DropoutWrapper:
    def __init__(self, rng, p=0.4):
        self.p = p
        self.base_layer = FullyConnected(rng)

    def forward(self, X):
        scaler = 1.0 / (1.0 - self.p)
        mask = np.random.rand(*X.shape) >= self.p
        return self.base_layer.forward(scaler * mask * X)

    def backward(self, dLdy):
        dLdX = self.base_layer.backward(dLdy)
        dLdX *= 1.0 / (1.0 - self.p)
        return dLdX
