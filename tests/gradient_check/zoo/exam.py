"""Exam: 26 wrong layers and losses by three writers, written as those of the classroom were and
the checker was asked about them after it had learnt from all others. At first sight it named 25 and
called one unknown, a layer norm with an ε that it did not try."""
# ruff: noqa: N803, N806

import numpy as np

from zoo.mistake import mistake


@mistake("missing sum", "db", x=(4, 3, 5))
class SequenceDense:
    """Made the dense layer work on (batch, time, features), but the bias gradient still sums over
    the batch only.
    """

    def __init__(self, rng, n_in=5, n_out=6):
        self.W = rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)
        self.b = 0.1 * rng.standard_normal(n_out)

    def forward(self, x):
        y = x @ self.W + self.b
        return y, x

    def backward(self, dy, x):
        self.dW = np.einsum("bti,bto->io", x, dy)
        self.db = np.sum(dy, axis=0)
        return dy @ self.W.T


@mistake("sign", "dc", x=(6, 4))
class CenteredDense:
    """y = (x - c) W + b with a learned center c: forgot that c enters with a minus."""

    def __init__(self, rng, n_in=4, n_out=3):
        self.params = {
            "c": rng.standard_normal(n_in),
            "W": rng.standard_normal((n_in, n_out)),
            "b": rng.standard_normal(n_out),
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        centered = x - p["c"]
        return centered @ p["W"] + p["b"], centered

    def backward(self, dy, centered):
        dcentered = dy @ self.params["W"].T
        self.grads["W"] = centered.T @ dy
        self.grads["b"] = dy.sum(axis=0)
        self.grads["c"] = dcentered.sum(axis=0)
        return dcentered


@mistake("assigned", "dE", x=lambda rng: rng.integers(0, 7, (3, 5)))
class TokenAndPositionEmbedding:
    """Thought that dE[tokens] += dy adds up the rows of a token that occurs more than once."""

    def __init__(self, rng, vocabulary=7, max_length=8, dim=4):
        self.E = rng.standard_normal((vocabulary, dim))
        self.P = rng.standard_normal((max_length, dim))

    def forward(self, tokens):
        self.tokens = tokens
        T = tokens.shape[1]
        return self.E[tokens] + self.P[:T]

    def backward(self, dy):
        T = self.tokens.shape[1]
        self.dP = np.zeros_like(self.P)
        self.dP[:T] = dy.sum(axis=0)
        self.dE = np.zeros_like(self.E)
        self.dE[self.tokens] += dy
        return None


def away_from_zero(rng, shape):
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.3, 2.0, size=shape)


@mistake("mask of dy", "", x=lambda rng: away_from_zero(rng, (5, 7)))
class LeakyReLU:
    """Chose the slope by the sign of the incoming gradient instead of the sign of the input."""

    def __init__(self, rng, slope=0.1):
        self.slope = slope

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, x):
        return np.where(dy > 0, dy, self.slope * dy)


@mistake("local derivative", "", x=(4, 6))
class GELU:
    """Tanh version of GELU: in the second term of the product rule, forgot the derivative of the
    inner polynomial.
    """

    def __init__(self, rng):
        self.k = np.sqrt(2 / np.pi)

    def forward(self, x):
        t = np.tanh(self.k * (x + 0.044715 * x**3))
        return 0.5 * x * (1 + t), (x, t)

    def backward(self, dy, cache):
        x, t = cache
        dt = 1 - t**2
        return dy * (0.5 * (1 + t) + 0.5 * x * dt)


@mistake("wrong input | local derivative", "", x=(3, 8))
class Softplus:
    """The derivative is the sigmoid of the input, but the cache holds the output, and the sigmoid
    is taken of that.
    """

    def __init__(self, rng):
        self.cache = None

    def forward(self, x):
        out = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
        self.cache = out
        return out

    def backward(self, dout):
        x = self.cache
        return dout / (1 + np.exp(-x))


@mistake("path missing", "dx", x=(7, 4))
class HighwayOfExam:
    """y = t h + (1 - t) x: the gradient goes back through both dense layers, but not along the
    carried x.
    """

    def __init__(self, rng, n=4):
        self.Wh = rng.standard_normal((n, n)) / 2
        self.bh = rng.standard_normal(n) / 2
        self.Wt = rng.standard_normal((n, n)) / 2
        self.bt = -np.ones(n)

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
        dx = dzh @ self.Wh.T
        dx += dzt @ self.Wt.T
        return dx


