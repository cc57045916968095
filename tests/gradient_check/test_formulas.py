"""What is written in place of a formula is named: of losses, of normalizations, of a dense layer
with its activation. Each right formula passes."""

import numpy as np
import pytest

from gan_scratch.gradient_check import check, check_loss

RNG = np.random.default_rng(0)
SCORE = RNG.standard_normal((6, 4))
ONE_HOT = np.eye(4)[RNG.integers(0, 4, 6)]
ZERO_ONE = RNG.integers(0, 2, (6, 4)).astype(float)


def softmax(s):
    return np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def of_classes(s, t):
    return -(t * np.log(softmax(s))).sum() / len(s)


def of_two(s, t):
    return (np.logaddexp(0, s) - t * s).mean()


def of_probabilities(p, t):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()


LOSSES = {  # name -> (loss, its score, its target)
    "classes": (of_classes, SCORE, ONE_HOT),
    "two": (of_two, SCORE, ZERO_ONE),
    "probabilities": (of_probabilities, sigmoid(SCORE), ZERO_ONE),
}
OF_LOSSES = [
    ("classes", "", lambda s, t: (softmax(s) - t) / len(s)),
    ("classes", "scale", lambda s, t: (softmax(s) - t) / s.size),
    ("classes", "sign", lambda s, t: (t - softmax(s)) / len(s)),
    ("classes", "without the sigmoid", lambda s, t: (np.exp(s) - t) / len(s)),
    ("classes", "sigmoid twice", lambda s, t: (softmax(s) - t) * softmax(s) * (1 - softmax(s))),
    ("classes", "derivative not applied", lambda s, t: -t / softmax(s) / len(s)),
    ("classes", "labels swapped", lambda s, t: softmax(s) / len(s)),
    ("classes", "off-diagonal", lambda s, t: t * (softmax(s) - 1) / len(s)),
    ("two", "", lambda s, t: (sigmoid(s) - t) / s.size),
    ("two", "derivative not applied",
     lambda s, t: (1 - t) / (1 - sigmoid(s)) / s.size - t / sigmoid(s) / s.size),
    ("two", "without the sigmoid", lambda s, t: ((s > 0) - t) / s.size),
    ("probabilities", "", lambda p, t: (p - t) / (p * (1 - p)) / p.size),
    ("probabilities", "sigmoid twice", lambda p, t: (p - t) / p.size),
    ("probabilities", "sign", lambda p, t: (-t / p - (1 - t) / (1 - p)) / p.size),
]


@pytest.mark.parametrize("name, word, gradient", OF_LOSSES)
def test_losses(name, word, gradient):
    loss, score, target = LOSSES[name]
    report = check_loss(lambda s, t: (loss(s, t), gradient(s, t)), score, target)
    assert {cause.word for cause in report.causes.values()} == ({word} if word else set()), report


class Normalized:
    """y = γ x̂ + β over the batch or over each row; dx by a formula."""

    def __init__(self, axis, formula):
        rng = np.random.default_rng(1)
        self.axis, self.formula = axis, formula
        size = 3 if axis == 0 else 6
        self.gamma, self.beta = rng.uniform(0.5, 2, size), rng.standard_normal(size)

    def mean(self, v):
        return v.mean(axis=self.axis, keepdims=True)

    def forward(self, x):
        c = x - self.mean(x)
        inverse = 1 / np.sqrt(self.mean(c * c) + 1e-5)
        return self.gamma * c * inverse + self.beta, (x, c * inverse, inverse)

    def backward(self, dy, cache):
        x, x_hat, inverse = cache
        self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
        return self.formula(self.mean, dy, self.gamma, x, x_hat, inverse)


def three_terms(m, g, x_hat):
    return g - m(g) - x_hat * m(g * x_hat)


