# SOURCE: style of small autograd-like array code after micrograd: Tensor with data and grad,
#     gradients added up, zero_grad() before
# mistake: none
# TRUE: right (grad is added to, as in PyTorch; zero_grad() empties it)
# cmd: ResidualMLP --input 5,3
import numpy as np


class Tensor:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)


class Linear:
    def __init__(self, n_in, n_out):
        self.weight = Tensor(np.random.randn(n_out, n_in) * 0.5)
        self.bias = Tensor(np.random.randn(n_out) * 0.1)

    def forward(self, x):
        return x @ self.weight.data.T + self.bias.data

    def backward(self, x, dout):
        self.weight.grad += dout.T @ x
        self.bias.grad += dout.sum(axis=0)
        return dout @ self.weight.data


class ResidualMLP:
    """y = out(h + tanh(block(h))), h = block(x): the block is used twice"""

    def __init__(self):
        self.block, self.out = Linear(3, 3), Linear(3, 2)

    def parameters(self):
        return [self.block.weight, self.block.bias, self.out.weight, self.out.bias]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = np.zeros_like(p.data)

    def forward(self, x):
        h = self.block.forward(x)
        t = np.tanh(self.block.forward(h))
        s = h + t
        return self.out.forward(s), (x, h, t, s)

    def backward(self, dout, cache):
        x, h, t, s = cache
        ds = self.out.backward(s, dout)
        dh = ds + self.block.backward(h, ds * (1 - t * t))
        return self.block.backward(x, dh)
