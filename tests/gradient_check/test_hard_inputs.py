"""Right layers and losses where a numeric derivative is hard to take: nothing is said of them.

Exact zeros, as a ReLU leaves them; numbers of very different sizes; and losses that are nearly 0,
of which float64 holds few digits.
"""

import numpy as np
import pytest
from zoo import right

from gan_scratch.gradient_check import check, check_loss


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def rectified(*shape, seed=0):
    return np.maximum(normal(*shape, seed=seed), 0)


class Each:
    """A function of each number and its slope."""

    def __init__(self, function, slope):
        self.function, self.slope = function, slope

    def forward(self, x):
        return self.function(x), x

    def backward(self, dy, x):
        return dy * self.slope(x)


def exp(x):
    return np.exp(np.minimum(x, 0))


RELU = Each(lambda x: np.maximum(x, 0), lambda x: x > 0)
ELU = Each(lambda x: np.where(x > 0, x, exp(x) - 1), lambda x: np.where(x > 0, 1, exp(x)))
SELU = Each(
    lambda x: np.where(x > 0, 1.05 * x, 1.76 * (exp(x) - 1)),
    lambda x: np.where(x > 0, 1.05, 1.76 * exp(x)),
)
SOFTSIGN = Each(lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2)
HARD_SWISH = Each(
    lambda x: x * np.clip(x + 3, 0, 6) / 6,
    lambda x: np.where(np.abs(x) < 3, (2 * x + 3) / 6, x >= 3),
)
SINE = Each(np.sin, np.cos)
TANH = Each(np.tanh, lambda x: 1 - np.tanh(x) ** 2)


class MLP:
    """Biases of 0, as they are at first."""

    def __init__(self, rng):
        self.W1, self.b1 = rng.standard_normal((5, 6)), np.zeros(6)
        self.W2, self.b2 = rng.standard_normal((6, 2)), np.zeros(2)

    def forward(self, x):
        h = np.maximum(x @ self.W1 + self.b1, 0)
        return h @ self.W2 + self.b2, (x, h)

    def backward(self, dy, cache):
        x, h = cache
        dz = dy @ self.W2.T * (h > 0)
        self.dW2, self.db2 = h.T @ dy, dy.sum(axis=0)
        self.dW1, self.db1 = x.T @ dz, dz.sum(axis=0)
        return dz @ self.W1.T


class Sort:
    def forward(self, x):
        order = x.argsort(axis=-1)
        return np.take_along_axis(x, order, -1), order

    def backward(self, dy, order):
        dx = np.empty_like(dy)
        np.put_along_axis(dx, order, dy, -1)
        return dx


def mlp():
    return MLP(np.random.default_rng(1))


def one_large(shape, size):
    x = normal(*shape, seed=2)
    x.flat[3] = size
    return x