OF_NORMALIZATIONS = [
    ("", lambda m, dy, gamma, x, x_hat, inv: inv * three_terms(m, gamma * dy, x_hat)),
    ("scale", lambda m, dy, gamma, x, x_hat, inv: three_terms(m, gamma * dy, x_hat)),
    ("scale", lambda m, dy, gamma, x, x_hat, inv: inv**2 * three_terms(m, gamma * dy, x_hat)),
    ("wrong input", lambda m, dy, gamma, x, x_hat, inv: inv * three_terms(m, gamma * dy, x)),
    ("wrong parameter",
     lambda m, dy, gamma, x, x_hat, inv: gamma * inv * three_terms(m, gamma * dy, x_hat)),
    ("both terms", lambda m, dy, gamma, x, x_hat, inv: inv * gamma * dy),
]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("word, formula", OF_NORMALIZATIONS)
def test_normalizations(axis, word, formula):
    x = np.random.default_rng(2).standard_normal((7, 3) if axis == 0 else (4, 6))
    report = check(Normalized(axis, formula), x)
    assert {cause.word for cause in report.causes.values()} == ({word} if word else set()), report


class DenseTanh:
    """y = tanh(x W + b), each gradient made of its own dz."""

    def __init__(self, **dz):
        rng = np.random.default_rng(3)
        self.W, self.b = rng.standard_normal((5, 4)), 0.3 * rng.standard_normal(4)
        self.dz = {"W": right_dz, "b": right_dz, "x": right_dz, **dz}

    def forward(self, x):
        return np.tanh(x @ self.W + self.b), x

    def backward(self, dy, x):
        y = np.tanh(x @ self.W + self.b)
        dz = {name: make(dy, y) for name, make in self.dz.items()}
        self.dW, self.db = x.T @ dz["W"], dz["b"].sum(axis=0)
        return dz["x"] @ self.W.T


def right_dz(dy, y):
    return dy * (1 - y**2)


@pytest.mark.parametrize("which", "Wbx")
@pytest.mark.parametrize("word, dz", [
    ("derivative not applied", lambda dy, y: dy),
    ("local derivative", lambda dy, y: dy * (1 - y)),
    ("mask of dy", lambda dy, y: right_dz(dy, y) * (dy > 0)),
])  # fmt: skip
def test_what_stands_behind_a_dense_layer(which, word, dz):
    report = check(DenseTanh(**{which: dz}), np.random.default_rng(4).standard_normal((6, 5)))
    (cause,) = report.causes.values()
    assert cause.word == word, report
    assert check(DenseTanh(), np.random.default_rng(4).standard_normal((6, 5))).passed


class TwoWays:
    """y = (x W) σ(x V + c); a factor for each way back, and what stands for σ'."""

    def __init__(self, through_w=1, through_v=1, slope=lambda gate: gate * (1 - gate)):
        rng = np.random.default_rng(5)
        self.W, self.V = rng.standard_normal((2, 5, 4))
        self.c = rng.standard_normal(4)
        self.through_w, self.through_v, self.slope = through_w, through_v, slope

    def forward(self, x):
        return (x @ self.W) * sigmoid(x @ self.V + self.c), x

    def backward(self, dy, x):
        a, gate = x @ self.W, sigmoid(x @ self.V + self.c)
        da, db = dy * gate, dy * a * self.slope(gate)
        across = tuple(range(x.ndim - 1))
        self.dW, self.dV = (np.tensordot(x, d, (across, across)) for d in (da, db))
        self.dc = db.sum(axis=across)
        return self.through_w * da @ self.W.T + self.through_v * db @ self.V.T


@pytest.mark.parametrize("shape", [(6, 5), (4, 3, 5)])
@pytest.mark.parametrize("factors, word, about", [
    ({"through_v": 0}, "path missing", "V"),
    ({"through_w": 0}, "path missing", "W"),
    ({"through_v": 2}, "path twice", "V"),
    ({"through_v": -1}, "sign", "V"),
])  # fmt: skip
def test_ways_through_matrices(shape, factors, word, about):
    x = np.random.default_rng(6).standard_normal(shape)
    assert check(TwoWays(), x).passed
    (cause,) = check(TwoWays(**factors), x).causes.values()
    assert (cause.word, cause.about) == (word, about)


