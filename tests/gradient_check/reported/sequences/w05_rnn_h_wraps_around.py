# SOURCE: https://lzwjava.github.io/notes/2025-09-06-lstm-bugs-fixes-en ("C[t-1] ... is wrong for
#     t==0 (wraps to the last element)"); of the same kind:
#     https://github.com/VikParuchuri/zero_to_gpt/issues/9 (hidden state index at t=1)
# mistake: h[t-1] in backward: the initial zero state is not in the list, so at t = 0 index -1 is
#     the LAST hidden state
# TRUE: dWhh wrong: the term of t = 0 is h[T-1]^T dt0 where it should be h_init^T dt0 = 0; dWxh,
#     dbh, dx right
# SAYS: is the last of all where the index is -1
# cmd: VanillaRNN --input 3,4,2
import numpy as np


class VanillaRNN:
    hidden = 5

    def __init__(self, rng):
        self.Wxh = rng.standard_normal((2, self.hidden)) / 2
        self.Whh = rng.standard_normal((self.hidden, self.hidden)) / 2
        self.bh = np.zeros((1, self.hidden))

    def forward(self, X):
        """X (batch, time, features) -> all hidden states (batch, time, hidden)"""
        self.X = X
        self.h = []
        state = np.zeros((X.shape[0], self.hidden))
        for t in range(X.shape[1]):
            state = np.tanh(X[:, t] @ self.Wxh + state @ self.Whh + self.bh)
            self.h.append(state)
        return np.stack(self.h, axis=1)

    def backward(self, grad):
        self.dWxh = np.zeros_like(self.Wxh)
        self.dWhh = np.zeros_like(self.Whh)
        self.dbh = np.zeros_like(self.bh)
        dX = np.zeros_like(self.X)
        dh_next = 0
        for t in range(self.X.shape[1] - 1, -1, -1):
            dh = grad[:, t] + dh_next
            dt = dh * (1 - self.h[t] ** 2)
            self.dWxh += self.X[:, t].T @ dt
            self.dWhh += self.h[t - 1].T @ dt
            self.dbh += dt.sum(axis=0, keepdims=True)
            dX[:, t] = dt @ self.Wxh.T
            dh_next = dt @ self.Whh.T
        return dX
