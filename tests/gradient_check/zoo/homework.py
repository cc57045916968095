"""Homework: 24 wrong layers and losses as students hand them in, by three writers who had seen the
checker's vocabulary and nothing else of it. Dense layers, activations, an embedding and stacks;
then images; then normalizations and losses. The names are theirs."""
# ruff: noqa: N803, N806

import numpy as np

from zoo.mistake import mistake


@mistake("wrong axis", "db", x=(6, 5))
class LinearLayer:
    """db is summed as in the lectures, where samples are columns; here they are rows."""

    def __init__(self, rng, n_in=5, n_out=4):
        self.params = {}
        self.grads = {}
        self.params["W"] = 0.5 * rng.standard_normal((n_in, n_out))
        self.params["b"] = 0.1 * rng.standard_normal(n_out)

    def forward(self, A_prev):
        self.A_prev = A_prev
        Z = np.dot(A_prev, self.params["W"]) + self.params["b"]
        return Z

    def backward(self, dZ):
        self.grads["W"] = np.dot(self.A_prev.T, dZ)
        self.grads["b"] = np.sum(dZ, axis=1, keepdims=True)
        dA_prev = np.dot(dZ, self.params["W"].T)
        return dA_prev


@mistake("wrong parameter", "dx", x=(7, 5))
class HiddenLayer:
    """As many outputs as inputs, so nobody notices that W is not transposed in dx."""

    def __init__(self, rng, units=5):
        self.W = rng.standard_normal((units, units)) / np.sqrt(units)
        self.b = rng.standard_normal(units)

    def forward(self, x):
        out = x.dot(self.W) + self.b
        cache = (x,)
        return out, cache

    def backward(self, dout, cache):
        (x,) = cache
        dx = dout.dot(self.W)
        self.dW = x.T.dot(dout)
        self.db = np.sum(dout, axis=0)
        return dx


@mistake("local derivative", "", x=(6, 4))
class ExponentialLinearUnit:
    """For x < 0 the derivative is y + alpha; the alpha is forgotten."""

    def __init__(self, rng, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        y = np.where(x > 0, x, self.alpha * (np.exp(x) - 1))
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        grad = np.ones_like(x)
        grad[x <= 0] = y[x <= 0]
        return dy * grad


@mistake("scale", "", x=(6, 8))
class InvertedDropout:
    """The forward pass divides by the keep probability; the backward pass only masks."""

    def __init__(self, rng, keep_prob=0.8):
        self.keep_prob = keep_prob
        self.rng = rng

    def forward(self, X):
        self.mask = self.rng.random(X.shape) < self.keep_prob
        return X * self.mask / self.keep_prob

    def backward(self, dout):
        return dout * self.mask


@mistake("derivative not applied | wrong input", "", x=(6, 5))
class ReluFromOutput:
    """The output is kept, not x, and is never below 0: the mask lets everything through.

    With the raw x in the cache the same line would be right, so both words are true.
    """

    def __init__(self, rng):
        self.out = None

    def forward(self, x):
        self.out = np.maximum(0, x)
        return self.out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.out < 0] = 0
        return dx


def token_ids(rng):
    ids = rng.integers(0, 6, size=(4, 5))
    ids[0, 0] = ids[1, 2] = ids[3, 4] = 2
    return ids


@mistake("assigned", "dW", x=token_ids)
class WordEmbedding:
    """Sentences repeat words; += with an index array adds only one of the repeats."""

    def __init__(self, rng, vocab_size=6, dim=3):
        self.W = rng.standard_normal((vocab_size, dim))

    def forward(self, x):
        out = self.W[x]
        return out, x

    def backward(self, dout, cache):
        x = cache
        self.dW = np.zeros_like(self.W)
        self.dW[x] += dout
        return None


