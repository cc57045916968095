# SOURCE: https://github.com/apache/systemds/pull/2330 (autoencoder: bias values b1, b2 instead of
#     b1_grad, b2_grad in the momentum update)
# mistake: the update of the biases takes the bias itself where its gradient belongs
# TRUE: steps of b1 and b2 are wrong (step * b instead of step * gradient); steps of W1, W2 and the
#     returned gradient are right
# OPEN: not compared: b1, b2
# cmd: Autoencoder --input 7,5
import numpy as np


class Autoencoder:
    def __init__(self, rng, num_features=5, num_hidden=3, step=0.05, mu=0.9):
        self.step, self.mu = step, mu
        self.W1 = rng.uniform(-1, 1, (num_features, num_hidden))
        self.b1 = rng.uniform(-1, 1, (1, num_hidden))
        self.W2 = rng.uniform(-1, 1, (num_hidden, num_features))
        self.b2 = rng.uniform(-1, 1, (1, num_features))
        self.upd_W1 = np.zeros_like(self.W1)
        self.upd_b1 = np.zeros_like(self.b1)
        self.upd_W2 = np.zeros_like(self.W2)
        self.upd_b2 = np.zeros_like(self.b2)

    def forward(self, X):
        self.X = X
        self.H1 = 1 / (1 + np.exp(-(X @ self.W1 + self.b1)))
        self.Yhat = 1 / (1 + np.exp(-(self.H1 @ self.W2 + self.b2)))
        return self.Yhat

    def backward(self, E):
        delta2 = E * self.Yhat * (1 - self.Yhat)
        delta1 = (delta2 @ self.W2.T) * self.H1 * (1 - self.H1)
        E_X = delta1 @ self.W1.T

        W2_grad = self.H1.T @ delta2
        b2_grad = delta2.sum(axis=0, keepdims=True)
        W1_grad = self.X.T @ delta1
        b1_grad = delta1.sum(axis=0, keepdims=True)

        self.upd_W1 = self.mu * self.upd_W1 - self.step * W1_grad
        self.upd_b1 = self.mu * self.upd_b1 - self.step * self.b1
        self.upd_W2 = self.mu * self.upd_W2 - self.step * W2_grad
        self.upd_b2 = self.mu * self.upd_b2 - self.step * self.b2
        self.W1 = self.W1 + self.upd_W1
        self.b1 = self.b1 + self.upd_b1
        self.W2 = self.W2 + self.upd_W2
        self.b2 = self.b2 + self.upd_b2
        return E_X
