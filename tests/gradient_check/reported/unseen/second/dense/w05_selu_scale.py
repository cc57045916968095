# SOURCE: https://github.com/mlpack/mlpack/pull/1540 (derivative of the exponential linear unit:
#     lambda * (Fn(y) + alpha) was proposed, the reviewer derives f + lambda * alpha); class style
#     as of numpy-ml
# mistake: derivative by the value of the function, but the scale is multiplied over the value,
#     which has it already
# TRUE: dX and the gradients of W and b are wrong, by the elements with Z < 0: scale * (f(z) +
#     alpha) in place of f(z) + scale * alpha; the elements with Z > 0 are right
# SAYS: the division by self.scale is missing
# cmd: FullyConnected --input 6,5 --n_out 4
import numpy as np


class SELU:
    alpha = 1.6732632423543772
    scale = 1.0507009873554805

    def __call__(self, z):
        return self.fn(z)

    def fn(self, z):
        return self.scale * np.where(z > 0, z, self.alpha * (np.exp(np.minimum(z, 0)) - 1))

    def grad(self, z):
        return np.where(z > 0, self.scale, self.scale * (self.fn(z) + self.alpha))


class FullyConnected:
    def __init__(self, n_out=4):
        self.n_out = n_out
        self.act_fn = SELU()
        self.parameters = {"W": None, "b": None}
        self.gradients = {"W": None, "b": None}
        self.derived_variables = {"Z": None}
        self.is_initialized = False

    def _init_params(self, n_in):
        rng = np.random.default_rng(3)
        self.parameters["W"] = rng.normal(size=(n_in, self.n_out)) / np.sqrt(n_in)
        self.parameters["b"] = np.zeros((1, self.n_out))
        self.is_initialized = True

    def forward(self, X):
        if not self.is_initialized:
            self._init_params(X.shape[1])
        Z = X @ self.parameters["W"] + self.parameters["b"]
        self.X, self.derived_variables["Z"] = X, Z
        return self.act_fn(Z)

    def backward(self, dLdY):
        dZ = dLdY * self.act_fn.grad(self.derived_variables["Z"])
        self.gradients["W"] = self.X.T @ dZ
        self.gradients["b"] = dZ.sum(axis=0, keepdims=True)
        return dZ @ self.parameters["W"].T
