# SOURCE: style of a small framework with parameter objects and zero_grad (as in cTensor,
#     https://github.com/sebgao/cTensor); MobileNet's depthwise layer behind a reflection padding
# mistake: none
# TRUE: right (gradients accumulate into .grad, which starts at zero)
# cmd: Depthwise --input 2,3,4,5 --multiplier 2
import numpy as np


class Tensor:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)
        self.zero_grad()

    def zero_grad(self):
        self.grad = np.zeros_like(self.data)


class ReflectionPad:
    def __init__(self, p):
        self.p = p

    def forward(self, x):
        h, w = x.shape[2:]
        self.iy = np.pad(np.arange(h), self.p, mode="reflect")
        self.ix = np.pad(np.arange(w), self.p, mode="reflect")
        self.shape = x.shape
        return x[:, :, self.iy][:, :, :, self.ix]

    def backward(self, g):
        gx = np.zeros(self.shape)
        np.add.at(gx, (slice(None), slice(None), self.iy[:, None], self.ix[None, :]), g)
        return gx


class Depthwise:
    def __init__(self, rng, multiplier, channels=3, k=3):
        self.weight = Tensor(rng.standard_normal((channels, multiplier, k, k)))
        self.bias = Tensor(rng.standard_normal(channels * multiplier))
        self.pad = ReflectionPad(k // 2)
        self.k = k

    def parameters(self):
        return [self.weight, self.bias]

    def forward(self, x):
        n, c, h, w = x.shape
        self.padded = self.pad.forward(x)
        y = sum(self.padded[:, :, None, i:i + h, j:j + w] * self.weight.data[None, :, :, i, j, None, None]
                for i in range(self.k) for j in range(self.k))
        return y.reshape(n, -1, h, w) + self.bias.data.reshape(1, -1, 1, 1)

    def backward(self, g):
        n, cm, h, w = g.shape
        self.bias.grad += np.einsum("nchw->c", g)
        g = g.reshape(n, self.weight.data.shape[0], -1, h, w)
        gp = np.zeros_like(self.padded)
        for i in range(self.k):
            for j in range(self.k):
                self.weight.grad[:, :, i, j] += np.einsum("ncmhw,nchw->cm", g, self.padded[:, :, i:i + h, j:j + w])
                gp[:, :, i:i + h, j:j + w] += np.einsum("ncmhw,cm->nchw", g, self.weight.data[:, :, i, j])
        return self.pad.backward(gp)