@mistake("wrong input", "dW2", x=(6, 5))
class TwoLayerNet:
    """dW2 is taken with Z1, before the ReLU, instead of A1."""

    def __init__(self, rng, input_size=5, hidden_size=7, output_size=3):
        self.params = {
            "W1": rng.standard_normal((input_size, hidden_size)) / np.sqrt(input_size),
            "b1": 0.1 * rng.standard_normal(hidden_size),
            "W2": rng.standard_normal((hidden_size, output_size)) / np.sqrt(hidden_size),
            "b2": 0.1 * rng.standard_normal(output_size),
        }
        self.grads = {}

    def forward(self, X):
        Z1 = X @ self.params["W1"] + self.params["b1"]
        A1 = np.maximum(0, Z1)
        Z2 = A1 @ self.params["W2"] + self.params["b2"]
        self.cache = {"X": X, "Z1": Z1, "A1": A1}
        return Z2

    def backward(self, dZ2):
        X, Z1 = self.cache["X"], self.cache["Z1"]
        self.grads["W2"] = Z1.T @ dZ2
        self.grads["b2"] = dZ2.sum(axis=0)
        dA1 = dZ2 @ self.params["W2"].T
        dZ1 = dA1 * (Z1 > 0)
        self.grads["W1"] = X.T @ dZ1
        self.grads["b1"] = dZ1.sum(axis=0)
        return dZ1 @ self.params["W1"].T


@mistake("mask of dy", "", x=(6, 4))
class MLP:
    """On its way back through the ReLU dhidden is cut where it is itself negative."""

    def __init__(self, rng, D=4, H=8, C=3):
        self.W1 = rng.standard_normal((D, H)) * 0.6
        self.b1 = rng.standard_normal(H) * 0.1
        self.W2 = rng.standard_normal((H, C)) * 0.6
        self.b2 = rng.standard_normal(C) * 0.1

    def forward(self, x):
        hidden = np.maximum(0, np.dot(x, self.W1) + self.b1)
        scores = np.dot(hidden, self.W2) + self.b2
        return scores, (x, hidden)

    def backward(self, dscores, cache):
        x, hidden = cache
        self.dW2 = np.dot(hidden.T, dscores)
        self.db2 = np.sum(dscores, axis=0)
        dhidden = np.dot(dscores, self.W2.T)
        dhidden[dhidden <= 0] = 0
        self.dW1 = np.dot(x.T, dhidden)
        self.db1 = np.sum(dhidden, axis=0)
        return np.dot(dhidden, self.W1.T)


@mistake("stride", "dx", x=(2, 7, 5, 2))
class ConvStride2:
    """The scatter of dx puts the windows at i, j where the forward pass took them at 2i, 2j."""

    def __init__(self, rng):
        self.stride = 2
        self.W = rng.standard_normal((3, 3, 2, 3)) * 0.3
        self.b = rng.standard_normal(3) * 0.1

    def forward(self, x):
        n, h, w, _ = x.shape
        kh, kw, _, f = self.W.shape
        s = self.stride
        oh, ow = (h - kh) // s + 1, (w - kw) // s + 1
        y = np.zeros((n, oh, ow, f))
        for i in range(oh):
            for j in range(ow):
                window = x[:, i * s:i * s + kh, j * s:j * s + kw, :]
                y[:, i, j, :] = np.tensordot(window, self.W, axes=3) + self.b
        return y, (x,)

    def backward(self, dy, cache):
        (x,) = cache
        kh, kw, _, f = self.W.shape
        s = self.stride
        dx = np.zeros_like(x)
        self.dW = np.zeros_like(self.W)
        self.db = dy.sum(axis=(0, 1, 2))
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                d = dy[:, i, j, :]
                window = x[:, i * s:i * s + kh, j * s:j * s + kw, :]
                self.dW += np.tensordot(window, d, axes=(0, 0))
                dx[:, i:i + kh, j:j + kw, :] += np.tensordot(d, self.W, axes=(1, 3))
        return dx


