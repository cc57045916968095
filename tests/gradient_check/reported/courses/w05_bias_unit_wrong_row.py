# SOURCE: https://github.com/louisjc/mnist-neural-network/issues/1 (the fix takes the bias unit out
#     with np.delete(..., 300, 1), the last one, on the way back); in Andrew Ng's ex4 the bias unit
#     comes first, and Theta2(:, 2:end) is what everybody remembers
# mistake: the ones are appended as last column, but it is the first row of Theta2 that is left out
#     on the way back
# TRUE: the gradient of Theta1 is wrong (delta of the hidden layer is formed with Theta2[1:] instead
#     of Theta2[:-1]); that of Theta2 is right. No gradient of the input is computed.
# SAYS: self.Theta2[:-1].T
# cmd: BiasUnitNet --input 6,4
import numpy as np


class BiasUnitNet:
    """x -> sigmoid(hidden 3) -> sigmoid(2); the bias is the weight of a unit that is always 1"""

    def __init__(self, rng):
        self.Theta1 = rng.uniform(-0.8, 0.8, (4 + 1, 3))
        self.Theta2 = rng.uniform(-0.8, 0.8, (3 + 1, 2))

    def _sig(self, z):
        return 1 / (1 + np.exp(-z))

    def _with_bias(self, a):
        return np.hstack([a, np.ones((a.shape[0], 1))])

    def forward(self, X):
        a1 = self._with_bias(X)
        a2 = self._with_bias(self._sig(a1 @ self.Theta1))
        a3 = self._sig(a2 @ self.Theta2)
        return a3, (a1, a2, a3)

    def backward(self, d_out, cache):
        a1, a2, a3 = cache
        delta3 = d_out * a3 * (1 - a3)
        hidden = a2[:, :-1]
        delta2 = (delta3 @ self.Theta2[1:].T) * hidden * (1 - hidden)
        return {"Theta1": a1.T @ delta2, "Theta2": a2.T @ delta3}