COLUMNS = np.array([1e-2, 1, 1e2, 1e5])
LAYERS = {
    "ReLU after a ReLU": lambda: (RELU, rectified(60, 10)),
    "ReLU after a ReLU, large": lambda: (RELU, rectified(64, 1000)),
    "leaky ReLU after a ReLU": lambda: (right.LeakyReLU(None), rectified(60, 10)),
    "max pool after a ReLU": lambda: (right.MaxPool(None), rectified(4, 8, 8, 2)),
    "ELU after a ReLU": lambda: (ELU, rectified(6, 4)),
    "SELU after a ReLU": lambda: (SELU, rectified(6, 4)),
    "softsign after a ReLU": lambda: (SOFTSIGN, rectified(6, 4)),
    "hard swish at its corners": lambda: (HARD_SWISH, np.round(3 * normal(6, 4))),
    "MLP with a sample of zeros": lambda: (mlp(), np.r_[np.zeros((1, 5)), normal(5, 5)]),
    "MLP at 0": lambda: (mlp(), np.zeros((6, 5))),
    "MLP of tiny inputs": lambda: (mlp(), 1e-6 * normal(5, 5)),
    "sort with ties": lambda: (Sort(), rectified(6, 4)),
    "sort of equal numbers": lambda: (Sort(), np.zeros((6, 4))),
    "sine at 1e6": lambda: (SINE, 1e6 * normal(1, 4)),
    "MLP with one number of 1e6": lambda: (mlp(), one_large((6, 5), 1e6)),
    "ELU with one number of 1e5": lambda: (ELU, one_large((6, 4), 1e5)),
    "ELU of columns": lambda: (ELU, normal(6, 4) * COLUMNS),
    "tanh of columns": lambda: (TANH, normal(6, 4) * COLUMNS),
    "sigmoid at -400": lambda: (right.Sigmoid(None), normal(6, 4) - 400),
    "softmax at 1e3": lambda: (right.Softmax(None), 1e3 * normal(5, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_nothing_is_said_of_a_right_layer(name):
    layer, x = LAYERS[name]()
    report = check(layer, x)
    assert report.passed, report
    assert report.passes["forward"] < 2000


def log_softmax(score):
    z = score - score.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def cross_entropy(score, target):
    log_p = log_softmax(score)
    return -(target * log_p).sum() / len(score), (np.exp(log_p) - target) / len(score)


def logistic(score, target):
    p = np.exp(-np.logaddexp(0, -score))
    return (np.logaddexp(0, score) - target * score).mean(), (p - target) / score.size


def naive_logistic(score, target):
    p = 1 / (1 + np.exp(-score))
    loss = -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean()
    return loss, (p - target) / score.size


def log_cosh(score, target):
    d = score - target
    return (np.logaddexp(d, -d) - np.log(2)).mean(), np.tanh(d) / d.size


def divergence(mu, log_variance):
    """Of a normal distribution from the standard one."""
    loss = 0.5 * (mu**2 + np.exp(log_variance) - 1 - log_variance).mean()
    return loss, mu / mu.size, 0.5 * (np.exp(log_variance) - 1) / mu.size


def cosine(a, b):
    one, other = (np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    c = (a * b).sum(axis=1, keepdims=True) / (one * other)
    return (1 - c).mean(), (c * a / one**2 - b / (one * other)) / len(a)


def squared_hinge(score, target):
    margin = np.maximum(1 - score * target, 0)
    return (margin**2).mean(), -2 * target * margin / score.size


SIGNS = np.where(normal(40, 10, seed=9) > 0, 1.0, -1.0)
LOSSES = {
    "cross entropy, sure": lambda: (
        cross_entropy, np.array([[14.0, 27, 87], [45, 153, -116]]), np.eye(3)[[2, 1]]
    ),
    "cross entropy, nearly sure": lambda: (
        cross_entropy, np.array([[1.0, 2, 33], [4, 35, -1]]), np.eye(3)[[2, 1]]
    ),
    "logistic, sure": lambda: (logistic, np.array([[-12.6, 25.7]]), np.array([[0.0, 1.0]])),
    "naive logistic at 10": lambda: (
        naive_logistic, 10 * normal(6, 5, seed=5), (normal(6, 5) > 0).astype(float)
    ),
    "log cosh near 0": lambda: (log_cosh, 1e-3 * normal(6, 4), 1e-3 * normal(6, 4, seed=1)),
    "log cosh near 0, a column": lambda: (
        log_cosh, 1e-3 * normal(5, 1), 1e-3 * normal(5, 1, seed=1)
    ),
    "divergence near 0": lambda: (divergence, 1e-3 * normal(6, 4), 1e-3 * normal(6, 4, seed=1)),
    "divergence nearer to 0": lambda: (
        divergence, 1e-6 * normal(40, 10), 1e-6 * normal(40, 10, seed=1)
    ),
    "cosine of one number": lambda: (cosine, normal(5, 1), normal(5, 1, seed=9)),
    "squared hinge at the margin": lambda: (squared_hinge, SIGNS * (normal(40, 10) > 0), SIGNS),
    "hinge at the margin": lambda: (right.hinge_loss, SIGNS[:, :1] * 1.0, SIGNS[:, :1]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_nothing_is_said_of_a_right_loss(name):
    report = check_loss(*LOSSES[name]())
    assert report.passed, report


def test_what_is_not_judged_is_said():
    report = check(mlp(), np.zeros((6, 5)))
    assert any(row.unjudged for row in report.rows) and "not judged" in str(report)


@pytest.mark.parametrize("name", ["MLP with a sample of zeros", "MLP of tiny inputs"])
def test_a_mistake_is_still_seen(name):
    class Halved(MLP):
        def backward(self, dy, cache):
            return super().backward(dy, cache) / 2

    _, x = LAYERS[name]()
    report = check(Halved(np.random.default_rng(1)), x)
    assert report.causes["dx"].word == "scale"
