# SOURCE: https://github.com/albertauyeung/matrix-factorization-in-python/pull/3 (same in
#     https://github.com/epfml/ML_course/issues/37)
# mistake: P is updated first, and the step of Q is then taken with the new P
# TRUE: the step of Q is wrong (it uses P after its own update: off by lr times dP); the step of P
#     is right
# OPEN: not compared: Q
# cmd: MF --n_users 4 --n_items 5 --K 3 --input 6 --integers 4
import numpy as np


class MF:
    def __init__(self, rng, n_users=4, n_items=5, K=3, alpha=0.1):
        self.alpha = alpha
        self.P = rng.normal(scale=1.0 / K, size=(n_users, K))
        self.Q = rng.normal(scale=1.0 / K, size=(n_items, K))

    def forward(self, users):
        self.users = users
        return self.P[users].dot(self.Q.T)

    def backward(self, e):
        # e: derivative of the cost by the predicted ratings, one row a user
        np.subtract.at(self.P, self.users, self.alpha * e.dot(self.Q))
        self.Q -= self.alpha * e.T.dot(self.P[self.users])
