"""More mistakes still, in dense and gated blocks, activations and layers of images, by others who
had seen the vocabulary alone."""

import numpy as np

from zoo.mistake import mistake


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# Dense layers.


@mistake("weight decay", "W", x=(6, 5))
class DenseNoBiasRegularised:
    """The penalty on W is added to the layer's gradient, though forward has no penalty."""

    def __init__(self, rng, reg=0.05):
        self.W = rng.standard_normal((5, 4))
        self.reg = reg

    def forward(self, x):
        return x @ self.W, x

    def backward(self, dy, x):
        self.dW = x.T @ dy + self.reg * self.W
        return dy @ self.W.T


@mistake("derivative not applied", x=(5, 4))
class TwoLayersStraightThrough:
    """From the second layer back to the first as if no tanh stood between them."""

    def __init__(self, rng, hidden=6):
        self.params = {
            "W1": rng.standard_normal((4, hidden)) / 2,
            "b1": rng.standard_normal(hidden) / 2,
            "W2": rng.standard_normal((hidden, 3)),
            "b2": rng.standard_normal(3),
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        h = np.tanh(x @ p["W1"] + p["b1"])
        return h @ p["W2"] + p["b2"], (x, h)

    def backward(self, dout, cache):
        x, h = cache
        self.grads["W2"] = h.T @ dout
        self.grads["b2"] = dout.sum(axis=0)
        dh = dout @ self.params["W2"].T
        self.grads["W1"] = x.T @ dh
        self.grads["b1"] = dh.sum(axis=0)
        return dh @ self.params["W1"].T


# Activations.


@mistake("wrong input", x=(4, 6))
class SoftplusFromOutput:
    """The derivative is the sigmoid of x; it is taken of y, as one does for tanh."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
        return y, y

    def backward(self, dy, y):
        return dy * sigmoid(y)


@mistake("local derivative", x=(4, 6))
class GELUCubicForgotten:
    """The tanh formula; inside of it, the derivative of the cubic term is left out."""

    def __init__(self, rng):
        self.c = float(np.sqrt(2 / np.pi))

    def forward(self, x):
        t = np.tanh(self.c * (x + 0.044715 * x**3))
        return 0.5 * x * (1 + t), (x, t)

    def backward(self, dy, cache):
        x, t = cache
        return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * self.c)


@mistake("sign", "slope", x=(3, 4, 5))
class LearnedSlopeOfAbs:
    """y = relu(x) - slope relu(-x): the minus is lost in the gradient of the slope."""

    def __init__(self, rng):
        self.slope = rng.uniform(0.1, 0.5, 5)

    def forward(self, x):
        negative = np.maximum(-x, 0)
        return np.maximum(x, 0) - self.slope * negative, (x > 0, negative)

    def backward(self, dy, cache):
        positive, negative = cache
        self.dslope = (dy * negative).sum(axis=(0, 1))
        return np.where(positive, dy, self.slope * dy)


# Embeddings.


@mistake("shifted", "W", x=lambda rng: rng.integers(0, 5, (4, 3)))
class EmbeddingUnknownRow:
    """Row 0 is kept for unknown words: word i has row i + 1, but its gradient goes to row i."""

    def __init__(self, rng, words=5, dim=4):
        self.W = rng.standard_normal((words + 1, dim))

    def forward(self, ids):
        return self.W[ids + 1], ids

    def backward(self, dy, ids):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, ids, dy)


# Residual and gated blocks.


@mistake("path twice", x=(5, 4))
class ResidualSkipTwice:
    """dx starts as the skip's gradient, and the skip is added once more at the end."""

    def __init__(self, rng):
        self.W1, self.b1 = rng.standard_normal((4, 6)) / 2, rng.standard_normal(6)
        self.W2 = rng.standard_normal((6, 4)) / 2

    def forward(self, x):
        z = x @ self.W1 + self.b1
        s = sigmoid(z)
        return x + (z * s) @ self.W2, (x, z, s)

    def backward(self, dy, cache):
        x, z, s = cache
        dx = dy.copy()
        self.dW2 = (z * s).T @ dy
        dz = (dy @ self.W2.T) * (s + z * s * (1 - s))
        self.dW1, self.db1 = x.T @ dz, dz.sum(axis=0)
        dx += dz @ self.W1.T
        return dx + dy


@mistake("swapped", "W", x=(5, 4))
class GLUGradientsSwapped:
    """y = (x W) sigmoid(x V + c): dW and dV are stored under each other's name."""

    def __init__(self, rng):
        self.W, self.V = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
        self.c = rng.standard_normal(3)

    def forward(self, x):
        self.x, self.value = x, x @ self.W
        self.gate = sigmoid(x @ self.V + self.c)
        return self.value * self.gate

    def backward(self, dy):
        d_value = dy * self.gate
        d_gate = dy * self.value * self.gate * (1 - self.gate)
        self.dW, self.dV = self.x.T @ d_gate, self.x.T @ d_value
        self.dc = d_gate.sum(axis=0)
        return d_value @ self.W.T + d_gate @ self.V.T


@mistake("path missing", x=(5, 4))
class HighwayCarryForgotten:
    """y = t h + (1 - t) x: x goes to h and to t, and the x that is carried over is forgotten."""

    def __init__(self, rng):
        self.params = {
            "Wh": rng.standard_normal((4, 4)) / 2,
            "bh": rng.standard_normal(4),
            "Wt": rng.standard_normal((4, 4)) / 2,
            "bt": rng.standard_normal(4) - 1,
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        h = np.tanh(x @ p["Wh"] + p["bh"])
        t = sigmoid(x @ p["Wt"] + p["bt"])
        return t * h + (1 - t) * x, (x, h, t)

    def backward(self, dout, cache):
        x, h, t = cache
        dh = dout * t * (1 - h**2)
        dt = dout * (h - x) * t * (1 - t)
        self.grads = {
            "Wh": x.T @ dh, "bh": dh.sum(axis=0),
            "Wt": x.T @ dt, "bt": dt.sum(axis=0),
        }
        return dh @ self.params["Wh"].T + dt @ self.params["Wt"].T


def correlate(x, weight):
    """Slide weight (3, 3, C, M) over x (N, H, W, C), with a border of zeros: the size stays."""
    _, h, w, _ = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return sum(padded[:, a : a + h, b : b + w] @ weight[a, b] for a, b in np.ndindex(3, 3))


@mistake("flipped | wrong parameter", "W", x=(2, 4, 5, 2))
class ConvSameBackWithoutTurn:
    """dx slides W over dy; in and out are exchanged, but the kernel is not turned round."""

    def __init__(self, rng):
        self.W = rng.standard_normal((3, 3, 2, 3))
        self.b = rng.standard_normal(3)

    def forward(self, x):
        return correlate(x, self.W) + self.b, x

    def backward(self, dy, x):
        _, h, w, _ = x.shape
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        self.dW = np.zeros_like(self.W)
        for a, b in np.ndindex(3, 3):
            self.dW[a, b] = np.einsum("nhwc,nhwm->cm", padded[:, a : a + h, b : b + w], dy)
        self.db = dy.sum(axis=(0, 1, 2))
        return correlate(dy, self.W.swapaxes(2, 3))


@mistake("wrong input", "W", x=(2, 2, 3, 4))
class ReLUThenTransposedConv:
    """The kernel saw relu(x), and its gradient is made from x."""

    def __init__(self, rng):
        self.params = {"W": rng.standard_normal((3, 3, 4, 2)), "b": rng.standard_normal(2)}
        self.grads = {}

    def forward(self, x):
        n, h, w, _ = x.shape
        weight = self.params["W"]
        active = np.maximum(x, 0)
        y = np.zeros((n, 2 * h + 1, 2 * w + 1, weight.shape[3])) + self.params["b"]
        for a, b in np.ndindex(3, 3):
            y[:, a : a + 2 * h : 2, b : b + 2 * w : 2] += active @ weight[a, b]
        return y, x

    def backward(self, dy, x):
        _, h, w, _ = x.shape
        weight = self.params["W"]
        d_active, d_weight = np.zeros_like(x), np.zeros_like(weight)
        for a, b in np.ndindex(3, 3):
            d = dy[:, a : a + 2 * h : 2, b : b + 2 * w : 2]
            d_active += d @ weight[a, b].T
            d_weight[a, b] = np.tensordot(x, d, axes=((0, 1, 2), (0, 1, 2)))
        self.grads["W"], self.grads["b"] = d_weight, dy.sum(axis=(0, 1, 2))
        return d_active * (x > 0)


@mistake("scale", "x", x=(2, 3, 2, 4))
class UpsampleBackByMean:
    """Going back is taken to be average pooling: the mean of the four copies, not their sum."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        return np.kron(x, np.ones((1, 2, 2, 1))), x.shape

    def backward(self, dy, shape):
        n, h, w, c = shape
        return dy.reshape(n, h, 2, w, 2, c).mean(axis=(2, 4))


@mistake("derivative not applied", x=(2, 3, 2, 3))
class SubPixelTanh:
    """A 1 x 1 convolution, pixel shuffle and tanh, whose derivative is left out."""

    def __init__(self, rng):
        self.W = rng.standard_normal((3, 8)) / 2
        self.b = rng.standard_normal(8) / 2

    def forward(self, x):
        n, h, w, _ = x.shape
        cells = (x @ self.W + self.b).reshape(n, h, w, 2, 2, 2)
        y = np.tanh(cells.transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * h, 2 * w, 2))
        return y, (x, y)

    def backward(self, dy, cache):
        x, _ = cache
        n, h, w, _ = x.shape
        cells = dy.reshape(n, h, 2, w, 2, 2).transpose(0, 1, 3, 2, 4, 5)
        d = cells.reshape(n, h, w, 8)
        self.dW = np.einsum("nhwc,nhwm->cm", x, d)
        self.db = d.sum(axis=(0, 1, 2))
        return d @ self.W.T


@mistake("part of the places", "x", x=(2, 3, 4, 3))
class WrapPadWithoutCorners:
    """The four edges are brought back to the other side; the four corners are forgotten."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        return np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="wrap")

    def backward(self, dout):
        dx = dout[:, 1:-1, 1:-1].copy()
        dx[:, -1] += dout[:, 0, 1:-1]
        dx[:, 0] += dout[:, -1, 1:-1]
        dx[:, :, -1] += dout[:, 1:-1, 0]
        dx[:, :, 0] += dout[:, 1:-1, -1]
        return dx


@mistake("weight decay", "W", x=(3, 2, 3, 4))
class FlattenDenseDecay:
    """The penalty on W belongs to the loss or the optimizer, and is added to dW here."""

    def __init__(self, rng, reg=0.1):
        self.W, self.b = rng.standard_normal((24, 4)), rng.standard_normal(4)
        self.reg = reg

    def forward(self, x):
        flat = x.reshape(len(x), -1)
        return flat @ self.W + self.b, (x.shape, flat)

    def backward(self, dy, cache):
        shape, flat = cache
        self.dW = flat.T @ dy + self.reg * self.W
        self.db = dy.sum(axis=0)
        return (dy @ self.W.T).reshape(shape)


@mistake("sign | wrong slope", "x", x=(2, 3, 4, 3))
class ConcatenatedReLU:
    """relu(x) and relu(-x) side by side; the minus of the second is forgotten on the way back."""

    def __init__(self, rng):
        pass

    def forward(self, x):
        self.x = x
        return np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis=-1)

    def backward(self, dout):
        d_plus, d_minus = np.split(dout, 2, axis=-1)
        return d_plus * (self.x > 0) + d_minus * (self.x < 0)


@mistake("path missing", "x", x=(5, 4))
class BilinearWithItself:
    """y_m = x W_m x + b_m: x stands on both sides of W, and goes back from one."""

    def __init__(self, rng):
        self.params = {"W": rng.standard_normal((3, 4, 4)), "b": rng.standard_normal(3)}
        self.grads = {}

    def forward(self, x):
        return np.einsum("ni,mij,nj->nm", x, self.params["W"], x) + self.params["b"], x

    def backward(self, dy, x):
        self.grads["W"] = np.einsum("nm,ni,nj->mij", dy, x, x)
        self.grads["b"] = dy.sum(axis=0)
        return np.einsum("nm,mij,nj->ni", dy, self.params["W"], x)


@mistake("wrong axis", "position", x=(4, 4, 5))
class SequenceDenseWithPositions:
    """A bias for each time, whose gradient is summed over time; as many samples as times."""

    def __init__(self, rng):
        self.W = rng.standard_normal((5, 3))
        self.position = rng.standard_normal((4, 3))

    def forward(self, x):
        return x @ self.W + self.position, x

    def backward(self, dy, x):
        self.dW = x.reshape(-1, x.shape[-1]).T @ dy.reshape(-1, dy.shape[-1])
        self.dposition = dy.sum(axis=1)
        return dy @ self.W.T
