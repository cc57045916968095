# SOURCE: https://github.com/ddbourgin/numpy-ml/issues/94 ("Backpropagation of dropout wrapper does
#     not apply the mask")
# mistake: the wrapper multiplies dLdy by 1 / (1 - p) before it gives it to the wrapped layer, and
#     never applies the mask
# TRUE: all wrong: dW and db of the wrapped layer are 1 / (1 - p) times too large (the mask and the
#     scale act on the layer's input, which it has stored already scaled), dX has the scale but
#     lacks the mask. (For the mask that the forward pass drew.)
# SAYS: a mask is forgotten on the way back
# cmd: DropoutFC --input 6,5
import numpy as np


class FullyConnected:
    def __init__(self, n_in, n_out, rng):
        self.parameters = {"W": rng.normal(0, 0.5, (n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {"W": None, "b": None}
        self.X = None

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdy):
        self.gradients["W"] = self.X.T @ dLdy
        self.gradients["b"] = dLdy.sum(axis=0, keepdims=True)
        return dLdy @ self.parameters["W"].T


class DropoutFC:
    """a fully connected layer with dropout on what comes in"""

    def __init__(self, rng, p=0.4):
        self.p = p
        self._base_layer = FullyConnected(5, 3, rng)
        self._mask = None
        self.trainable = True

    def forward(self, X):
        scaler, self._mask = 1.0, np.ones(X.shape).astype(bool)
        if self.trainable:
            scaler = 1.0 / (1.0 - self.p)
            self._mask = np.random.rand(*X.shape) >= self.p
        return self._base_layer.forward(scaler * self._mask * X)

    def backward(self, dLdy):
        assert self.trainable, "layer is frozen"
        dLdy = dLdy * (1.0 / (1.0 - self.p))
        return self._base_layer.backward(dLdy)
