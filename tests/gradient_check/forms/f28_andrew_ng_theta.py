# TRUE: wrong: Theta2 gradient is missing in its bias column (column 0 stays zero)
# HOLDS: Theta1 (column 0 = bias), Theta2 (column 0 = bias) | CONSTANTS: none
# cmd: NN --input 6,4
import numpy as np


def add_ones(a):
    return np.hstack([np.ones((a.shape[0], 1)), a])


class NN:
    def __init__(self, rng, n=4, h=5, k=2, epsilon_init=0.8):
        self.Theta1 = rng.uniform(-epsilon_init, epsilon_init, (h, n + 1))
        self.Theta2 = rng.uniform(-epsilon_init, epsilon_init, (k, h + 1))

    def forward(self, X):
        self.a1 = add_ones(X)
        self.a2 = add_ones(1 / (1 + np.exp(-self.a1 @ self.Theta1.T)))
        return self.a2 @ self.Theta2.T

    def backward(self, d3):
        d2 = (d3 @ self.Theta2 * self.a2 * (1 - self.a2))[:, 1:]
        self.Theta1_grad = d2.T @ self.a1
        self.Theta2_grad = np.zeros_like(self.Theta2)
        self.Theta2_grad[:, 1:] = d3.T @ self.a2[:, 1:]
        return d2 @ self.Theta1[:, 1:]
