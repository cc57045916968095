# SOURCE: known slip with coupling layers written by hand, no thread at hand (the layer's form as
#     discussed in https://github.com/chrischute/real-nvp/issues/4)
# mistake: the half that passes through unchanged also feeds the nets s and t; the gradient coming
#     back from the net s is lost
# TRUE: dx wrong in the first half of the columns (the path through s is missing; through t and the
#     identity it is there), right in the second half. The gradients of both nets' weights right.
# OPEN: true: all those with index [0, 1, 2] along axis 1
# cmd: AffineCoupling --input 5,6
import numpy as np


class Linear:
    def __init__(self, rng, a, b):
        self.w = rng.standard_normal((a, b)) / np.sqrt(a)
        self.b = np.zeros(b)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, g):
        self.dw, self.db = self.x.T @ g, g.sum(0)
        return g @ self.w.T


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y ** 2)


class Net:
    def __init__(self, rng, d, h, last):
        self.layers = [Linear(rng, d, h), Tanh(), Linear(rng, h, d)] + last

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, g):
        for layer in reversed(self.layers):
            g = layer.backward(g)
        return g


class AffineCoupling:
    def __init__(self, rng, dim=6, hidden=4):
        self.half = dim // 2
        self.scale_net = Net(rng, self.half, hidden, [Tanh()])
        self.shift_net = Net(rng, self.half, hidden, [])

    def forward(self, x):
        x1, self.x2 = x[:, :self.half], x[:, self.half:]
        self.s = self.scale_net.forward(x1)
        t = self.shift_net.forward(x1)
        return np.concatenate([x1, self.x2 * np.exp(self.s) + t], axis=1)

    def backward(self, dy):
        dy1, dy2 = dy[:, :self.half], dy[:, self.half:]
        dx2 = dy2 * np.exp(self.s)
        self.scale_net.backward(dx2 * self.x2)
        dx1 = dy1 + self.shift_net.backward(dy2)
        return np.concatenate([dx1, dx2], axis=1)
