# SOURCE:
#     https://codereview.stackexchange.com/questions/165635/matrix-factorization-system-recommender
#     (P[i][k] is updated, and the next line uses it for the update of Q[k][j]); the same is
#     reported of gensim and of glove.py (hans/glove.py/issues/6)
# mistake: the factors are updated one after another, Q with the P that has just been changed
# TRUE: the step of Q is wrong (taken with the new P, an error of the size of the learning rate); P
#     and b right
# OPEN: not compared: Q
# cmd: MatrixFactorization --n_users 6 --n_items 5 --k 3 --input 4 --integers 6
import numpy as np


class MatrixFactorization:
    def __init__(self, n_users, n_items, k, seed=3):
        rs = np.random.RandomState(seed)
        self.P = rs.normal(scale=1.0 / k, size=(n_users, k))
        self.Q = rs.normal(scale=1.0 / k, size=(n_items, k))
        self.b = np.zeros(n_items)
        self.alpha = 0.01

    def forward(self, users):
        """predicted ratings of all items for some users"""
        self.users = users
        return self.P[users] @ self.Q.T + self.b

    def backward(self, err):
        np.subtract.at(self.P, self.users, self.alpha * err @ self.Q)
        self.Q -= self.alpha * err.T @ self.P[self.users]
        self.b -= self.alpha * err.sum(axis=0)
