# SOURCE: known slip of NumPy GANs that update while going back, no thread at hand (style: kdnuggets
#     "Only Numpy: Implementing GANs",
#     https://www.kdnuggets.com/2018/08/only-numpy-implementing-gans-adam-optimizer.html)
# mistake: W2 is updated before the gradient goes back through it
# TRUE: dx, and the steps of W1 and b1 wrong (computed with the new W2); the steps of W2 and b2
#     right
# SAYS: backward updates W2 and b2 before it is done
# cmd: Discriminator --input 6,4
import numpy as np


def lrelu(z, slope=0.1):
    return np.where(z > 0, z, slope * z)


class Discriminator:
    lr = 0.05

    def __init__(self, rng):
        self.W1 = rng.normal(0, 0.6, (4, 5))
        self.b1 = rng.normal(0, 0.1, 5)
        self.W2 = rng.normal(0, 0.6, (5, 1))
        self.b2 = np.zeros(1)

    def forward(self, x):
        self.l0 = x
        self.l1 = x.dot(self.W1) + self.b1
        self.l1A = lrelu(self.l1)
        self.l2 = self.l1A.dot(self.W2) + self.b2
        self.l2A = 1 / (1 + np.exp(-self.l2))
        return self.l2A

    def backward(self, grad):
        grad_2 = grad * self.l2A * (1 - self.l2A)
        self.W2 -= self.lr * self.l1A.T.dot(grad_2)
        self.b2 -= self.lr * grad_2.sum(axis=0)
        grad_1 = grad_2.dot(self.W2.T) * np.where(self.l1 > 0, 1.0, 0.1)
        grad_0 = grad_1.dot(self.W1.T)
        self.W1 -= self.lr * self.l0.T.dot(grad_1)
        self.b1 -= self.lr * grad_1.sum(axis=0)
        return grad_0
