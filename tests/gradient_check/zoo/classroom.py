"""Classroom: 26 wrong layers and losses by three more writers who had seen the checker's vocabulary
and nothing else of it. At first sight it named 22, called two unknown, and said of two another
word that is true and less useful; it has learnt from these four. Where a label holds two words,
both were written down before the checker was asked, but for GroupNorm's second.

Dense layers, activations and stacks; images; then normalizations and losses.
"""
# ruff: noqa: N803, N806

import numpy as np

from zoo.mistake import mistake


@mistake("missing sum", "db", x=(4, 3, 5))
class TimeDistributedDense:
    """Took db over from the 2-D dense layer: sums over the batch only, the time axis stays."""

    def __init__(self, rng, n_in=5, n_out=2):
        self.W = rng.standard_normal((n_in, n_out))
        self.b = rng.standard_normal(n_out)

    def forward(self, x):
        y = np.einsum("ntd,dm->ntm", x, self.W) + self.b
        return y, x

    def backward(self, dy, x):
        self.dW = np.einsum("ntd,ntm->dm", x, dy)
        self.db = dy.sum(axis=0)
        return dy @ self.W.T


@mistake("wrong input", "dW", x=(7, 4))
class StandardizedDense:
    """Kept the raw input for the backward pass; the weights saw the standardized one."""

    def __init__(self, rng, n_in=4, n_out=3):
        self.mean = rng.uniform(0.5, 1.5, n_in)
        self.std = rng.uniform(0.5, 2.0, n_in)
        self.W = rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        z = (x - self.mean) / self.std
        return z @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return (dy @ self.W.T) / self.std


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_prime(x):
    s = sigmoid(x)
    return s * (1 - s)


@mistake("wrong input | local derivative", "", x=(5, 6))
class Sigmoid:
    """Stored the output and hands it to a function that wants the input."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        self.out = sigmoid(x)
        return self.out.copy()

    def backward(self, dy):
        return dy * sigmoid_prime(self.out)


@mistake("wrong axis", "", x=(6, 4))
class SoftmaxActivation:
    """Normalizes over the classes, but sums over the batch in the backward pass."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return p, p.copy()

    def backward(self, dy, p):
        inner = np.sum(dy * p, axis=0, keepdims=True)
        return p * (dy - inner)


@mistake("assigned", "dE", x=lambda rng: rng.integers(0, 5, (4, 6)))
class BagOfWords:
    """Goes through the sentences one by one, but a word that occurs twice in one counts once."""

    def __init__(self, rng, vocabulary=5, dim=3):
        self.E = rng.standard_normal((vocabulary, dim))

    def forward(self, ids):
        return self.E[ids].mean(axis=1), ids

    def backward(self, dy, ids):
        self.dE = np.zeros_like(self.E)
        for sentence, g in zip(ids, dy, strict=True):
            self.dE[sentence] += g / len(sentence)
        return None


@mistake("scale", "", x=(4, 5, 3))
class LockedDropout:
    """One mask for all time steps; divides by keep forward, but not backward."""

    def __init__(self, rng, keep=0.6):
        self.keep = keep
        self.seed = int(rng.integers(1 << 30))

    def forward(self, x):
        n, _, d = x.shape
        draw = np.random.default_rng(self.seed).random((n, 1, d))
        self.mask = draw < self.keep
        return x * self.mask / self.keep

    def backward(self, dy):
        return dy * self.mask