@mistake("wrong parameter", "dx", x=(2, 5, 5, 2))
class Conv2D:
    """dx is the full correlation of dy with W, but W is not turned by 180 degrees."""

    def __init__(self, rng):
        self.W = rng.normal(0, 0.4, size=(3, 3, 2, 3))
        self.b = rng.normal(0, 0.1, size=3)

    def forward(self, x):
        self.x = x
        N, H, W, C = x.shape
        K = self.W.shape[0]
        H_out, W_out = H - K + 1, W - K + 1
        out = np.zeros((N, H_out, W_out, self.W.shape[3]))
        for a in range(K):
            for c in range(K):
                out += x[:, a:a + H_out, c:c + W_out] @ self.W[a, c]
        return out + self.b

    def backward(self, dout):
        K = self.W.shape[0]
        N, H_out, W_out, F = dout.shape
        self.db = np.sum(dout, axis=(0, 1, 2))

        self.dW = np.zeros(self.W.shape)
        for a in range(K):
            for c in range(K):
                patch = self.x[:, a:a + H_out, c:c + W_out]
                self.dW[a, c] = np.einsum("nhwc,nhwf->cf", patch, dout)

        # dx = full convolution of dout with the filter
        p = K - 1
        padded = np.pad(dout, ((0, 0), (p, p), (p, p), (0, 0)))
        N, H, W, C = self.x.shape
        dx = np.zeros(self.x.shape)
        for a in range(K):
            for c in range(K):
                dx += padded[:, a:a + H, c:c + W] @ self.W[a, c].T
        return dx


@mistake("part of the batch | assigned", "dW", x=(3, 4, 4, 2))
class ConvIm2col:
    """The loop over the samples writes grads["W"] = where it is to add: the last sample's stays."""

    def __init__(self, rng):
        self.pad = 1
        self.params = {
            "W": 0.3 * rng.standard_normal((3, 3, 2, 3)),
            "b": 0.1 * rng.standard_normal(3),
        }
        self.grads = {}

    def im2col(self, img):
        k, p = self.params["W"].shape[0], self.pad
        img = np.pad(img, ((p, p), (p, p), (0, 0)))
        h, w = img.shape[0] - k + 1, img.shape[1] - k + 1
        return np.array([img[i:i + k, j:j + k].ravel() for i in range(h) for j in range(w)])

    def col2im(self, cols, shape):
        k, p = self.params["W"].shape[0], self.pad
        h, w, c = shape
        img = np.zeros((h + 2 * p, w + 2 * p, c))
        row = 0
        for i in range(h + 2 * p - k + 1):
            for j in range(w + 2 * p - k + 1):
                img[i:i + k, j:j + k] += cols[row].reshape(k, k, c)
                row += 1
        return img[p:-p, p:-p]

    def forward(self, x):
        W, b = self.params["W"], self.params["b"]
        W_row = W.reshape(-1, W.shape[3])
        self.shape = x.shape
        self.cols = [self.im2col(img) for img in x]
        out = [cols @ W_row + b for cols in self.cols]
        return np.stack(out).reshape(x.shape[0], x.shape[1], x.shape[2], -1)

    def backward(self, dy):
        W = self.params["W"]
        W_row = W.reshape(-1, W.shape[3])
        self.grads["W"] = np.zeros_like(W)
        self.grads["b"] = np.zeros_like(self.params["b"])
        dx = np.zeros(self.shape)
        for n in range(len(dy)):
            d = dy[n].reshape(-1, W.shape[3])
            self.grads["W"] = (self.cols[n].T @ d).reshape(W.shape)
            self.grads["b"] += d.sum(axis=0)
            dx[n] = self.col2im(d @ W_row.T, self.shape[1:])
        return dx