@mistake("derivative not applied", "dW1", x=(8, 5))
class TwoLayerNetOfExam:
    """Took the gradient of the hidden activations, not of the pre-activations, for the first weight
    matrix.
    """

    def __init__(self, rng, n_in=5, n_hidden=6, n_out=3):
        self.params = {}
        self.params["W1"] = rng.normal(0, 0.5, (n_in, n_hidden))
        self.params["b1"] = rng.normal(0, 0.5, n_hidden)
        self.params["W2"] = rng.normal(0, 0.5, (n_hidden, n_out))
        self.params["b2"] = rng.normal(0, 0.5, n_out)
        self.grads = {}

    def forward(self, X):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        a1 = X.dot(W1) + b1
        z1 = 1.0 / (1.0 + np.exp(-a1))
        a2 = z1.dot(W2) + b2
        return a2, (X, z1)

    def backward(self, da2, cache):
        X, z1 = cache
        grads = self.grads
        grads["W2"] = z1.T.dot(da2)
        grads["b2"] = da2.sum(axis=0)
        dz1 = da2.dot(self.params["W2"].T)
        da1 = dz1 * z1 * (1 - z1)
        grads["W1"] = X.T.dot(dz1)
        grads["b1"] = da1.sum(axis=0)
        return da1.dot(self.params["W1"].T)


@mistake("scale", "dK", x=(5, 6))
class MemoryAttention:
    """Scaled dot-product attention of queries over a learned memory: divided by sqrt(d) for the
    queries, not the keys.
    """

    def __init__(self, rng, dim=6, slots=4, n_out=3):
        self.K = rng.standard_normal((slots, dim))
        self.V = rng.standard_normal((slots, n_out))

    def forward(self, q):
        d = q.shape[1]
        s = q @ self.K.T / np.sqrt(d)
        s = s - s.max(axis=1, keepdims=True)
        e = np.exp(s)
        a = e / e.sum(axis=1, keepdims=True)
        return a @ self.V, (q, a)

    def backward(self, dy, cache):
        q, a = cache
        d = q.shape[1]
        self.dV = a.T @ dy
        da = dy @ self.V.T
        ds = a * (da - (da * a).sum(axis=1, keepdims=True))
        self.dK = ds.T @ q
        return ds @ self.K / np.sqrt(d)


# ---------------------------------------------------------------- convolutions

@mistake("stride", "dW", x=(2, 6, 7, 1))
class ConvNaive:
    """The windows for dW are cut at i:i+k instead of i*stride:i*stride+k."""

    def __init__(self, rng, in_channels=1, n_filters=3, k=3, stride=2, pad=1):
        self.k, self.stride, self.pad = k, stride, pad
        self.W = rng.standard_normal((n_filters, k, k, in_channels))
        self.b = rng.standard_normal(n_filters)

    def forward(self, x):
        k, s, p = self.k, self.stride, self.pad
        N, H, Wd, _ = x.shape
        F = self.W.shape[0]
        x_pad = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
        Ho = (H + 2 * p - k) // s + 1
        Wo = (Wd + 2 * p - k) // s + 1
        y = np.zeros((N, Ho, Wo, F))
        for n in range(N):
            for i in range(Ho):
                for j in range(Wo):
                    window = x_pad[n, i * s:i * s + k, j * s:j * s + k, :]
                    for f in range(F):
                        y[n, i, j, f] = np.sum(window * self.W[f]) + self.b[f]
        return y, x

    def backward(self, dy, x):
        k, s, p = self.k, self.stride, self.pad
        N, H, Wd, _ = x.shape
        _, Ho, Wo, F = dy.shape
        x_pad = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
        dx_pad = np.zeros_like(x_pad)
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)
        for n in range(N):
            for i in range(Ho):
                for j in range(Wo):
                    window = x_pad[n, i:i + k, j:j + k, :]
                    for f in range(F):
                        g = dy[n, i, j, f]
                        self.dW[f] += g * window
                        self.db[f] += g
                        dx_pad[n, i * s:i * s + k, j * s:j * s + k, :] += g * self.W[f]
        return dx_pad[:, p:p + H, p:p + Wd, :]


def im2col_indices(H, W, k):
    """rows, cols of shape (number of windows, k*k), stride 1"""
    Ho, Wo = H - k + 1, W - k + 1
    top, left = np.meshgrid(np.arange(Ho), np.arange(Wo), indexing="ij")
    di, dj = np.meshgrid(np.arange(k), np.arange(k), indexing="ij")
    rows = top.reshape(-1, 1) + di.reshape(1, -1)
    cols = left.reshape(-1, 1) + dj.reshape(1, -1)
    return rows, cols, Ho, Wo