@mistake("derivative not applied", "dW1", x=(6, 4))
class TanhMLP:
    """Took da for dz in dW1, so tanh's derivative is left out there."""

    def __init__(self, rng, n_in=4, n_hidden=5, n_out=3):
        self.W1 = rng.standard_normal((n_in, n_hidden)) * 0.7
        self.b1 = rng.standard_normal(n_hidden) * 0.1
        self.W2 = rng.standard_normal((n_hidden, n_out)) * 0.7
        self.b2 = rng.standard_normal(n_out) * 0.1

    def forward(self, x):
        a = np.tanh(x @ self.W1 + self.b1)
        return a @ self.W2 + self.b2, (x, a)

    def backward(self, dy, cache):
        x, a = cache
        self.dW2 = a.T @ dy
        self.db2 = np.sum(dy, axis=0)
        da = dy @ self.W2.T
        dz = da * (1 - a**2)
        self.dW1 = x.T @ da
        self.db1 = np.sum(dz, axis=0)
        return dz @ self.W1.T


@mistake("swapped", "b2", x=(5, 3))
class ThreeLayerNet:
    """Copied the line of b1's gradient for b2 and did not change the number in it."""

    def __init__(self, rng, sizes=(3, 4, 4, 2)):
        self.params = {}
        for i in range(3):
            n, m = sizes[i], sizes[i + 1]
            self.params[f"W{i + 1}"] = rng.standard_normal((n, m))
            self.params[f"b{i + 1}"] = 0.3 * rng.standard_normal(m)
        self.grads = {}

    def forward(self, x):
        p = self.params
        z1 = x @ p["W1"] + p["b1"]
        h1 = np.logaddexp(0, z1)
        z2 = h1 @ p["W2"] + p["b2"]
        h2 = np.logaddexp(0, z2)
        self.cache = x, z1, h1, z2, h2
        return h2 @ p["W3"] + p["b3"]

    def backward(self, dy):
        p, g = self.params, self.grads
        x, z1, h1, z2, h2 = self.cache
        d3 = dy
        d2 = d3 @ p["W3"].T / (1 + np.exp(-z2))
        d1 = d2 @ p["W2"].T / (1 + np.exp(-z1))
        g["W3"] = h2.T @ d3
        g["W2"] = h1.T @ d2
        g["W1"] = x.T @ d1
        g["b3"] = d3.sum(0)
        g["b2"] = d1.sum(0)
        g["b1"] = d1.sum(0)
        return d1 @ p["W1"].T


@mistake("path missing", "dx", x=(6, 4))
class Highway:
    """Forgot that the gate depends on x too: dx has the candidate and the carry only."""

    def __init__(self, rng, n=4):
        self.Wh = rng.standard_normal((n, n))
        self.bh = rng.standard_normal(n)
        self.Wt = rng.standard_normal((n, n))
        self.bt = np.full(n, -1.0)

    def forward(self, x):
        h = np.tanh(x @ self.Wh + self.bh)
        t = 1 / (1 + np.exp(-(x @ self.Wt + self.bt)))
        return t * h + (1 - t) * x, (x, h, t)

    def backward(self, dy, cache):
        x, h, t = cache
        dzh = dy * t * (1 - h * h)
        dzt = dy * (h - x) * t * (1 - t)
        self.dWh, self.dbh = x.T @ dzh, dzh.sum(axis=0)
        self.dWt, self.dbt = x.T @ dzt, dzt.sum(axis=0)
        return dzh @ self.Wh.T + dy * (1 - t)


