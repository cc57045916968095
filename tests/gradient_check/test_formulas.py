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


def as_it_should_be(m, dy, gamma, x, x_hat, inv):
    return inv * three_terms(m, gamma * dy, x_hat)


def not_divided(m, dy, gamma, x, x_hat, inv):
    return three_terms(m, gamma * dy, x_hat)


def divided_twice(m, dy, gamma, x, x_hat, inv):
    return inv**2 * three_terms(m, gamma * dy, x_hat)


def of_the_raw_input(m, dy, gamma, x, x_hat, inv):
    return inv * three_terms(m, gamma * dy, x)


def gamma_twice(m, dy, gamma, x, x_hat, inv):
    return gamma * inv * three_terms(m, gamma * dy, x_hat)


def without_the_means(m, dy, gamma, x, x_hat, inv):
    return inv * gamma * dy


def named_in(report, word):
    """Whether all causes have this word, or tell the line after whose change all is right."""
    causes = report.causes.values()
    return causes and all(c.word == word or c.about.startswith("line ") for c in causes)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("formula, line", [
    (as_it_should_be, ""), (not_divided, "x, x_hat, inverse) * inverse"),
    (divided_twice, "+ return inv ** 1 * three_terms(m, gamma * dy, x_hat)"),
    (of_the_raw_input, "+ return self.formula(self.mean, dy, self.gamma, x_hat, x, inverse)"),
    (gamma_twice, "+ return inv * three_terms(m, gamma * dy, x_hat)"),
])  # fmt: skip
def test_normalizations(axis, formula, line):
    x = np.random.default_rng(2).standard_normal((7, 3) if axis == 0 else (4, 6))
    report = check(Normalized(axis, formula), x)
    assert line in str(report) and report.passed == (not line)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_normalization_as_a_constant(axis):
    x = np.random.default_rng(2).standard_normal((7, 3) if axis == 0 else (4, 6))
    report = check(Normalized(axis, without_the_means), x)
    assert named_in(report, "both terms"), report


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


def not_applied(dy, y):
    return dy


def not_squared(dy, y):
    return dy * (1 - y)


def masked_by_itself(dy, y):
    return right_dz(dy, y) * (dy > 0)


@pytest.mark.parametrize("which", "Wbx")
@pytest.mark.parametrize("word, dz", [
    ("derivative not applied", not_applied),
    ("local derivative", not_squared),
    ("mask of dy", masked_by_itself),
])  # fmt: skip
def test_what_stands_behind_a_dense_layer(which, word, dz):
    report = check(DenseTanh(**{which: dz}), np.random.default_rng(4).standard_normal((6, 5)))
    assert len(report.causes) == 1 and named_in(report, word), report
    assert check(DenseTanh(), np.random.default_rng(4).standard_normal((6, 5))).passed


class TwoWays:
    """y = (x W) σ(x V + c)."""

    def __init__(self):
        rng = np.random.default_rng(5)
        self.W, self.V = rng.standard_normal((2, 5, 4))
        self.c = rng.standard_normal(4)

    def forward(self, x):
        return (x @ self.W) * sigmoid(x @ self.V + self.c), x

    def backward(self, dy, x):
        a, gate = x @ self.W, sigmoid(x @ self.V + self.c)
        da, db = dy * gate, self.behind(dy * a, gate)
        self.dW, self.dV, self.dc = x.T @ da, x.T @ db, db.sum(axis=0)
        return self.ways(da, db)

    def behind(self, d, gate):
        return d * gate * (1 - gate)

    def ways(self, da, db):
        return da @ self.W.T + db @ self.V.T


class WithoutV(TwoWays):
    def ways(self, da, db):
        return da @ self.W.T


class VTwice(TwoWays):
    def ways(self, da, db):
        return da @ self.W.T + 2 * db @ self.V.T


class VTurned(TwoWays):
    def ways(self, da, db):
        return da @ self.W.T - db @ self.V.T


class NotApplied(TwoWays):
    def behind(self, d, gate):
        return d


class Squared(TwoWays):
    def behind(self, d, gate):
        return d * (1 - gate**2)


@pytest.mark.parametrize("layer, wrong, line", [
    (TwoWays, set(), ""),
    (WithoutV, {"dx"}, "+ return self.ways(da, db) + db @ self.V.T"),
    (VTwice, {"dx"}, "+ return da @ self.W.T + db @ self.V.T"),
    (VTurned, {"dx"}, "+ return self.ways(da, -db)"),
    (NotApplied, {"dx", "dV", "dc"}, "self.behind(dy * a, gate) * (gate * (1 - gate))"),
    (Squared, {"dx", "dV", "dc"}, "+ return d * (gate * (1 - gate))"),
])  # fmt: skip
def test_ways_through_matrices(layer, wrong, line):
    report = check(layer(), np.random.default_rng(6).standard_normal((6, 5)))
    assert set(report.causes) == wrong and line in str(report), report


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
    ((0, 1, 1), "path missing"),
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
