# SOURCE: style of small hand-made frameworks with Parameter objects (.data, .grad); the pitfalls
#     are those of https://github.com/stanfordmlgroup/nlc/issues/8 and
#     https://github.com/mlpack/mlpack/pull/1742
# mistake: none
# TRUE: right
# cmd: BiRNN --n_in 3 --n_hid 2 --input 4,5,3
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class OneWay:
    def __init__(self, rng, n_in, n_hid):
        self.U = Parameter(rng.normal(size=(n_in, n_hid)))
        self.V = Parameter(rng.normal(size=(n_hid, n_hid)))
        self.c = Parameter(rng.normal(size=(n_hid,)))

    def __call__(self, x):
        self.x = x
        self.h = [np.zeros((x.shape[0], self.c.data.size))]
        for t in range(x.shape[1]):
            self.h.append(np.tanh(x[:, t] @ self.U.data + self.h[-1] @ self.V.data + self.c.data))
        return np.stack(self.h[1:], axis=1)

    def backward(self, dy):
        for p in (self.U, self.V, self.c):
            p.grad = np.zeros_like(p.data)
        dx = np.empty_like(self.x)
        carry = np.zeros_like(self.h[0])
        for t in range(self.x.shape[1] - 1, -1, -1):
            da = (dy[:, t] + carry) * (1 - self.h[t + 1] ** 2)
            self.U.grad += self.x[:, t].T @ da
            self.V.grad += self.h[t].T @ da
            self.c.grad += da.sum(axis=0)
            dx[:, t] = da @ self.U.data.T
            carry = da @ self.V.data.T
        return dx


class BiRNN:
    def __init__(self, rng, n_in=3, n_hid=2):
        self.n_hid = n_hid
        self.left, self.right = OneWay(rng, n_in, n_hid), OneWay(rng, n_in, n_hid)

    def forward(self, x):
        return np.concatenate([self.left(x), self.right(x[:, ::-1])[:, ::-1]], axis=2)

    def backward(self, dy):
        a, b = dy[:, :, :self.n_hid], dy[:, :, self.n_hid:]
        return self.left.backward(a) + self.right.backward(b[:, ::-1])[:, ::-1]