@mistake("assigned", "dx", x=(2, 5, 3, 3))
class NaiveStridedConv:
    """In the loop over the windows dx is set with = and not added to, so overlapping windows
    overwrite each other.
    """

    def __init__(self, rng, c_in=3, c_out=4, k=3, stride=2, pad=1):
        self.k, self.stride, self.pad = k, stride, pad
        self.params = {
            "W": rng.standard_normal((k, k, c_in, c_out)) / 3,
            "b": rng.standard_normal(c_out),
        }
        self.grads = {}

    def forward(self, x):
        W, b = self.params["W"], self.params["b"]
        k, s, p = self.k, self.stride, self.pad
        n, h, w, _ = x.shape
        xp = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
        ho = (h + 2 * p - k) // s + 1
        wo = (w + 2 * p - k) // s + 1
        y = np.zeros((n, ho, wo, W.shape[-1]))
        for m in range(n):
            for i in range(ho):
                for j in range(wo):
                    patch = xp[m, i * s:i * s + k, j * s:j * s + k, :]
                    y[m, i, j] = np.tensordot(patch, W, axes=3) + b
        return y, (x.shape, xp)

    def backward(self, dy, cache):
        (n, h, w, _), xp = cache
        W = self.params["W"]
        k, s, p = self.k, self.stride, self.pad
        dW = np.zeros_like(W)
        db = np.zeros(W.shape[-1])
        dxp = np.zeros_like(xp)
        for m in range(n):
            for i in range(dy.shape[1]):
                for j in range(dy.shape[2]):
                    g = dy[m, i, j]
                    patch = xp[m, i * s:i * s + k, j * s:j * s + k, :]
                    dW += patch[..., None] * g
                    db += g
                    dxp[m, i * s:i * s + k, j * s:j * s + k, :] = W @ g
        self.grads["W"] = dW
        self.grads["b"] = db
        return dxp[:, p:p + h, p:p + w, :]


@mistake("shifted", "dx", x=(3, 4, 4, 2))
class Im2colSameConv:
    """The padding is cut off dx only at the bottom and the right, so dx is moved by one place."""

    def __init__(self, rng, channels=2, filters=5, size=3):
        self.size = size
        self.pad = size // 2
        self.W = rng.normal(0, 0.5, (channels * size * size, filters))
        self.b = rng.normal(0, 0.5, filters)

    def im2col(self, xp):
        win = np.lib.stride_tricks.sliding_window_view(xp, (self.size, self.size), axis=(1, 2))
        return win.reshape(win.shape[0] * win.shape[1] * win.shape[2], -1)

    def forward(self, x):
        p = self.pad
        self.x_shape = x.shape
        xp = np.pad(x, [(0, 0), (p, p), (p, p), (0, 0)])
        self.cols = self.im2col(xp)
        out = self.cols @ self.W + self.b
        return out.reshape(x.shape[0], x.shape[1], x.shape[2], -1)

    def backward(self, dout):
        N, H, W, C = self.x_shape
        d2 = dout.reshape(-1, dout.shape[-1])
        self.dW = self.cols.T @ d2
        self.db = d2.sum(axis=0)
        dcols = (d2 @ self.W.T).reshape(N, H, W, C, self.size, self.size)
        dxp = np.zeros((N, H + 2 * self.pad, W + 2 * self.pad, C))
        for a in range(self.size):
            for b in range(self.size):
                dxp[:, a:a + H, b:b + W] += dcols[..., a, b]
        return dxp[:, :H, :W]


@mistake("stride", "dW", x=(2, 5, 7, 1))
class OffsetConv:
    """dW pairs dy with neighbouring pixels of x as if the convolution had stride 1."""

    def __init__(self, rng, cin=1, cout=3, ksize=3, stride=2):
        self.stride = stride
        self.W = rng.standard_normal((ksize, ksize, cin, cout))
        self.b = np.zeros(cout) + 0.1

    def forward(self, x):
        s = self.stride
        kh, kw = self.W.shape[:2]
        oh = (x.shape[1] - kh) // s + 1
        ow = (x.shape[2] - kw) // s + 1
        y = np.zeros((len(x), oh, ow, self.W.shape[3])) + self.b
        for r in range(kh):
            for c in range(kw):
                y += x[:, r:r + s * (oh - 1) + 1:s, c:c + s * (ow - 1) + 1:s] @ self.W[r, c]
        return y, x

    def backward(self, dy, x):
        s = self.stride
        kh, kw = self.W.shape[:2]
        oh, ow = dy.shape[1:3]
        dx = np.zeros_like(x)
        self.dW = np.zeros_like(self.W)
        for r in range(kh):
            for c in range(kw):
                x_rc = x[:, r:r + oh, c:c + ow]
                self.dW[r, c] = np.einsum("nhwi,nhwo->io", x_rc, dy)
                dx[:, r:r + s * (oh - 1) + 1:s, c:c + s * (ow - 1) + 1:s] += dy @ self.W[r, c].T
        self.db = dy.sum((0, 1, 2))
        return dx