@mistake("assigned", "dx", x=(2, 3, 5, 3))
class ConvIm2colOfExam:
    """col2im with fancy indexing and += instead of np.add.at, so overlapping windows count once."""

    def __init__(self, rng, c_in=3, c_out=4, k=3):
        self.k = k
        self.params = {
            "W": rng.standard_normal((k * k * c_in, c_out)),
            "b": rng.standard_normal((1, c_out)),
        }
        self.grads = {}

    def forward(self, x):
        N, H, W, C = x.shape
        p = self.k // 2
        xp = np.pad(x, [(0, 0), (p, p), (p, p), (0, 0)])
        rows, cols, Ho, Wo = im2col_indices(H + 2 * p, W + 2 * p, self.k)
        X = xp[:, rows, cols, :].reshape(N * Ho * Wo, -1)
        Y = X @ self.params["W"] + self.params["b"]
        return Y.reshape(N, Ho, Wo, -1), (X, rows, cols, x.shape)

    def backward(self, dy, cache):
        X, rows, cols, (N, H, W, C) = cache
        p = self.k // 2
        dY = dy.reshape(-1, dy.shape[-1])
        self.grads["W"] = X.T @ dY
        self.grads["b"] = dY.sum(axis=0, keepdims=True)
        dX = (dY @ self.params["W"].T).reshape(N, rows.shape[0], rows.shape[1], C)
        dxp = np.zeros((N, H + 2 * p, W + 2 * p, C))
        dxp[:, rows, cols, :] += dX
        return dxp[:, p:p + H, p:p + W, :]


@mistake("wrong parameter", "dx", x=(3, 4, 4, 2))
class ConvTaps:
    """dx as a convolution of the padded dy, but the kernel is not turned round by 180 degrees."""

    def __init__(self, rng, cin=2, cout=5, k=3):
        self.W = rng.standard_normal((k, k, cin, cout)) / k
        self.b = np.zeros(cout)

    def _pad(self, a):
        r = self.W.shape[0] // 2
        return np.pad(a, ((0, 0), (r, r), (r, r), (0, 0)))

    def forward(self, x):
        _, h, w, _ = x.shape
        self.xp = self._pad(x)
        y = self.b
        for i in range(self.W.shape[0]):
            for j in range(self.W.shape[1]):
                y = y + np.einsum("nhwc,cf->nhwf", self.xp[:, i:i + h, j:j + w], self.W[i, j])
        return y

    def backward(self, dy):
        _, h, w, _ = dy.shape
        K = self.W.shape[0]
        dyp = self._pad(dy)
        self.db = np.einsum("nhwf->f", dy)
        self.dW = np.empty_like(self.W)
        dx = 0.0
        for i in range(K):
            for j in range(K):
                self.dW[i, j] = np.einsum("nhwc,nhwf->cf", self.xp[:, i:i + h, j:j + w], dy)
                dx = dx + np.einsum("nhwf,cf->nhwc", dyp[:, i:i + h, j:j + w], self.W[i, j])
        return dx


# ---------------------------------------------------- transposed convolutions

@mistake("wrong axis", "db", x=(2, 3, 4, 3))
class ConvTransposeNCHW:
    """Works in NCHW inside; db is summed over (0, 2, 3) before dy was brought from NHWC to NCHW."""

    def __init__(self, rng, in_ch=3, out_ch=4, k=3, stride=2):
        self.k, self.stride = k, stride
        self.W = 0.5 * rng.standard_normal((in_ch, out_ch, k, k))
        self.b = 0.1 * rng.standard_normal(out_ch)

    def forward(self, x):
        x = x.transpose(0, 3, 1, 2)
        N, C, H, W = x.shape
        k, s = self.k, self.stride
        out = np.zeros((N, self.W.shape[1], (H - 1) * s + k, (W - 1) * s + k))
        for i in range(H):
            for j in range(W):
                patch = np.tensordot(x[:, :, i, j], self.W, axes=(1, 0))
                out[:, :, i * s:i * s + k, j * s:j * s + k] += patch
        out += self.b[None, :, None, None]
        return out.transpose(0, 2, 3, 1), x

    def backward(self, dout, x):
        N, C, H, W = x.shape
        k, s = self.k, self.stride
        self.db = dout.sum(axis=(0, 2, 3))
        dout = dout.transpose(0, 3, 1, 2)
        self.dW = np.zeros_like(self.W)
        dx = np.zeros_like(x)
        for i in range(H):
            for j in range(W):
                patch = dout[:, :, i * s:i * s + k, j * s:j * s + k]
                dx[:, :, i, j] = np.tensordot(patch, self.W, axes=([1, 2, 3], [1, 2, 3]))
                self.dW += np.tensordot(x[:, :, i, j], patch, axes=(0, 0))
        return dx.transpose(0, 2, 3, 1)


