# SOURCE: https://github.com/scikit-learn/scikit-learn/issues/14244 (taken for a mistake there:
#     delta[Z == 0] = 0, where Z is the output of the relu; it is right), style of that code
# mistake: none
# TRUE: right (coefs_, intercepts_ and the gradient returned)
# cmd: MLP --input 6,3
import numpy as np


def inplace_relu(X):
    np.maximum(X, 0, out=X)


def inplace_relu_derivative(Z, delta):
    delta[Z == 0] = 0


class MLP:
    def __init__(self, layer_units=(3, 5, 4, 2)):
        rs = np.random.RandomState(1)
        self.n_layers_ = len(layer_units)
        self.coefs_ = [rs.uniform(-1, 1, (a, b)) for a, b in zip(layer_units[:-1], layer_units[1:])]
        self.intercepts_ = [rs.uniform(-1, 1, b) for b in layer_units[1:]]

    def forward(self, X):
        activations = [X]
        for i in range(self.n_layers_ - 1):
            out = activations[i] @ self.coefs_[i]
            out += self.intercepts_[i]
            if i + 1 != self.n_layers_ - 1:
                inplace_relu(out)
            activations.append(out)
        self._activations = activations
        return activations[-1]

    def backward(self, dy):
        last = self.n_layers_ - 2
        self.coef_grads_ = [None] * (last + 1)
        self.intercept_grads_ = [None] * (last + 1)
        delta = dy
        for i in range(last, -1, -1):
            self.coef_grads_[i] = self._activations[i].T @ delta
            self.intercept_grads_[i] = delta.sum(0)
            delta = delta @ self.coefs_[i].T
            if i > 0:
                inplace_relu_derivative(self._activations[i], delta)
        return delta
