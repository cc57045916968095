# SOURCE: style of "micro-framework" transformers: Parameter objects with .data and .grad, gradients
#     accumulated and cleared first, residual wrapper and Sequential; cf. the post-norm issue
#     https://github.com/NVIDIA-NeMo/Speech/pull/4350
# mistake: none (fixed sinusoidal positions are added in front: a constant)
# TRUE: right; the array of positions is a constant without a gradient (not a mistake)
# cmd: Encoder --input 2,3,4
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)


class Dense:
    def __init__(self, rng, fan_in, fan_out):
        self.w = Parameter(rng.uniform(-0.7, 0.7, (fan_in, fan_out)))
        self.b = Parameter(np.zeros(fan_out))

    def __call__(self, x):
        self.x = x
        return x @ self.w.data + self.b.data

    def backward(self, g):
        self.w.grad += np.tensordot(self.x, g, axes=((0, 1), (0, 1)))
        self.b.grad += g.sum((0, 1))
        return g @ self.w.data.T


class Swish:
    def __call__(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-x))
        return x * self.s

    def backward(self, g):
        return g * (self.s + self.x * self.s * (1 - self.s))


class AddNorm:
    def __init__(self, layers, d):
        self.layers = layers
        self.scale, self.shift = Parameter(np.ones(d)), Parameter(np.zeros(d))

    def __call__(self, x):
        y = self.layers[1](self.layers[0](x))
        y = x + self.layers[2](y)
        self.sd = np.sqrt(y.var(-1, keepdims=True) + 1e-6)
        self.n = (y - y.mean(-1, keepdims=True)) / self.sd
        return self.scale.data * self.n + self.shift.data

    def backward(self, g):
        self.scale.grad += np.sum(g * self.n, axis=(0, 1))
        self.shift.grad += np.sum(g, axis=(0, 1))
        g = g * self.scale.data
        g = (g - g.mean(-1, keepdims=True) - self.n * np.mean(g * self.n, -1, keepdims=True)) / self.sd
        inner = g
        for layer in self.layers[::-1]:
            inner = layer.backward(inner)
        return g + inner


class Encoder:
    def __init__(self, rng, d=4, max_len=6):
        i = np.arange(d)
        angle = np.arange(max_len)[:, None] / 10000 ** (2 * (i // 2) / d)
        self.pe = np.where(i % 2 == 0, np.sin(angle), np.cos(angle))
        self.blocks = [AddNorm([Dense(rng, d, 6), Swish(), Dense(rng, 6, d)], d) for _ in range(2)]
        self.params = [p for blk in self.blocks for obj in [blk] + blk.layers
                       for p in vars(obj).values() if isinstance(p, Parameter)]

    def forward(self, x):
        x = x + self.pe[:x.shape[1]]
        for blk in self.blocks:
            x = blk(x)
        return x

    def backward(self, g):
        for p in self.params:
            p.grad[...] = 0
        for blk in reversed(self.blocks):
            g = blk.backward(g)
        return g
