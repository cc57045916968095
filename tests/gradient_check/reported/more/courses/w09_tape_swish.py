# SOURCE: https://github.com/karpathy/nn-zero-to-hero/issues/52 ("in the video I incorrectly used =
#     instead of +="), https://github.com/SethHWeidman/DLFS_code/pull/13
# mistake: a small tape; the sigmoid's _backward sets its operand's grad with = instead of +=,
#     though the operand is used twice in h * sigmoid(h)
# TRUE: dx and dW are both wrong (all there is): of the derivative of h*sigmoid(h) only h*s*(1-s) is
#     left, the path through the product (s) is overwritten
# SAYS: self.grad is written over; it is to be added to
# cmd: SwishLayer --input 5,4
import numpy as np


class Tensor:
    def __init__(self, data, children=()):
        self.data = data
        self.grad = np.zeros_like(data)
        self._prev = children
        self._backward = lambda: None

    def __matmul__(self, other):
        out = Tensor(self.data @ other.data, (self, other))
        def _backward():
            self.grad += out.grad @ other.data.T
            other.grad += self.data.T @ out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        out = Tensor(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def sigmoid(self):
        s = 1 / (1 + np.exp(-self.data))
        out = Tensor(s, (self,))
        def _backward():
            self.grad = s * (1 - s) * out.grad
        out._backward = _backward
        return out

    def backward(self, grad):
        topo, seen = [], set()
        def build(v):
            if id(v) not in seen:
                seen.add(id(v))
                for c in v._prev:
                    build(c)
                topo.append(v)
        build(self)
        for v in topo:
            v.grad = np.zeros_like(v.data)
        self.grad = grad
        for v in reversed(topo):
            v._backward()


class SwishLayer:
    def __init__(self):
        self.W = Tensor(np.random.default_rng(3).normal(size=(4, 3)))

    def forward(self, x):
        self.x = Tensor(x)
        h = self.x @ self.W
        self.out = h * h.sigmoid()
        return self.out.data

    def backward(self, dout):
        self.out.backward(dout)
        return self.x.grad
