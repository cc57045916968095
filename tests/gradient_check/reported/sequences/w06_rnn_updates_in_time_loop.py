# SOURCE: https://github.com/mratsim/Arraymancer/pull/237 ("as soon as the first (=last in forward)
#     step is back-propagated, it will update the weights immediately, which in turn affects the
#     following back-propagations")
# mistake: the weights are updated at every time step inside the loop of backward, so earlier steps
#     are passed back with changed weights
# TRUE: the update is made inside the time loop: gradients of earlier steps use the already changed
#     Wx and Wh. Wrong (by about lr): the steps taken for Wx, Wh, b, and dx at all but the last time
#     step; each step's own formula is right
# OPEN: true: It is not linear in dy
# cmd: RecurrentLayer --input 4,3,2 --n_in 2 --n_hidden 3
import numpy as np


class RecurrentLayer:
    def __init__(self, n_in, n_hidden, lr=0.05):
        self.Wx = np.random.randn(n_in, n_hidden) * 0.6
        self.Wh = np.random.randn(n_hidden, n_hidden) * 0.6
        self.b = np.zeros(n_hidden)
        self.lr = lr

    def step(self, x, h):
        return np.tanh(np.dot(x, self.Wx) + np.dot(h, self.Wh) + self.b)

    def forward(self, xs):
        # xs: (time, batch, n_in)
        self.xs = xs
        self.hs = [np.zeros((xs.shape[1], self.Wh.shape[0]))]
        for x in xs:
            self.hs.append(self.step(x, self.hs[-1]))
        return np.array(self.hs[1:])

    def step_backward(self, dh, t):
        da = dh * (1 - self.hs[t + 1] ** 2)
        dx = np.dot(da, self.Wx.T)
        dh_prev = np.dot(da, self.Wh.T)
        self.Wx -= self.lr * np.dot(self.xs[t].T, da)
        self.Wh -= self.lr * np.dot(self.hs[t].T, da)
        self.b -= self.lr * da.sum(axis=0)
        return dx, dh_prev

    def backward(self, dhs):
        dxs = np.empty_like(self.xs)
        dh_prev = np.zeros_like(dhs[0])
        for t in reversed(range(len(dhs))):
            dxs[t], dh_prev = self.step_backward(dhs[t] + dh_prev, t)
        return dxs