@mistake("wrong parameter", "dx", x=(3, 2, 4, 2))
class ConvTranspose:
    """The kernel is turned by 180 degrees for dx, because 'the backward pass of a convolution flips
    the kernel'.
    """

    def __init__(self, rng, in_ch=2, out_ch=4, k=3, stride=2):
        self.s = stride
        self.W = rng.uniform(-1, 1, size=(k, k, in_ch, out_ch))
        self.b = rng.uniform(-1, 1, size=out_ch)

    def _places(self, a, b, h, w):
        s = self.s
        return slice(None), slice(a, a + s * (h - 1) + 1, s), slice(b, b + s * (w - 1) + 1, s)

    def forward(self, x):
        n, h, w, _ = x.shape
        k = self.W.shape[0]
        y = np.zeros((n, self.s * (h - 1) + k, self.s * (w - 1) + k, self.W.shape[3]))
        for a in range(k):
            for b in range(k):
                y[self._places(a, b, h, w)] += np.dot(x, self.W[a, b])
        self.x = x
        return y + self.b

    def backward(self, dy):
        x = self.x
        n, h, w, _ = x.shape
        k = self.W.shape[0]
        W_rot = self.W[::-1, ::-1]
        dx = np.zeros(x.shape)
        self.dW = np.zeros(self.W.shape)
        for a in range(k):
            for b in range(k):
                g = dy[self._places(a, b, h, w)]
                dx += np.dot(g, W_rot[a, b].T)
                self.dW[a, b] = np.tensordot(x, g, axes=([0, 1, 2], [0, 1, 2]))
        self.db = dy.sum(axis=(0, 1, 2))
        return dx


@mistake("part of the batch | assigned", "dW", x=(4, 2, 3, 3))
class Deconv4x4:
    """In the loop over the images dW is set anew with =, so that only the last image counts."""

    def __init__(self, rng):
        self.k, self.s, self.p = 4, 2, 1  # doubles height and width, as in DCGAN
        self.W = 0.2 * rng.standard_normal((3, self.k, self.k, 2))
        self.b = 0.2 * rng.standard_normal(2)

    def forward(self, x):
        k, s, p = self.k, self.s, self.p
        N, H, W, _ = x.shape
        full = np.zeros((N, s * (H - 1) + k, s * (W - 1) + k, len(self.b)))
        for i in range(H):
            for j in range(W):
                full[:, s * i:s * i + k, s * j:s * j + k] += np.tensordot(x[:, i, j], self.W, 1)
        y = full[:, p:-p, p:-p] + self.b
        return y, (x,)

    def backward(self, dy, cache):
        (x,) = cache
        k, s, p = self.k, self.s, self.p
        dx = np.zeros_like(x)
        dW = np.zeros_like(self.W)
        for n in range(len(x)):
            d = np.pad(dy[n], ((p, p), (p, p), (0, 0)))
            patches = np.lib.stride_tricks.sliding_window_view(d, (k, k), axis=(0, 1))[::s, ::s]
            dx[n] = np.einsum("hwoab,cabo->hwc", patches, self.W)
            dW = np.einsum("hwoab,hwc->cabo", patches, x[n])
        self.dW = dW
        self.db = dy.sum(axis=0).sum(axis=0).sum(axis=0)
        return dx


def distinct_pixels(rng):
    return rng.permutation(96).reshape(2, 4, 4, 3) / 20 - 2.4


