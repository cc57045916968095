# SOURCE: https://github.com/RubixML/ML/pull/427 (SELU derivative from the output: scale * (output +
#     alpha))
# mistake: on the negative side the derivative is taken as SCALE * (output + ALPHA), but the output
#     has the scale in it already
# TRUE: dx is wrong where x <= 0 (should be output + SCALE*ALPHA); right where x > 0. No parameters.
# SAYS: the division by SCALE is missing
# cmd: SELU --input 6,5
import numpy as np

ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805
BETA = SCALE * ALPHA


class SELU:
    """Scaled exponential linear unit, self-normalizing."""

    def activate(self, z):
        return np.where(z > 0.0, SCALE * z, BETA * (np.exp(np.minimum(z, 0.0)) - 1.0))

    def differentiate(self, z, computed):
        return np.where(z > 0.0, SCALE, SCALE * (computed + ALPHA))

    def forward(self, input):
        self.input = input
        self.computed = self.activate(input)
        return self.computed

    def backward(self, prev_gradient):
        return self.differentiate(self.input, self.computed) * prev_gradient