@pytest.mark.parametrize("slope, word, about", [
    (lambda gate: 1, "derivative not applied", "sigmoid"),
    (lambda gate: gate**2, "local derivative", "sigmoid, y²"),
    (lambda gate: 1 - gate**2, "local derivative", "sigmoid, 1 - y²"),
])  # fmt: skip
def test_a_nonlinearity_behind_one_of_two_matrices(slope, word, about):
    report = check(TwoWays(slope=slope), np.random.default_rng(6).standard_normal((6, 5)))
    assert {name: (cause.word, cause.about) for name, cause in report.causes.items()} == {
        name: (word, about) for name in ("dV", "dc", "dx")
    }
    assert "wrong as dV is" in report.causes["dx"].sentence
    dv, dc = (report.causes[name].sentence for name in ("dV", "dc"))
    assert dv in report.diagnosis and "The same is true of dc." in report.diagnosis
    assert dc not in report.diagnosis


class Branches:
    """y = a x + tanh(x A) B - σ(x C) D, and shares of the three ways back to x."""

    def __init__(self, straight=1, through_b=1, through_d=1, a=1):
        self.a, rng = a, np.random.default_rng(7)
        self.A, self.C = rng.standard_normal((2, 5, 3))
        self.B, self.D = rng.standard_normal((2, 3, 5))
        self.shares = straight, through_b, through_d

    def forward(self, x):
        return self.a * x + np.tanh(x @ self.A) @ self.B - sigmoid(x @ self.C) @ self.D, x

    def backward(self, dy, x):
        a, c = np.tanh(x @ self.A), sigmoid(x @ self.C)
        da, dc = dy @ self.B.T * (1 - a**2), -dy @ self.D.T * c * (1 - c)
        self.dA, self.dB, self.dC, self.dD = x.T @ da, a.T @ dy, x.T @ dc, -c.T @ dy
        ways = self.a * dy, da @ self.A.T, dc @ self.C.T
        return sum(share * way for share, way in zip(self.shares, ways, strict=True))


@pytest.mark.parametrize("a", [1, -1, 0.5])
@pytest.mark.parametrize("shares, word", [
    ((2, 1, 1), "path twice"),
    ((1, 0, 1), "path missing"),
    ((0, 1, 1), "path missing"),
    ((0, 0, 1), "path missing"),
    ((1, 2, 1), "path twice"),
    ((1, 1, -1), "sign"),
    ((-1, 1, 1), "sign"),
])  # fmt: skip
def test_branches(shares, word, a):
    x = np.random.default_rng(8).standard_normal((6, 5))
    assert check(Branches(a=a), x).passed
    (cause,) = check(Branches(*shares, a), x).causes.values()
    assert cause.word == word, cause


def relativistic(real, fake, through_means=1):
    """Each score against the mean of the others."""
    dr, df = real - fake.mean(), fake - real.mean()
    loss = np.logaddexp(0, -dr).mean() + np.logaddexp(0, df).mean()
    gr, gf = (sigmoid(dr) - 1) / len(dr), sigmoid(df) / len(df)
    return (
        loss,
        gr - through_means * gf.sum() / len(real),
        gf - through_means * gr.sum() / len(fake),
    )


def test_means_of_a_relativistic_loss():
    rng = np.random.default_rng(9)
    real, fake = rng.standard_normal(7), rng.standard_normal(5)
    assert check_loss(relativistic, real, fake).passed

    def one_way(real, fake):
        return relativistic(real, fake, through_means=0)

    causes = check_loss(one_way, real, fake).causes
    assert {name: cause.about for name, cause in causes.items()} == {
        "dreal": "means", "dfake": "means",
    }


def test_targets_stay_targets():
    """A right softmax cross-entropy is right for labels, not for any numbers in their place."""
    seen = []

    def loss(s, t):
        seen.append(t)
        return of_classes(s, t), (softmax(s) - t) / len(s)

    assert check_loss(loss, SCORE, ONE_HOT).passed
    assert all(((t == 0) | (t == 1)).all() and (t.sum(axis=1) == 1).all() for t in seen)
