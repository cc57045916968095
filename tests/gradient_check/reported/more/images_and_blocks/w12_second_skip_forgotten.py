# SOURCE: https://github.com/paiml/entrenar/issues/313 ("missing second residual skip gradient"; the
#     first one is handled)
# mistake: of two skips, r = x + f(x), y = r + g(r), the gradient of the second one (dy into r) is
#     not added, so what reaches the first branch has passed g alone
# TRUE: dx is wrong and so are the gradients of the first branch (branch1: weight, bias); those of
#     the second branch are right
# SAYS: lines 50 and 51 change: the term grad_output is missing; the term grad_residual1 is missing
# SAYS: self.branch1.backward(grad_residual1 + grad_output)
# SAYS: grad_input += grad_output + grad_residual1
# cmd: ResidualBlock --input 3,4
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Branch:
    """tanh(x W + b)"""

    def __init__(self, dim, rng):
        self.weight = Parameter(rng.normal(0, 0.5, (dim, dim)))
        self.bias = Parameter(np.zeros(dim))

    def __call__(self, x):
        self.x = x
        self.h = np.tanh(x @ self.weight.data + self.bias.data)
        return self.h

    def backward(self, grad):
        grad = grad * (1 - self.h * self.h)
        self.weight.grad = self.x.T @ grad
        self.bias.grad = grad.sum(0)
        return grad @ self.weight.data.T


class ResidualBlock:
    def __init__(self, rng):
        self.branch1 = Branch(4, rng)
        self.branch2 = Branch(4, rng)

    def __call__(self, x):
        residual1 = x + self.branch1(x)
        return residual1 + self.branch2(residual1)

    def backward(self, grad_output):
        grad_residual1 = self.branch2.backward(grad_output)
        grad_input = self.branch1.backward(grad_residual1)
        grad_input += grad_output
        return grad_input
