"""Right layers in the styles of courses: none inherits anything from the library.

A class has forward(x) and backward(dy, cache), or keeps its cache; its parameters are attributes
(W and dW), or stand in dicts (params and grads). All arrays are channels last.
"""

import numpy as np


class Dense:
    """y = x W + b."""

    def __init__(self, rng, inputs=5, outputs=4):
        self.W = rng.standard_normal((inputs, outputs))
        self.b = rng.standard_normal(outputs)

    def forward(self, x):
        return x @ self.W + self.b, x

    def backward(self, dy, cache):
        x = cache
        self.dW = x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


class DictDense:
    """The same with its parameters in a dict, and the cache on itself."""

    def __init__(self, rng, inputs=5, outputs=4):
        self.params = {
            "W": rng.standard_normal((inputs, outputs)), "b": rng.standard_normal(outputs),
        }
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dout):
        self.grads["W"] = self.x.T @ dout
        self.grads["b"] = dout.sum(axis=0)
        return dout @ self.params["W"].T


class LeakyReLU:
    def __init__(self, rng, slope=0.2):
        self.slope = slope

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, cache):
        return np.where(cache > 0, dy, self.slope * dy)


class PReLU:
    """The slope is learnt, one a channel."""

    def __init__(self, rng, channels=4):
        self.slope = rng.uniform(0.1, 0.5, channels)

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, x):
        self.dslope = (dy * np.minimum(x, 0)).sum(axis=0)
        return np.where(x > 0, dy, self.slope * dy)


class Sigmoid:
    def __init__(self, rng):
        pass

    def forward(self, x):
        y = 1 / (1 + np.exp(-x))
        return y, y

    def backward(self, dy, y):
        return dy * y * (1 - y)


class Tanh:
    def __init__(self, rng):
        pass

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class Softplus:
    def __init__(self, rng):
        pass

    def forward(self, x):
        return np.log1p(np.exp(x)), x

    def backward(self, dy, x):
        return dy / (1 + np.exp(-x))


class ELU:
    def __init__(self, rng, alpha=0.7):
        self.alpha = alpha

    def forward(self, x):
        return np.where(x > 0, x, self.alpha * (np.exp(x) - 1)), x

    def backward(self, dy, x):
        return dy * np.where(x > 0, 1, self.alpha * np.exp(x))