@mistake("part of the batch | assigned", "dw", x=(3, 4, 2, 4))
class Deconv2x:
    """dW is set to zero inside the loop over the images, so that only the last image is left."""

    def __init__(self, rng, n_in=4, n_out=2):
        # kernel 4, stride 2, padding 1: doubles height and width
        self.w = rng.standard_normal((4, 4, n_in, n_out))
        self.b = rng.standard_normal(n_out)

    def forward(self, x):
        self.x = x
        n, h, w, _ = x.shape
        full = np.zeros((n, 2 * h + 2, 2 * w + 2, len(self.b)))
        for a in range(4):
            for b in range(4):
                full[:, a:a + 2 * h:2, b:b + 2 * w:2, :] += x @ self.w[a, b]
        return full[:, 1:-1, 1:-1, :] + self.b

    def backward(self, dy):
        x = self.x
        n, h, w, c = x.shape
        dx = np.zeros_like(x)
        self.db = dy.sum((0, 1, 2))
        for m in range(n):
            self.dw = np.zeros_like(self.w)
            g = np.pad(dy[m], ((1, 1), (1, 1), (0, 0)))
            for a in range(4):
                for b in range(4):
                    g_ab = g[a:a + 2 * h:2, b:b + 2 * w:2, :]
                    dx[m] += g_ab @ self.w[a, b].T
                    self.dw[a, b] += x[m].reshape(h * w, c).T @ g_ab.reshape(h * w, -1)
        return dx


# ------------------------------------------------------ pooling, cropping

def well_separated(rng):
    return 0.1 * (rng.permutation(96).reshape(3, 4, 4, 2) - 47.5)


