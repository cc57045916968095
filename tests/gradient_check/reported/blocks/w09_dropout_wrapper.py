# SOURCE: https://github.com/ddbourgin/numpy-ml/issues/94 (the dropout wrapper's backward only
#     divides by 1 - p, the mask is not applied; and it scales dLdy in place)
# mistake: two: the mask is kept but not applied to the gradient of the input; dLdy is scaled in
#     place (the caller's array)
# TRUE: dX is wrong (the mask is missing); backward overwrites the dLdy it is given; dW and db are
#     right
# SAYS: a mask is forgotten on the way back
# SAYS: backward writes into dy
# cmd: DropoutDense --input 5,6
import numpy as np


class FullyConnected:
    def __init__(self, rng, n_in, n_out):
        self.parameters = {"W": rng.standard_normal((n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {"W": np.zeros((n_in, n_out)), "b": np.zeros((1, n_out))}
        self.X = []

    def forward(self, X):
        self.X = [X]
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdy):
        X = self.X[0]
        self.gradients["W"] = X.T @ dLdy
        self.gradients["b"] = dLdy.sum(axis=0, keepdims=True)
        return dLdy @ self.parameters["W"].T


class DropoutDense:
    """A dense layer whose input is dropped out."""

    def __init__(self, rng, p=0.4):
        self.p = p
        self._base_layer = FullyConnected(rng, 6, 3)
        self._wrapper_derived_variables = {"dropout_mask": None}

    def forward(self, X):
        scaler = 1.0 / (1.0 - self.p)
        mask = np.random.rand(*X.shape) >= self.p
        self._wrapper_derived_variables["dropout_mask"] = mask
        return scaler * self._base_layer.forward(mask * X)

    def backward(self, dLdy):
        dLdy *= 1.0 / (1.0 - self.p)
        return self._base_layer.backward(dLdy)