@mistake("maximum", "", x=distinct_pixels)
class MaxPool:
    """Row and column of the argmax are taken the wrong way round, so dy goes to another pixel of
    the window.
    """

    def __init__(self, rng, size=2):
        self.size = size

    def forward(self, x):
        k = self.size
        n, h, w, c = x.shape
        ho, wo = h // k, w // k
        windows = x[:, :ho * k, :wo * k].reshape(n, ho, k, wo, k, c)
        windows = windows.transpose(0, 1, 3, 5, 2, 4).reshape(n, ho, wo, c, k * k)
        return windows.max(axis=-1), (x.shape, windows.argmax(axis=-1))

    def backward(self, dy, cache):
        shape, best = cache
        k = self.size
        col, row = np.divmod(best, k)
        n, i, j, c = np.indices(dy.shape)
        dx = np.zeros(shape)
        dx[n, i * k + row, j * k + col, c] = dy
        return dx


@mistake("path missing | part of the places | assigned", "", x=(2, 4, 3, 3))
class ReflectionPad:
    """The border is just cut off dy; what the mirrored pixels send back is lost."""

    def __init__(self, rng, pad=1):
        self.pad = pad

    def forward(self, x):
        p = self.pad
        self.hw = x.shape[1:3]
        rows = np.pad(np.arange(x.shape[1]), p, mode="reflect")
        cols = np.pad(np.arange(x.shape[2]), p, mode="reflect")
        return x[:, rows][:, :, cols]

    def backward(self, dy):
        p = self.pad
        h, w = self.hw
        return dy[:, p:p + h, p:p + w].copy()


@mistake("flipped", "dW", x=(2, 7, 3))
class CausalDepthwiseConv1d:
    """dW walks over the padded input from the wrong end, so that its taps come out in reverse
    order.
    """

    def __init__(self, rng, channels=3, taps=4):
        self.W = rng.standard_normal((taps, channels))  # W[k] is for the value k steps ago
        self.b = rng.standard_normal(channels)

    def forward(self, x):
        K, L = len(self.W), x.shape[1]
        xp = np.concatenate([np.zeros((x.shape[0], K - 1, x.shape[2])), x], axis=1)
        y = sum(self.W[k] * xp[:, K - 1 - k:K - 1 - k + L] for k in range(K))
        return y + self.b, xp

    def backward(self, dy, xp):
        K, L = len(self.W), dy.shape[1]
        self.dW = np.stack([(dy * xp[:, k:k + L]).sum(axis=(0, 1)) for k in range(K)])
        self.db = dy.sum(axis=(0, 1))
        dxp = np.zeros_like(xp)
        for k in range(K):
            dxp[:, K - 1 - k:K - 1 - k + L] += self.W[k] * dy
        return dxp[:, K - 1:]


@mistake("mean term | path missing", "dx", x=(6, 4))
class StagedBatchNorm:
    """Goes back through the graph step by step, but forgets the way from the mean back to x."""

    def __init__(self, rng, dim=4, eps=1e-5):
        self.gamma = rng.uniform(0.5, 2.0, dim)
        self.beta = rng.standard_normal(dim)
        self.eps = eps

    def forward(self, x):
        mu = x.mean(axis=0)
        xmu = x - mu
        var = (xmu**2).mean(axis=0)
        sqrtvar = np.sqrt(var + self.eps)
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        self.cache = xhat, xmu, ivar, sqrtvar, var
        return self.gamma * xhat + self.beta

    def backward(self, dout):
        xhat, xmu, ivar, sqrtvar, var = self.cache
        N, D = dout.shape
        # step 9, 8
        self.dbeta = dout.sum(axis=0)
        self.dgamma = (dout * xhat).sum(axis=0)
        dxhat = dout * self.gamma
        # step 7
        divar = (dxhat * xmu).sum(axis=0)
        dxmu1 = dxhat * ivar
        # step 6, 5
        dsqrtvar = -1.0 / sqrtvar**2 * divar
        dvar = 0.5 / np.sqrt(var + self.eps) * dsqrtvar
        # step 4, 3
        dsq = np.ones((N, D)) / N * dvar
        dxmu2 = 2 * xmu * dsq
        # step 2
        dx = dxmu1 + dxmu2
        return dx