@mistake("transposed", "dW", x=(2, 3, 2, 3))
class Conv2DTranspose:
    """W is (k, k, in, out), dW is made as (k, k, out, in); in == out, so the shape is right."""

    def __init__(self, rng):
        self.stride = 2
        self.W = rng.standard_normal((3, 3, 3, 3)) * 0.2
        self.b = rng.standard_normal(3) * 0.1

    def forward(self, x):
        n, h, w, _ = x.shape
        k, s = self.W.shape[0], self.stride
        y = np.zeros((n, (h - 1) * s + k, (w - 1) * s + k, self.W.shape[3]))
        for i in range(h):
            for j in range(w):
                window = np.einsum("ni,klio->nklo", x[:, i, j], self.W)
                y[:, i * s:i * s + k, j * s:j * s + k] += window
        return y + self.b, x

    def backward(self, dy, x):
        n, h, w, _ = x.shape
        k, s = self.W.shape[0], self.stride
        dx = np.zeros_like(x)
        dW = np.zeros_like(self.W)
        for i in range(h):
            for j in range(w):
                window = dy[:, i * s:i * s + k, j * s:j * s + k]
                dx[:, i, j] = np.einsum("nklo,klio->ni", window, self.W)
                dW += np.einsum("nklo,ni->kloi", window, x[:, i, j])
        self.dW = dW
        self.db = dy.sum(axis=(0, 1, 2))
        return dx


@mistake("path twice", "db", x=(2, 3, 3, 2))
class Deconv:
    """db is added up window by window, as in Conv2D's loop over y, but here the windows overlap:
    the places that two or four of them share are counted as often. No word is quite this;
    `path twice` is the nearest."""

    def __init__(self, rng):
        self.params = {
            "W": rng.uniform(-0.5, 0.5, (3, 3, 2, 2)),
            "b": rng.uniform(-0.5, 0.5, 2),
        }
        self.grads = {"W": None, "b": None}

    def forward(self, x):
        W, b = self.params["W"], self.params["b"]
        N, H, Wd, _ = x.shape
        y = np.zeros((N, 2 * H + 1, 2 * Wd + 1, W.shape[3]))
        for n in range(N):
            for i in range(H):
                for j in range(Wd):
                    window = np.tensordot(x[n, i, j], W, axes=(0, 2))
                    y[n, 2 * i:2 * i + 3, 2 * j:2 * j + 3] += window
        y += b
        return y, (x, W)

    def backward(self, dy, cache):
        x, W = cache
        N, H, Wd, _ = x.shape
        dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(W.shape[3])
        for n in range(N):
            for i in range(H):
                for j in range(Wd):
                    d = dy[n, 2 * i:2 * i + 3, 2 * j:2 * j + 3]
                    for c in range(x.shape[3]):
                        dx[n, i, j, c] = np.sum(d * W[:, :, c, :])
                        dW[:, :, c, :] += x[n, i, j, c] * d
                    db += d.sum(axis=(0, 1))
        self.grads["W"], self.grads["b"] = dW, db
        return dx


@mistake("assigned", "dx", x=(2, 7, 5, 2))
class MaxPool3x3:
    """Windows of 3 at stride 2 overlap, and dx is assigned window by window, not added."""

    def __init__(self, rng):
        self.size = 3
        self.stride = 2

    def forward(self, x):
        self.x = x
        N, H, W, C = x.shape
        H_out = (H - self.size) // self.stride + 1
        W_out = (W - self.size) // self.stride + 1
        out = np.zeros((N, H_out, W_out, C))
        for i in range(H_out):
            for j in range(W_out):
                h, w = i * self.stride, j * self.stride
                out[:, i, j] = self.x[:, h:h + self.size, w:w + self.size].max(axis=(1, 2))
        return out

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                h, w = i * self.stride, j * self.stride
                window = self.x[:, h:h + self.size, w:w + self.size]
                mask = window == window.max(axis=(1, 2), keepdims=True)
                dx[:, h:h + self.size, w:w + self.size] = mask * dout[:, i:i + 1, j:j + 1]
        return dx