@mistake("maximum", "", x=well_separated)
class MaxPool2x2:
    """Row and column of the flat argmax are mixed up (row = idx % 2, column = idx // 2)."""

    def __init__(self, rng, size=2):
        self.size = size

    def forward(self, x):
        s = self.size
        N, H, W, C = x.shape
        y = np.zeros((N, H // s, W // s, C))
        where = np.zeros(y.shape, dtype=int)
        for i in range(H // s):
            for j in range(W // s):
                win = x[:, i * s:(i + 1) * s, j * s:(j + 1) * s, :].reshape(N, s * s, C)
                y[:, i, j, :] = win.max(axis=1)
                where[:, i, j, :] = win.argmax(axis=1)
        return y, (where, x.shape)

    def backward(self, dy, cache):
        where, shape = cache
        s = self.size
        dx = np.zeros(shape)
        for n, i, j, c in np.ndindex(*dy.shape):
            idx = where[n, i, j, c]
            row, col = idx % s, idx // s
            dx[n, i * s + row, j * s + col, c] = dy[n, i, j, c]
        return dx


@mistake("shifted", "", x=(3, 5, 6, 1))
class Cropping:
    """The gradient of the crop is put in the top left corner instead of where the crop was."""

    def __init__(self, rng, top=1, bottom=1, left=2, right=1):
        self.top, self.bottom, self.left, self.right = top, bottom, left, right

    def forward(self, x):
        self.in_shape = x.shape
        _, H, W, _ = x.shape
        return x[:, self.top:H - self.bottom, self.left:W - self.right, :].copy()

    def backward(self, dy):
        dx = np.zeros(self.in_shape)
        _, h, w, _ = dy.shape
        dx[:, :h, :w, :] = dy
        return dx


# ---------------------------------------------------------------- small block

@mistake("derivative not applied", "db", x=(2, 3, 5, 3))
class ConvBiasReLU:
    """The bias gradient sums dy itself, not dy behind the ReLU."""

    def __init__(self, rng, cin=3, cout=4):
        self.W = rng.standard_normal((3, 3, cin, cout)) * np.sqrt(2 / (9 * cin))
        self.b = rng.standard_normal(cout)

    def forward(self, x):
        xp = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        win = np.lib.stride_tricks.sliding_window_view(xp, (3, 3), axis=(1, 2))   # n h w c i j
        z = np.einsum("nhwcij,ijcf->nhwf", win, self.W) + self.b
        return np.maximum(z, 0), (win, z)

    def backward(self, dy, cache):
        win, z = cache
        dz = dy * (z > 0)
        self.db = dy.sum(axis=(0, 1, 2))
        self.dW = np.einsum("nhwcij,nhwf->ijcf", win, dz)
        n, h, w, _ = dz.shape
        dxp = np.zeros((n, h + 2, w + 2, self.W.shape[2]))
        for i in range(3):
            for j in range(3):
                dxp[:, i:i + h, j:j + w, :] += dz @ self.W[i, j].T
        return dxp[:, 1:-1, 1:-1, :]


@mistake("both terms", "dx", x=(2, 3, 4, 3))
class SheetFourBatchNorm2D:
    """For images the student still divides by the number of pictures, not by pictures times pixels.
    """

    def __init__(self, rng, channels=3, eps=1e-5, momentum=0.9):
        self.gamma = rng.uniform(0.5, 1.5, channels)
        self.beta = rng.standard_normal(channels)
        self.eps = eps
        self.momentum = momentum
        self.running_mean = np.zeros(channels)
        self.running_var = np.ones(channels)

    def forward(self, x):
        mu = x.mean(axis=(0, 1, 2))
        var = x.var(axis=(0, 1, 2))
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        inv_std = 1 / np.sqrt(var + self.eps)
        x_hat = (x - mu) * inv_std
        return self.gamma * x_hat + self.beta, (x_hat, inv_std)

    def backward(self, dout, cache):
        x_hat, inv_std = cache
        axes = (0, 1, 2)
        self.dgamma = np.sum(dout * x_hat, axis=axes)
        self.dbeta = np.sum(dout, axis=axes)
        N = dout.shape[0]
        dx_hat = dout * self.gamma
        return inv_std / N * (
            N * dx_hat - dx_hat.sum(axis=axes) - x_hat * np.sum(dx_hat * x_hat, axis=axes)
        )


@mistake("wrong input", "gamma", x=lambda rng: 1.5 + 2 * rng.standard_normal((7, 3)))
class BNStepByStep:
    """The gradient of gamma is taken with the raw x instead of the normalized one."""

    def __init__(self, rng, D=3):
        self.params = {"gamma": 1 + 0.3 * rng.standard_normal(D), "beta": rng.standard_normal(D)}
        self.grads = {}

    def forward(self, x):
        # step 1-4: mean, centred, variance, 1/std
        mu = np.mean(x, axis=0)
        xmu = x - mu
        var = np.mean(xmu**2, axis=0)
        sqrtvar = np.sqrt(var + 1e-5)
        ivar = 1.0 / sqrtvar
        # step 5: normalize, step 6: scale and shift
        xhat = xmu * ivar
        self.cache = (x, xmu, ivar, sqrtvar, var)
        return self.params["gamma"] * xhat + self.params["beta"]

    def backward(self, dout):
        x, xmu, ivar, sqrtvar, var = self.cache
        N, D = dout.shape
        # step 6
        self.grads["beta"] = np.sum(dout, axis=0)
        self.grads["gamma"] = np.sum(dout * x, axis=0)
        dxhat = dout * self.params["gamma"]
        # step 5
        dxmu1 = dxhat * ivar
        divar = np.sum(dxhat * xmu, axis=0)
        # step 4
        dsqrtvar = -1.0 / sqrtvar**2 * divar
        dvar = 0.5 / np.sqrt(var + 1e-5) * dsqrtvar
        # step 3
        dsq = np.ones((N, D)) / N * dvar
        dxmu2 = 2 * xmu * dsq
        # step 2, 1
        dx1 = dxmu1 + dxmu2
        dmu = -np.sum(dx1, axis=0)
        dx2 = np.ones((N, D)) / N * dmu
        return dx1 + dx2


@mistake("wrong axis | both terms", "dx", x=(4, 6))
class LayerNormFromBatchNormOfExam:
    """The backward pass was copied from batch norm: its means for dx are over the batch."""

    def __init__(self, rng, n=6):
        self.g = rng.uniform(0.5, 2.0, n)
        self.b = rng.standard_normal(n)

    def forward(self, x):
        m = x.mean(axis=-1, keepdims=True)
        s = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-6)
        z = (x - m) / s
        return z * self.g + self.b, (z, s)

    def backward(self, dy, cache):
        z, s = cache
        self.dg = (dy * z).sum(axis=0)
        self.db = dy.sum(axis=0)
        dz = dy * self.g
        return (dz - dz.mean(axis=0, keepdims=True) - z * (dz * z).mean(axis=0, keepdims=True)) / s


@mistake("variance term", "", x=(5, 3))
class StandardizeColumns:
    """Forward divides by the sample standard deviation (n - 1), backward counts with n."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        std = x.std(axis=0, ddof=1)
        y = (x - x.mean(axis=0)) / std
        self.y, self.std = y, std
        return y

    def backward(self, dy):
        n = len(dy)
        along_y = (dy * self.y).sum(axis=0) / n
        return (dy - dy.mean(axis=0) - self.y * along_y) / self.std


CLASS_WEIGHTS = np.array([0.4, 1.0, 2.5, 1.5])


def _scores_and_classes(rng):
    return rng.standard_normal((6, 4)), np.array([0, 2, 1, 3, 2, 0])


@mistake("scale", "", x=_scores_and_classes, kind="loss")
def weighted_softmax_loss(scores, y):
    """The class weights of the loss are forgotten in the gradient, which is a plain mean."""
    n = scores.shape[0]
    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted)
    probs /= probs.sum(axis=1, keepdims=True)
    w = CLASS_WEIGHTS[y]
    loss = -np.sum(w * np.log(probs[np.arange(n), y])) / w.sum()

    dscores = probs.copy()
    dscores[np.arange(n), y] -= 1
    dscores /= n
    return loss, dscores


def _logits_and_bits(rng):
    return rng.standard_normal((5, 1)), np.array([[1.0], [0.0], [0.0], [1.0], [1.0]])


@mistake("derivative not applied | without the sigmoid", "", x=_logits_and_bits, kind="loss")
def bce(z, t):
    """The gradient returned is that of the probability, not of the logit before the sigmoid."""
    a = 1 / (1 + np.exp(-z))
    m = z.size
    L = -np.sum(t * np.log(a) + (1 - t) * np.log(1 - a)) / m
    da = -(t / a - (1 - t) / (1 - a)) / m
    return L, da


def _predictions_and_values(rng):
    t = rng.standard_normal((4, 3))
    return t + rng.choice([-1, 1], (4, 3)) * rng.uniform(0.2, 1.5, (4, 3)), t


@mistake("sign", "", x=_predictions_and_values, kind="loss")
def mean_absolute_error(y_pred, y_true):
    """The difference is target minus prediction, and its minus is forgotten in the gradient."""
    error = y_true - y_pred
    return np.abs(error).mean(), np.sign(error) / error.size


def _svm_scores(rng):
    y = np.array([1, 3, 0, 2, 1])
    while True:
        s = rng.standard_normal((5, 4))
        m = s - s[np.arange(5), y][:, None] + 1
        if np.abs(m).min() > 0.05 and ((m > 0).sum(axis=1) > 1).all():
            return s, y


@mistake("partly zero | path missing", "", x=_svm_scores, kind="loss")
def svm_loss(scores, y):
    """Only the wrong classes get a gradient, the score of the right class gets none."""
    N = len(y)
    correct = scores[range(N), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + 1)
    margins[range(N), y] = 0
    loss = margins.sum() / N

    ds = np.zeros_like(scores)
    ds[margins > 0] = 1
    return loss, ds / N


def _critic_scores(rng):
    real = rng.permutation(np.array([-1.5, 0.3, 1.7, 2.4]))
    fake = rng.permutation(np.array([-2.2, -1.6, 0.4, 1.8]))
    s = np.concatenate([real, fake]) + rng.uniform(-0.2, 0.2, 8)
    return s, np.array([1, 1, 1, 1, 0, 0, 0, 0])


@mistake("mask", "", x=_critic_scores, kind="loss")
def gan_hinge_discriminator(score, is_real):
    """The mask of the fake scores was copied from the real ones: 1 - fake > 0, not 1 + fake > 0."""
    real, fake = score[is_real == 1], score[is_real == 0]
    loss = np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    grad = np.zeros_like(score)
    grad[is_real == 1] = -1.0 * (1 - real > 0) / len(real)
    grad[is_real == 0] = 1.0 * (1 - fake > 0) / len(fake)
    return loss, grad