@mistake("both terms", "dx", x=(2, 3, 4, 3))
class SpatialBatchNorm:
    """The closed formula with N as the number of images, not of all pixels N * H * W."""

    def __init__(self, rng, channels=3, momentum=0.9, eps=1e-5):
        self.gamma = 1 + 0.3 * rng.standard_normal(channels)
        self.beta = 0.3 * rng.standard_normal(channels)
        self.momentum, self.eps = momentum, eps
        self.running_mean = np.zeros(channels)
        self.running_var = np.ones(channels)

    def forward(self, x):
        mean = x.mean(axis=(0, 1, 2))
        var = x.var(axis=(0, 1, 2))
        m = self.momentum
        self.running_mean = m * self.running_mean + (1 - m) * mean
        self.running_var = m * self.running_var + (1 - m) * var
        inv_std = 1 / np.sqrt(var + self.eps)
        x_hat = (x - mean) * inv_std
        return self.gamma * x_hat + self.beta, (x_hat, inv_std)

    def backward(self, dy, cache):
        x_hat, inv_std = cache
        N = dy.shape[0]
        self.dbeta = np.sum(dy, axis=(0, 1, 2))
        self.dgamma = np.sum(dy * x_hat, axis=(0, 1, 2))
        return self.gamma * inv_std / N * (N * dy - self.dbeta - x_hat * self.dgamma)


@mistake("variance term", "dx", x=(4, 3, 5))
class TransformerLayerNorm:
    """Divides by the unbiased standard deviation (D - 1), but takes the backward formula of the
    biased one.
    """

    def __init__(self, rng, d_model=5):
        self.params = {
            "a": 1 + 0.2 * rng.standard_normal(d_model),
            "b": 0.2 * rng.standard_normal(d_model),
        }
        self.grads = {}
        self.eps = 1e-6

    def forward(self, x):
        mean = x.mean(-1, keepdims=True)
        var = x.var(-1, ddof=1, keepdims=True)
        self.s = np.sqrt(var + self.eps)
        self.n = (x - mean) / self.s
        return self.params["a"] * self.n + self.params["b"]

    def backward(self, dy):
        axes = tuple(range(dy.ndim - 1))
        self.grads["a"] = (dy * self.n).sum(axes)
        self.grads["b"] = dy.sum(axes)
        dn = dy * self.params["a"]
        m1 = dn.mean(-1, keepdims=True)
        m2 = (dn * self.n).mean(-1, keepdims=True)
        return (dn - m1 - self.n * m2) / self.s