@mistake("scale", "dx", x=(2, 4, 6, 2))
class AvgPool:
    """Divides by k where a window has k * k places."""

    def __init__(self, rng):
        self.k = 2

    def forward(self, x):
        k = self.k
        n, h, w, c = x.shape
        y = np.empty((n, h // k, w // k, c))
        for i in range(h // k):
            for j in range(w // k):
                y[:, i, j] = x[:, i * k:(i + 1) * k, j * k:(j + 1) * k].mean(axis=(1, 2))
        return y, x.shape

    def backward(self, dy, shape):
        k = self.k
        dx = np.zeros(shape)
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                dx[:, i * k:(i + 1) * k, j * k:(j + 1) * k] += dy[:, i:i + 1, j:j + 1] / k
        return dx


@mistake("shifted", "dx", x=(2, 4, 3, 2))
class ZeroPad2D:
    """Pads 1 before and 2 after ("same" for a kernel of 4), and cuts off 2 before and 1 after."""

    def __init__(self, rng):
        self.before, self.after = 1, 2

    def forward(self, x):
        pad = (self.before, self.after)
        return np.pad(x, ((0, 0), pad, pad, (0, 0)))

    def backward(self, dy):
        a, b = self.after, self.before
        return dy[:, a:-b, a:-b, :]


@mistake("mean term", "dx", x=(6, 3))
class BatchNormLostDmu:
    """dmu is forgotten: dx has the direct way and the way through the variance alone."""

    def __init__(self, rng):
        self.gamma = rng.uniform(0.5, 1.5, 3)
        self.beta = rng.standard_normal(3)
        self.eps = 1e-5

    def forward(self, x):
        self.xmu = x - x.mean(axis=0)
        self.var = np.mean(self.xmu**2, axis=0)
        self.std = np.sqrt(self.var + self.eps)
        self.xhat = self.xmu / self.std
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        N = dy.shape[0]
        self.dbeta = np.sum(dy, axis=0)
        self.dgamma = np.sum(dy * self.xhat, axis=0)

        dxhat = dy * self.gamma
        dvar = np.sum(dxhat * self.xmu, axis=0) * -0.5 * (self.var + self.eps) ** -1.5
        dx = dxhat / self.std + dvar * 2 * self.xmu / N
        return dx


@mistake("both terms", "dx", x=(3, 4, 4, 3))
class SpatialBatchNormOverN:
    """N is the size of the batch, where the mean was taken over N * H * W.

    The mean term and the variance term are H * W times too large. No word says quite that; "both
    terms"
    is the nearest.
    """

    def __init__(self, rng):
        self.gamma = 1 + 0.3 * rng.standard_normal(3)
        self.beta = 0.3 * rng.standard_normal(3)

    def forward(self, x):
        mean = x.mean(axis=(0, 1, 2))
        var = x.var(axis=(0, 1, 2))
        inv_std = 1.0 / np.sqrt(var + 1e-5)
        x_norm = (x - mean) * inv_std
        return self.gamma * x_norm + self.beta, (x_norm, inv_std)

    def backward(self, dout, cache):
        x_norm, inv_std = cache
        N = dout.shape[0]
        self.dgamma = (dout * x_norm).sum(axis=(0, 1, 2))
        self.dbeta = dout.sum(axis=(0, 1, 2))
        dx_norm = dout * self.gamma
        return inv_std / N * (
            N * dx_norm
            - dx_norm.sum(axis=(0, 1, 2))
            - x_norm * (dx_norm * x_norm).sum(axis=(0, 1, 2))
        )


@mistake("wrong input", "gamma", x=(7, 4))
class BatchNorm1dRawX:
    """dgamma is taken with x, not with the normalized x."""

    def __init__(self, rng):
        self.params = {"gamma": rng.uniform(0.5, 2.0, 4), "beta": rng.standard_normal(4)}
        self.grads = {}

    def forward(self, x):
        mu = x.mean(axis=0)
        sigma = np.sqrt(x.var(axis=0) + 1e-5)
        x_hat = (x - mu) / sigma
        cache = {"x": x, "x_hat": x_hat, "sigma": sigma}
        return self.params["gamma"] * x_hat + self.params["beta"], cache

    def backward(self, dy, cache):
        x, x_hat, sigma = cache["x"], cache["x_hat"], cache["sigma"]
        self.grads["gamma"] = np.sum(dy * x, axis=0)
        self.grads["beta"] = np.sum(dy, axis=0)
        g = dy * self.params["gamma"]
        return (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / sigma


@mistake("wrong axis", "dx", x=(5, 8))
class LayerNormFromBatchNorm:
    """Copied from batch norm: the means in dx are still over the batch, not over the features."""

    def __init__(self, rng):
        self.gamma = 1 + 0.5 * rng.standard_normal(8)
        self.beta = rng.standard_normal(8)

    def forward(self, x):
        mean = x.mean(axis=1, keepdims=True)
        std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        x_hat = (x - mean) / std
        return self.gamma * x_hat + self.beta, (x_hat, std)

    def backward(self, dy, cache):
        x_hat, std = cache
        self.dgamma = np.sum(dy * x_hat, axis=0)
        self.dbeta = np.sum(dy, axis=0)
        dx_hat = dy * self.gamma
        a = np.mean(dx_hat, axis=0, keepdims=True)
        b = np.mean(dx_hat * x_hat, axis=0, keepdims=True)
        return (dx_hat - a - x_hat * b) / std


@mistake("variance term | sign", "dx", x=(4, 6))
class LayerNormLostMinus:
    """The minus of d(var ** -1/2) is lost: the variance term is added, not subtracted."""

    def __init__(self, rng):
        self.params = dict(gamma=rng.uniform(0.5, 1.5, 6), beta=rng.standard_normal(6))
        self.grads = dict(gamma=None, beta=None)

    def forward(self, x):
        self.centered = x - x.mean(axis=-1, keepdims=True)
        self.v = (self.centered**2).mean(axis=-1, keepdims=True) + 1e-6
        self.normed = self.centered * self.v**-0.5
        return self.normed * self.params["gamma"] + self.params["beta"]

    def backward(self, dy):
        D = dy.shape[-1]
        self.grads["gamma"] = (dy * self.normed).sum(axis=0)
        self.grads["beta"] = dy.sum(axis=0)
        dnormed = dy * self.params["gamma"]
        dvar = (dnormed * self.centered).sum(axis=-1, keepdims=True) * 0.5 * self.v**-1.5
        dcentered = dnormed * self.v**-0.5 + dvar * 2 / D * self.centered
        return dcentered - dcentered.mean(axis=-1, keepdims=True)


def scores_and_one_hot(rng):
    return rng.standard_normal((6, 4)), np.eye(4)[rng.integers(0, 4, 6)]


@mistake("off-diagonal", "", x=scores_and_one_hot, kind="loss")
def softmax_one_by_one(score, target):
    """dp is multiplied by p (1 - p), as for a sigmoid: the other classes get no gradient."""
    e = np.exp(score - score.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n = score.shape[0]
    loss = -np.sum(target * np.log(p)) / n
    dp = -target / p / n
    return loss, dp * p * (1 - p)


def probabilities_and_targets(rng):
    return rng.uniform(0.1, 0.9, (8, 1)), (np.arange(8) % 2).astype(float)[:, None]


@mistake("sign", "", x=probabilities_and_targets, kind="loss")
def bce_of_probabilities_lost_minus(p, target):
    """The inner derivative of log(1 - p), which is -1, is forgotten: wrong sign at targets of 0."""
    loss = -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
    grad = -(target / p + (1 - target) / (1 - p)) / p.size
    return loss, grad


def scores_and_signs(rng):
    return 1.5 * rng.standard_normal((10, 1)), np.where(np.arange(10) % 2, 1.0, -1.0)[:, None]


@mistake("mask", "", x=scores_and_signs, kind="loss")
def hinge_everywhere(score, target):
    """Samples beyond the margin, whose loss is 0, get a gradient like the others."""
    margin = 1 - target * score
    loss = np.maximum(0, margin).mean()
    dscore = -target / len(score)
    return loss, dscore
