# ruff: noqa: N803, N806
"""Right passes in the forms in which people write them: several outputs, dicts, NNFS, losses.

CLASSES and FUNCTIONS say which inputs each one is given: (rng, n) -> arrays of n samples.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    next_c = f * prev_c + i * g
    t = np.tanh(next_c)
    return o * t, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, t)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, t = cache
    dc = dnext_c + dnext_h * o * (1 - t**2)
    da = np.hstack([
        dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o),
        dc * i * (1 - g**2),
    ])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def moments_forward(x):
    """Of different shapes: one mean a sample, one variance of all."""
    return x.mean(axis=1), x.var(), x


def moments_backward(dmean, dvar, x):
    return {"dx": dmean[:, None] / x.shape[1] + dvar * 2 * (x - x.mean()) / x.size}


def bce_forward(score, t):
    return (np.logaddexp(0, score) - t * score).mean(), (score, t)


def bce_backward(cache):
    score, t = cache
    return (sigmoid(score) - t) / score.size


def cost(X, t, W1, b1, W2, b2):
    h = np.tanh(X @ W1 + b1)
    p = softmax(h @ W2 + b2)
    loss = -np.log(p[np.arange(len(t)), t]).mean()
    p[np.arange(len(t)), t] -= 1
    p /= len(t)
    dz = p @ W2.T * (1 - h**2)
    hidden = {"dW1": X.T @ dz, "grad_b1": dz.sum(axis=0)}
    return loss, {**hidden, "W2_grad": h.T @ p, "b2": p.sum(axis=0)}


class Halves:
    def forward(self, x):
        return x[:, : x.shape[1] // 2], x[:, x.shape[1] // 2 :] ** 2, x

    def backward(self, dfirst, dsecond, x):
        return np.hstack([dfirst, 2 * dsecond * x[:, x.shape[1] // 2 :]])


class AddNorm:
    def forward(self, x, residual):
        self.s = x + residual
        self.r = 1 / np.sqrt((self.s**2).mean(axis=1, keepdims=True) + 1e-6)
        return self.s * self.r, self.s

    def backward(self, dout, dres):
        inner = (dout * self.s).mean(axis=1, keepdims=True)
        ds = self.r * dout - self.s * self.r**3 * inner + dres
        return ds, ds


class Kept:
    """The weights of an attention come with y, and have no gradient."""

    def forward(self, x):
        self.x, self.weights = x, softmax(x)
        return self.weights * x, self.weights

    def backward(self, dy):
        dw = dy * self.x
        w = self.weights
        return dy * w + w * (dw - (dw * w).sum(axis=1, keepdims=True))


class GRUCell:
    def __init__(self, rng):
        self.params = {
            name: 0.5 * rng.standard_normal((2 if name[0] == "W" else 3, 3))
            for name in ("Wz", "Wr", "Wn", "Uz", "Ur", "Un")
        }

    def forward(self, x, h):
        p = self.params
        z, r = sigmoid(x @ p["Wz"] + h @ p["Uz"]), sigmoid(x @ p["Wr"] + h @ p["Ur"])
        n = np.tanh(x @ p["Wn"] + (r * h) @ p["Un"])
        return z * h + (1 - z) * n, {"x": x, "h": h, "z": z, "r": r, "n": n}

    def backward(self, dh_new, cache):
        p, (x, h, z, r, n) = self.params, (cache[k] for k in "xhzrn")
        dn = dh_new * (1 - z) * (1 - n**2)
        drh = dn @ p["Un"].T
        dz, dr = dh_new * (h - n) * z * (1 - z), drh * h * r * (1 - r)
        return {
            "x": dz @ p["Wz"].T + dr @ p["Wr"].T + dn @ p["Wn"].T,
            "h": dh_new * z + drh * r + dz @ p["Uz"].T + dr @ p["Ur"].T,
            "Wz": x.T @ dz, "Wr": x.T @ dr, "Wn": x.T @ dn,
            "Uz": h.T @ dz, "Ur": h.T @ dr, "Un": (r * h).T @ dn,
        }


class RNN:
    """All states, and the last one again."""

    def __init__(self, rng):
        self.Wx, self.Wh = 0.5 * rng.standard_normal((2, 3)), 0.5 * rng.standard_normal((3, 3))
        self.b = np.zeros(3)

    def forward(self, xs, h0):
        hs = [h0]
        for t in range(xs.shape[1]):
            hs.append(np.tanh(xs[:, t] @ self.Wx + hs[-1] @ self.Wh + self.b))
        return (np.stack(hs[1:], axis=1), hs[-1]), (xs, hs)

    def backward(self, gradients, cache):
        (dhs, dh), (xs, hs) = gradients, cache
        self.dWx, self.dWh, self.db = (np.zeros_like(w) for w in (self.Wx, self.Wh, self.b))
        dxs = np.zeros_like(xs)
        for t in reversed(range(xs.shape[1])):
            da = (dhs[:, t] + dh) * (1 - hs[t + 1] ** 2)
            self.dWx += xs[:, t].T @ da
            self.dWh += hs[t].T @ da
            self.db += da.sum(axis=0)
            dxs[:, t], dh = da @ self.Wx.T, da @ self.Wh.T
        return dxs, dh


class NNFSDense:
    def __init__(self, rng, n_inputs=4, n_neurons=3):
        self.weights = rng.standard_normal((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class NNFSReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class NNFSSoftmax:
    def forward(self, inputs):
        self.output = softmax(inputs)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for index, (y, dy) in enumerate(zip(self.output, dvalues, strict=True)):
            self.dinputs[index] = (np.diag(y) - np.outer(y, y)) @ dy


class NNFSModel:
    def __init__(self, rng):
        self.layers = [NNFSDense(rng, 4, 5), NNFSReLU(), NNFSDense(rng, 5, 3), NNFSSoftmax()]

    def forward(self, X):
        for layer in self.layers:
            layer.forward(X)
            X = layer.output
        return X

    def backward(self, dvalues):
        for layer in reversed(self.layers):
            layer.backward(dvalues)
            dvalues = layer.dinputs


class NNFSLoss:
    def forward(self, y_pred, y_true):
        y_pred = np.clip(y_pred, 1e-7, 1 - 1e-7)
        return -(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred)).mean(axis=-1)

    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / (dvalues * (1 - dvalues)) / y_true.size


class RateDense:
    def __init__(self, rng):
        self.W, self.b = rng.standard_normal((4, 3)), np.zeros(3)

    def forward_pass(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward_pass(self, accum_grad, learning_rate):
        dX = accum_grad @ self.W.T
        self.W -= learning_rate * self.X.T @ accum_grad
        self.b -= learning_rate * accum_grad.sum(axis=0)
        return dX


class RateNet:
    """Two layers that make their steps on the way back."""

    def __init__(self, rng):
        self.layers = [RateDense(rng), RateDense(rng)]
        self.layers[1].W = rng.standard_normal((3, 2))
        self.layers[1].b = np.zeros(2)

    def feedforward(self, x):
        self.h = np.tanh(self.layers[0].forward_pass(x))
        return self.layers[1].forward_pass(self.h)

    def backprop(self, delta, eta):
        dh = self.layers[1].backward_pass(delta, eta)
        return self.layers[0].backward_pass(dh * (1 - self.h**2), eta)


class DictNet:
    def __init__(self, rng):
        self.params = {
            "W1": rng.standard_normal((4, 5)), "b1": np.zeros(5), "W2": rng.standard_normal((5, 3)),
        }

    def __call__(self, x):
        h = sigmoid(x @ self.params["W1"] + self.params["b1"])
        return h @ self.params["W2"], {"x": x, "h": h}

    def backward(self, delta, cache):
        h = cache["h"]
        dz = delta @ self.params["W2"].T * h * (1 - h)
        return {"dW1": cache["x"].T @ dz, "db1": dz.sum(axis=0), "dW2": h.T @ delta}


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        if t.ndim == 2:
            return -(t * np.log(self.y)).sum() / len(x)
        return -np.log(self.y[np.arange(len(t)), t]).mean()

    def backward(self, dout=1):
        one_hot = self.t if self.t.ndim == 2 else np.eye(self.y.shape[1])[self.t]
        return dout * (self.y - one_hot) / len(self.t)


class MSE:
    def __call__(self, prediction, target):
        self.difference = prediction - target
        return (self.difference**2).mean()

    def backward(self):
        self.grad = 2 * self.difference / self.difference.size


class TwoSided:
    """Both inputs of a loss have a gradient."""

    def forward(self, a, b):
        self.a, self.b = a, b
        return 0.5 * np.sum((a - b) ** 2) / len(a)

    def backward(self):
        return (self.a - self.b) / len(self.a), (self.b - self.a) / len(self.a)


class WithItsLoss:
    def __init__(self, rng):
        self.W = rng.standard_normal((4, 1))

    def forward(self, x, y):
        self.x, self.error = x, x @ self.W - y
        return np.mean(self.error**2)

    def backward(self, lr):
        self.W -= lr * 2 * self.x.T @ self.error / len(self.x)


def normal(*shapes):
    """Inputs of these shapes; n stands for the batch."""
    def inputs(rng, n):
        return tuple(
            rng.standard_normal([n if size == "n" else size for size in shape]) for shape in shapes
        )
    return inputs


def labelled(rng, n):
    return rng.standard_normal((n, 4)), rng.integers(0, 4, n)


def one_hot(rng, n):
    return rng.standard_normal((n, 4)), np.eye(4)[rng.integers(0, 4, n)]


def scored(rng, n):
    return rng.standard_normal((n, 3)), rng.integers(0, 2, (n, 3)).astype(float)


def probable(rng, n):
    return rng.uniform(0.05, 0.95, (n, 2)), rng.integers(0, 2, (n, 2)).astype(float)


def of_a_cost(rng, n):
    weights = normal((4, 5), (5,), (5, 3), (3,))(rng, n)
    return rng.standard_normal((n, 4)), rng.integers(0, 3, n), *weights


CLASSES = {
    Halves: normal(("n", 4)), AddNorm: normal(("n", 5), ("n", 5)), Kept: normal(("n", 4)),
    GRUCell: normal(("n", 2), ("n", 3)), RNN: normal(("n", 3, 2), ("n", 3)),
    NNFSDense: normal(("n", 4)), NNFSReLU: normal(("n", 4)), NNFSSoftmax: normal(("n", 3)),
    NNFSModel: normal(("n", 4)), NNFSLoss: probable, RateDense: normal(("n", 4)),
    RateNet: normal(("n", 4)), DictNet: normal(("n", 4)), SoftmaxWithLoss: labelled,
    MSE: normal(("n", 3), ("n", 3)), TwoSided: normal(("n", 3), ("n", 3)),
    WithItsLoss: normal(("n", 4), ("n", 1)),
}  # fmt: skip
FUNCTIONS = {
    (lstm_step_forward, lstm_step_backward): normal(
        ("n", 2), ("n", 3), ("n", 3), (2, 12), (3, 12), (12,)
    ),
    (moments_forward, moments_backward): normal(("n", 5)),
    (bce_forward, bce_backward): scored,
    (cost,): of_a_cost,
}