class Swish:
    """y = x σ(x)."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        s = 1 / (1 + np.exp(-x))
        return x * s, (x, s)

    def backward(self, dy, cache):
        x, s = cache
        return dy * (s + x * s * (1 - s))


class Softmax:
    def __init__(self, rng):
        pass

    def forward(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        y = e / e.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, dy, y):
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


class Embedding:
    """A row of the table for each label."""

    def __init__(self, rng, num=5, dim=3):
        self.W = rng.standard_normal((num, dim))

    def forward(self, labels):
        return self.W[labels], labels

    def backward(self, dy, labels):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, labels, dy)


class Skip:
    """y = x + tanh(x W)."""

    def __init__(self, rng, size=4):
        self.W = rng.standard_normal((size, size))

    def forward(self, x):
        h = np.tanh(x @ self.W)
        return x + h, (x, h)

    def backward(self, dy, cache):
        x, h = cache
        dh = dy * (1 - h**2)
        self.dW = x.T @ dh
        return dy + dh @ self.W.T


class Dropout:
    def __init__(self, rng, p=0.4):
        self.rng, self.p = rng, p

    def forward(self, x):
        mask = self.rng.random(x.shape) > self.p
        return x * mask / (1 - self.p), mask

    def backward(self, dy, mask):
        return dy * mask / (1 - self.p)


class Conv:
    """A convolution of images (N, H, W, C), W (k, k, C, M), by loops over places."""

    def __init__(self, rng, channels=2, outputs=3, kernel=3, stride=2, padding=1):
        self.W = rng.standard_normal((kernel, kernel, channels, outputs))
        self.b = rng.standard_normal(outputs)
        self.stride, self.padding = stride, padding

    def places(self, padded):
        k, s = len(self.W), self.stride
        rows, columns = ((size - k) // s + 1 for size in padded.shape[1:3])
        for i in range(rows):
            for j in range(columns):
                yield i, j, (slice(None), slice(i * s, i * s + k), slice(j * s, j * s + k))

    def pad(self, x):
        p = self.padding
        return np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))

    def unpad(self, padded):
        p = self.padding
        return padded[:, p : padded.shape[1] - p, p : padded.shape[2] - p]

    def forward(self, x):
        padded, k, s = self.pad(x), len(self.W), self.stride
        rows, columns = ((size - k) // s + 1 for size in padded.shape[1:3])
        y = np.empty((len(x), rows, columns, self.W.shape[-1]))
        for i, j, seen in self.places(padded):
            y[:, i, j] = np.einsum("nabc,abcm->nm", padded[seen], self.W) + self.b
        return y, x

    def backward(self, dy, x):
        padded = self.pad(x)
        d_padded = np.zeros_like(padded)
        self.dW, self.db = np.zeros_like(self.W), dy.sum(axis=(0, 1, 2))
        for i, j, seen in self.places(padded):
            self.dW += np.einsum("nabc,nm->abcm", padded[seen], dy[:, i, j])
            d_padded[seen] += np.einsum("nm,abcm->nabc", dy[:, i, j], self.W)
        return self.unpad(d_padded)


class ConvTranspose:
    """The transposed convolution, W (k, k, M, C)."""

    def __init__(self, rng, channels=2, outputs=3, kernel=4, stride=2, padding=1):
        self.W = rng.standard_normal((kernel, kernel, outputs, channels))
        self.b = rng.standard_normal(outputs)
        self.stride, self.padding = stride, padding

    def large(self, size):
        return (size - 1) * self.stride + len(self.W)

    def seen(self, i, j):
        k, s = len(self.W), self.stride
        return slice(None), slice(i * s, i * s + k), slice(j * s, j * s + k)

    def forward(self, x):
        n, rows, columns, _ = x.shape
        full = np.zeros((n, self.large(rows), self.large(columns), self.W.shape[2]))
        for i in range(rows):
            for j in range(columns):
                full[self.seen(i, j)] += np.einsum("nc,abmc->nabm", x[:, i, j], self.W)
        p = self.padding
        return full[:, p : full.shape[1] - p, p : full.shape[2] - p] + self.b, x

    def backward(self, dy, x):
        p = self.padding
        full = np.pad(dy, ((0, 0), (p, p), (p, p), (0, 0)))
        dx, self.dW, self.db = np.zeros_like(x), np.zeros_like(self.W), dy.sum(axis=(0, 1, 2))
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                dx[:, i, j] = np.einsum("nabm,abmc->nc", full[self.seen(i, j)], self.W)
                self.dW += np.einsum("nabm,nc->abmc", full[self.seen(i, j)], x[:, i, j])
        return dx


class AveragePool:
    """The mean of each 2 x 2 places."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        n, h, w, c = x.shape
        return x.reshape(n, h // 2, 2, w // 2, 2, c).mean(axis=(2, 4)), x.shape

    def backward(self, dy, shape):
        return (dy / 4).repeat(2, axis=1).repeat(2, axis=2)


class MaxPool:
    def __init__(self, rng):
        pass

    def forward(self, x):
        n, h, w, c = x.shape
        cells = x.reshape(n, h // 2, 2, w // 2, 2, c)
        y = cells.max(axis=(2, 4))
        return y, (cells, y)

    def backward(self, dy, cache):
        cells, y = cache
        best = cells == y[:, :, None, :, None]
        n, h, _, w, _, c = cells.shape
        return (best * dy[:, :, None, :, None]).reshape(n, 2 * h, 2 * w, c)


class Upsample:
    """Each place four times."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        return x.repeat(2, axis=1).repeat(2, axis=2), x.shape

    def backward(self, dy, shape):
        n, h, w, c = shape
        return dy.reshape(n, h, 2, w, 2, c).sum(axis=(2, 4))


class BatchNorm:
    """Over all axes but the last, in training; running statistics in inference."""

    def __init__(self, rng, channels=3, eps=1e-5):
        self.gamma, self.beta = rng.uniform(0.5, 2, channels), rng.standard_normal(channels)
        self.running_mean, self.running_var = np.zeros(channels), np.ones(channels)
        self.eps = eps

    def forward(self, x, training=True):
        axes = tuple(range(x.ndim - 1))
        if training:
            mean, var = x.mean(axis=axes), x.var(axis=axes)
            self.running_mean = 0.9 * self.running_mean + 0.1 * mean
            self.running_var = 0.9 * self.running_var + 0.1 * var
        else:
            mean, var = self.running_mean, self.running_var
        inv = 1 / np.sqrt(var + self.eps)
        x_hat = (x - mean) * inv
        return self.gamma * x_hat + self.beta, (x_hat, inv, axes)

    def backward(self, dy, cache):
        x_hat, inv, axes = cache
        self.dbeta, self.dgamma = dy.sum(axis=axes), (dy * x_hat).sum(axis=axes)
        m = x_hat.size // x_hat.shape[-1]
        return self.gamma * inv * (dy - self.dbeta / m - x_hat * self.dgamma / m)


class LayerNorm:
    """Over the last axis."""

    def __init__(self, rng, channels=5, eps=1e-5):
        self.gamma, self.beta = rng.uniform(0.5, 2, channels), rng.standard_normal(channels)
        self.eps = eps

    def forward(self, x):
        inv = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + self.eps)
        x_hat = (x - x.mean(axis=-1, keepdims=True)) * inv
        return self.gamma * x_hat + self.beta, (x_hat, inv)

    def backward(self, dy, cache):
        x_hat, inv = cache
        self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
        d = dy * self.gamma
        mean, along = d.mean(axis=-1, keepdims=True), (d * x_hat).mean(axis=-1, keepdims=True)
        return inv * (d - mean - x_hat * along)


# Functions, as in courses that have no classes.


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def logistic_loss(score, target):
    """(mean loss, d score): binary cross-entropy of logits."""
    loss = np.logaddexp(0, score) - target * score
    return loss.mean(), (1 / (1 + np.exp(-score)) - target) / score.size


def squared_loss(score, target):
    return ((score - target) ** 2).mean(), 2 * (score - target) / score.size


def hinge_loss(real, fake):
    loss = np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    return loss, -1.0 * (real < 1) / real.size, (fake > -1) / fake.size


def relativistic_loss(real, fake):
    gap = fake - real
    slope = 1 / (1 + np.exp(-gap)) / gap.size
    return np.logaddexp(0, gap).mean(), -slope, slope


def softmax_loss(score, label):
    """(mean loss, d score): cross-entropy of softmax(score); labels are integers or one-hot."""
    p = np.exp(score - score.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    one_hot = label if label.ndim == 2 else np.eye(score.shape[1])[label]
    return -(one_hot * np.log(p)).sum() / len(score), (p - one_hot) / len(score)


def probability_loss(p, target):
    """(mean loss, d p): binary cross-entropy of probabilities."""
    loss = -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean()
    return loss, (p - target) / (p * (1 - p)) / p.size


def margin_loss(score, label):
    """(mean loss, d score): the hinge of several classes, labels as integers."""
    rows = np.arange(len(score))
    margin = np.maximum(0, score - score[rows, label][:, None] + 1)
    margin[rows, label] = 0
    slope = (margin > 0).astype(float)
    slope[rows, label] = -slope.sum(axis=1)
    return margin.sum() / len(score), slope / len(score)
