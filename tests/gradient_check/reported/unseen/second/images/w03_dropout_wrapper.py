# SOURCE: https://github.com/ddbourgin/numpy-ml/issues/94 ("Backpropagation of dropout wrapper does
#     not apply the mask")
# mistake: the dropout around a layer divides by 1 - p on the way back, but does not multiply by the
#     mask
# TRUE: dX and the wrapped layer's gradients of W and b are all wrong: the mask is forgotten (the
#     factor 1 / (1 - p) is there)
# SAYS: the factor self._mask is missing
# cmd: Dropout --input 6,5
import numpy as np


class FullyConnected:
    def __init__(self, rng, n_in, n_out):
        self.parameters = {"W": rng.normal(0, 0.5, (n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {"W": np.zeros((n_in, n_out)), "b": np.zeros((1, n_out))}
        self.X = None

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdy):
        self.gradients["W"] = self.X.T @ dLdy
        self.gradients["b"] = dLdy.sum(axis=0, keepdims=True)
        return dLdy @ self.parameters["W"].T


class Dropout:
    """Wraps a layer, drops units of its output."""

    def __init__(self, rng, p=0.4):
        self.p = p
        self._base_layer = FullyConnected(rng, 5, 4)

    def forward(self, X):
        Y = self._base_layer.forward(X)
        self._mask = np.random.rand(*Y.shape) >= self.p
        return 1.0 / (1.0 - self.p) * self._mask * Y

    def backward(self, dLdy):
        dLdy = dLdy * (1.0 / (1.0 - self.p))
        return self._base_layer.backward(dLdy)
