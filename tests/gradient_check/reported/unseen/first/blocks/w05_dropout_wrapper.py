# SOURCE: https://github.com/ddbourgin/numpy-ml/issues/94 (the dropout wrapper's backward divides by
#     1 - p and does not apply the mask)
# mistake: the wrapper scales the gradient by 1 / (1 - p), but does not multiply it by the mask
#     drawn in the forward pass
# TRUE: dX, dW and db wrong: the mask is missing on the way back (the scale 1/(1-p) is there).
#     Nothing is right.
# SAYS: the factor self.mask is missing
# cmd: DroppedDense --input 5,4
import numpy as np


class FullyConnected:
    def __init__(self, n_in, n_out):
        self.parameters = {"W": np.random.randn(n_in, n_out) * 0.5, "b": np.zeros((1, n_out))}
        self.gradients = {"W": np.zeros((n_in, n_out)), "b": np.zeros((1, n_out))}

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdY):
        self.gradients["W"] = self.X.T @ dLdY
        self.gradients["b"] = dLdY.sum(axis=0, keepdims=True)
        return dLdY @ self.parameters["W"].T


class Dropout:
    def __init__(self, wrapped_layer, p):
        self._base_layer = wrapped_layer
        self.p = p

    def forward(self, X):
        Y = self._base_layer.forward(X)
        self.mask = np.random.rand(*Y.shape) >= self.p
        return self.mask * Y / (1.0 - self.p)

    def backward(self, dLdy):
        dLdy = dLdy / (1.0 - self.p)
        return self._base_layer.backward(dLdy)


class DroppedDense(Dropout):
    def __init__(self):
        Dropout.__init__(self, FullyConnected(4, 6), p=0.4)
