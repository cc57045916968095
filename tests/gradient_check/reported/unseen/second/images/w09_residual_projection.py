# SOURCE: known slip, no thread at hand (students' ResNet blocks; the order of the sum on the way
#     back is discussed in https://github.com/chelsea0x3b/dfdx/pull/118 )
# mistake: y = relu(F(x) + x Ws): the gradient of the shortcut is the incoming one, before it went
#     through the last relu
# TRUE: the gradient of Ws and dx are wrong (the relu's mask is missing in the shortcut branch); W1,
#     b1, W2, b2 are right
# SAYS: d2 belongs where grad stands
# cmd: ResidualBlock --input 6,5
import numpy as np


class Param:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class ResidualBlock:
    def __init__(self, rng, d_in=5, d_out=4):
        self.W1 = Param(rng.normal(0, 0.6, (d_in, 3)))
        self.b1 = Param(np.zeros(3))
        self.W2 = Param(rng.normal(0, 0.6, (3, d_out)))
        self.b2 = Param(np.zeros(d_out))
        self.Ws = Param(rng.normal(0, 0.6, (d_in, d_out)))

    def __call__(self, x):
        self.x = x
        self.pre1 = x @ self.W1.data + self.b1.data
        self.h = np.maximum(self.pre1, 0)
        self.pre2 = self.h @ self.W2.data + self.b2.data + x @ self.Ws.data
        return np.maximum(self.pre2, 0)

    def backward(self, grad):
        d2 = grad * (self.pre2 > 0)
        self.W2.grad = self.h.T @ d2
        self.b2.grad = d2.sum(0)
        d1 = (d2 @ self.W2.data.T) * (self.pre1 > 0)
        self.W1.grad = self.x.T @ d1
        self.b1.grad = d1.sum(0)
        # shortcut
        self.Ws.grad = self.x.T @ grad
        return d1 @ self.W1.data.T + grad @ self.Ws.data.T
