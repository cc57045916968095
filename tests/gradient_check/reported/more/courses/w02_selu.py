# SOURCE: https://github.com/RubixML/ML/pull/427 "Fix SELU negative branch" (also mlpack #1540 /
#     #1656, same formula)
# mistake: for x <= 0 the derivative is taken from the output as SCALE * (output + ALPHA); as the
#     output has SCALE in it already, it should be output + SCALE * ALPHA
# TRUE: dx is wrong where x <= 0 (one scale too many on the output part); right where x > 0. No
#     parameters.
# SAYS: self.SCALE * (activations / self.SCALE + self.ALPHA)
# cmd: SELU --input 5,4
import numpy as np


class SELU:
    ALPHA = 1.6732632423543772
    SCALE = 1.0507009873554805

    def activate(self, z):
        positive = self.SCALE * z
        negative = self.SCALE * self.ALPHA * (np.exp(np.minimum(z, 0.0)) - 1.0)
        return np.where(z > 0, positive, negative)

    def differentiate(self, z, activations):
        return np.where(z > 0, self.SCALE, self.SCALE * (activations + self.ALPHA))

    def forward(self, z):
        self.z = z
        self.activations = self.activate(z)
        return self.activations

    def backward(self, prev_gradient):
        return prev_gradient * self.differentiate(self.z, self.activations)