@mistake("both terms | wrong parameter", "dx", x=(3, 2, 4, 4))
class GroupNorm:
    """Multiplies by gamma at the end, as in batch norm, though the channels of a group have
    different gammas.
    """

    def __init__(self, rng, channels=4, groups=2):
        self.G = groups
        self.gamma = rng.uniform(0.4, 1.8, channels)
        self.beta = rng.standard_normal(channels)

    def _split(self, t):
        n, h, w, c = t.shape
        return t.reshape(n, h, w, self.G, c // self.G)

    def forward(self, x):
        g = self._split(x)
        mu = g.mean(axis=(1, 2, 4), keepdims=True)
        rstd = (g.var(axis=(1, 2, 4), keepdims=True) + 1e-5) ** -0.5
        xhat = (g - mu) * rstd
        y = xhat.reshape(x.shape) * self.gamma + self.beta
        return y, dict(xhat=xhat, rstd=rstd)

    def backward(self, dy, cache):
        xhat, rstd = cache["xhat"], cache["rstd"]
        self.dbeta = dy.sum((0, 1, 2))
        self.dgamma = (dy * xhat.reshape(dy.shape)).sum((0, 1, 2))
        g = self._split(dy)
        avg = g.mean(axis=(1, 2, 4), keepdims=True)
        corr = (g * xhat).mean(axis=(1, 2, 4), keepdims=True)
        dx = rstd * (g - avg - xhat * corr)
        return dx.reshape(dy.shape) * self.gamma


def regression_batch(rng):
    error = np.array([-1.9, -1.2, -0.8, -0.3, -0.1, 0.2, 0.3, 0.9, 1.4, 2.1])
    error += rng.uniform(-0.05, 0.05, 10)
    target = rng.standard_normal((5, 2))
    return target + rng.permutation(error).reshape(5, 2), target


@mistake("wrong slope | local derivative", "", x=regression_batch, kind="loss")
def huber_loss(pred, target, delta=0.5):
    """Outside delta the slope is plus or minus 1, where it is plus or minus delta."""
    e = pred - target
    small = np.abs(e) <= delta
    loss = np.where(small, 0.5 * e**2, delta * (np.abs(e) - 0.5 * delta))
    grad = np.where(small, e, np.sign(e))
    return loss.mean(), grad / e.size


def scores_and_labels(rng):
    return rng.standard_normal((6, 1)), rng.permutation([0.0, 1, 0, 1, 1, 0]).reshape(6, 1)


@mistake("sigmoid twice", "", x=scores_and_labels, kind="loss")
def bce_with_logits(z, y):
    """p - y is the gradient of the score already; the sigmoid's derivative is multiplied on top."""
    n = len(z)
    p = 1 / (1 + np.exp(-z))
    loss = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / n
    dp = (p - y) / n
    dz = dp * p * (1 - p)
    return loss, dz


def probabilities_and_labels(rng):
    return rng.uniform(0.1, 0.9, 7), rng.permutation([0.0, 1, 0, 1, 1, 0, 1])


@mistake("sign", "", x=probabilities_and_labels, kind="loss")
def binary_cross_entropy(p, y):
    """Forgets that the inner derivative of log(1 - p) is -1, so that the zeros have the wrong sign.
    """
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    grad = -(y / p + (1 - y) / (1 - p)) / p.size
    return loss, grad


def scores_and_classes(rng):
    return rng.standard_normal((4, 5)), rng.integers(0, 5, 4)


@mistake("off-diagonal | partly zero", "", x=scores_and_classes, kind="loss")
def softmax_cross_entropy(logits, labels):
    """Takes p * (1 - p) as the softmax's derivative, so only the score of the right class has a
    gradient.
    """
    N = logits.shape[0]
    shifted = logits - logits.max(axis=1, keepdims=True)
    probs = np.exp(shifted)
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(N), labels]).mean()

    dprobs = np.zeros_like(probs)
    dprobs[np.arange(N), labels] = -1 / probs[np.arange(N), labels] / N
    dlogits = dprobs * probs * (1 - probs)
    return loss, dlogits


def critic_batch(rng):
    real = np.array([-1.5, 0.4, 1.7, -0.3])
    fake = np.array([-1.8, 0.2, 1.6, -0.5])
    score = np.concatenate([rng.permutation(real), rng.permutation(fake)])
    return score + rng.uniform(-0.1, 0.1, 8), np.array([1, 1, 1, 1, 0, 0, 0, 0])


@mistake("mask", "", x=critic_batch, kind="loss")
def hinge_discriminator_loss(score, is_real):
    """The fakes' mask is copied from the real ones: score < 1, where it is score > -1."""
    real = is_real == 1
    fake = ~real
    n_real, n_fake = real.sum(), fake.sum()
    loss = np.maximum(0, 1 - score[real]).sum() / n_real
    loss += np.maximum(0, 1 + score[fake]).sum() / n_fake
    grad = np.zeros_like(score)
    grad[real & (score < 1)] = -1 / n_real
    grad[fake & (score < 1)] = 1 / n_fake
    return loss, grad
