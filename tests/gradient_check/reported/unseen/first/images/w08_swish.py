# SOURCE: https://github.com/RubixML/ML/pull/393 ("simplified formulation: dL/dbeta ~ sum(dOut *
#     input)", review thread) and https://github.com/pytorch/pytorch/issues/110815 (the y +
#     sigmoid*(1-y) formula, which holds for beta = 1 only)
# mistake: learned swish: beta's gradient simplified to sum(dout * x), and the derivative for the
#     input is the one of beta = 1
# TRUE: two mistakes: d beta is wrong (sigma'(beta x) x^2 became x), and dx is wrong (y should be
#     multiplied by beta: it is beta*y + s*(1 - beta*y))
# OPEN: true: the factor self.beta is missing
# cmd: Swish --input 7,4 --n_features 4
import numpy as np


class Swish:
    def __init__(self, rng, n_features):
        self.beta = rng.uniform(0.4, 1.8, size=n_features)
        self.beta_gradient = None

    def forward(self, x):
        self.x = x
        self.sig = 1.0 / (1.0 + np.exp(-self.beta * x))
        self.y = x * self.sig
        return self.y

    def backward(self, d_out):
        # how the loss changes with beta
        self.beta_gradient = np.sum(d_out * self.x, axis=0)
        return d_out * (self.y + self.sig * (1.0 - self.y))

    def parameters(self):
        return [self.beta]

    def gradients(self):
        return [self.beta_gradient]
