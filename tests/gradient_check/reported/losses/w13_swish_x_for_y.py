# SOURCE: https://github.com/pjreddie/darknet/pull/252 (swish_gradient: x + sigma * (1 - x), given
#     the input, where the formula is for the output); the learned beta is added
# mistake: derivative beta*y + sigma*(1 - beta*y) with the input x in place of the output y
# TRUE: dx wrong everywhere; the gradient of beta right
# SAYS: grad * (beta * x * (s * (1 - s)) + s)
# cmd: Swish --input 5,4
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)


class Swish:
    def __init__(self, size=4):
        self.beta = Parameter(np.linspace(0.5, 1.5, size))

    def parameters(self):
        return [self.beta]

    def forward(self, x):
        self.x = x
        self.sigma = 1 / (1 + np.exp(-self.beta.data * x))
        return x * self.sigma

    def backward(self, grad):
        x, s, beta = self.x, self.sigma, self.beta.data
        self.beta.grad = (grad * x ** 2 * s * (1 - s)).sum(axis=0)
        return grad * (beta * x + s * (1 - beta * x))
