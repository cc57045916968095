# SOURCE: style of "GCN from scratch in NumPy" posts after tkipf/gcn; row-normalised adjacency of a
#     directed graph (see https://github.com/tkipf/gcn/issues/142 on the transpose), forward_pass /
#     backward_pass, the whole network in a class
# mistake: none (the transpose of the adjacency is there)
# TRUE: right
# cmd: GCN --input 5,4 --constant A_hat
import numpy as np


class GCN:
    def __init__(self, rng):
        edges = [(0, 1), (1, 2), (2, 0), (3, 1), (4, 3), (0, 4)]
        A = np.eye(5)
        for i, j in edges:
            A[i, j] = 1
        self.A_hat = A / A.sum(axis=1, keepdims=True)
        self.W1 = rng.standard_normal((4, 6)) * 0.5
        self.W2 = rng.standard_normal((6, 3)) * 0.5

    def forward_pass(self, X):
        self.AX = self.A_hat @ X
        self.H = np.tanh(self.AX @ self.W1)
        self.AH = self.A_hat @ self.H
        return self.AH @ self.W2

    def backward_pass(self, dZ):
        self.dW2 = self.AH.T @ dZ
        dH = self.A_hat.T @ dZ @ self.W2.T
        dpre = dH * (1 - self.H ** 2)
        self.dW1 = self.AX.T @ dpre
        return self.A_hat.T @ (dpre @ self.W1.T)
