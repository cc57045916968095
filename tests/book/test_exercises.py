"""What the checks of the exercises say of wrong answers, and that they never give it away."""

import math
import re

import numpy as np
import pytest

from gan_scratch.book import exercises
from gan_scratch.book.exercises import check, judged
from gan_scratch.layers import Layer, frozen


def sigmoid(s):
    return 1 / (1 + math.exp(-s))


def at_once(theta, psi, h):
    s = sigmoid(psi * theta)
    return theta + h * s * psi, psi - h * s * theta


def generator_first(theta, psi, h):
    theta = theta + h * sigmoid(psi * theta) * psi
    return theta, psi - h * sigmoid(psi * theta) * theta


def overwritten(rows, n, s):
    x = np.zeros((len(rows), n, rows.shape[3]))
    for tap in range(rows.shape[2]):
        x[:, tap : tap + s * rows.shape[1] : s] = rows[:, :, tap]
    return x


class InTraining:
    def __init__(self, channels, rng):
        self.gamma, self.beta = rng.standard_normal((2, channels))
        self.mean, self.variance = tuple(rng.uniform(0.5, 2, (2, channels)))

    def forward(self, x):
        inverse = 1 / np.sqrt(self.variance + 1e-5)
        x_hat = (x - self.mean) * inverse
        return self.gamma * x_hat + self.beta, (x_hat, inverse)

    def backward(self, dy, cache):
        x_hat, inverse = cache
        self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
        along = (dy * x_hat).mean(axis=0)
        return self.gamma * inverse * (dy - dy.mean(axis=0) - x_hat * along)


class GammaOutside:
    def __init__(self, channels, rng):
        self.gamma, self.beta = rng.standard_normal((2, channels))

    def forward(self, x):
        c = x - x.mean(axis=1, keepdims=True)
        inverse = 1 / np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)
        return self.gamma * c * inverse + self.beta, (c * inverse, inverse)

    def backward(self, dy, cache):
        x_hat, inverse = cache
        self.dgamma, self.dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
        along = (dy * x_hat).mean(axis=1, keepdims=True)
        return self.gamma * inverse * (dy - dy.mean(axis=1, keepdims=True) - x_hat * along)


class Softplus:
    def forward(self, x):
        return np.logaddexp(0, x), x

    def backward(self, dy, cache):
        return 1 / (1 + np.exp(-cache))


class Scale:
    def __init__(self, features, rng):
        self.g = rng.standard_normal(features)

    def forward(self, x):
        return self.g * x, x

    def backward(self, dy, cache):
        self.dg = dy * cache
        return self.g * dy


class ScaleWithout(Scale):
    def backward(self, dy, cache):
        return self.g * dy


class Normalize:
    def forward(self, x):
        length = np.sqrt((x**2).sum(axis=1, keepdims=True))
        return x / length, (x / length, length)

    def backward(self, dy, cache):
        return dy / cache[1]


class NormalizeWrongLength(Normalize):
    def backward(self, dy, cache):
        return dy - (dy * cache[0]).sum(axis=1, keepdims=True) * cache[0]


class NormalizeWrongSign(Normalize):
    def backward(self, dy, cache):
        y, length = cache
        return -(dy - (dy * y).sum(axis=1, keepdims=True) * y) / length


def without_freezing(game, noise, move=False, clear=True):
    fake, cache = game.generator.forward(noise)
    score, score_cache = game.discriminator.forward(fake)
    loss, d_score = game.objective.generator(score)
    d_fake = game.discriminator.backward(d_score, score_cache)
    if clear:
        game.generator.zero_gradients()
    game.generator.backward(d_fake, cache, need_dx=False)
    game.generator_optimizer.step()
    if move:
        game.discriminator_optimizer.step()
    return loss


def both_move(game, noise):
    return without_freezing(game, noise, move=True)


def without_clearing(game, noise):
    with frozen(game.discriminator):
        return without_freezing(game, noise, clear=False)


def straight(start, end, count):
    t = np.linspace(0, 1, count)[:, None]
    return (1 - t) * start + t * end


def nearest_only(points, means, sigma):
    distance = np.linalg.norm(points[:, None] - means[None], axis=2)
    return len(set(distance.argmin(axis=1)))


def every_near_mode(points, means, sigma):
    distance = np.linalg.norm(points[:, None] - means[None], axis=2)
    return (distance <= 3 * sigma).any(axis=0).sum()


def modes_found(points, means, sigma):
    distance = np.linalg.norm(points[:, None] - means[None], axis=2)
    return len(set(distance.argmin(axis=1)[distance.min(axis=1) <= 3 * sigma]))


def pack_size(found, modes, wanted):
    return math.ceil(math.log(1 - wanted) / math.log(found / modes) - 1e-9)


def long_way(start, end, count):
    t = np.linspace(0, 1, count)[:, None]
    cosine = start @ end / np.linalg.norm(start) / np.linalg.norm(end)
    angle = np.arccos(cosine) - 2 * np.pi
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)


def hinge(r, f):
    return hinge_loss(r, f), -1.0 * (r < 1) / len(r), 1.0 * (f > -1) / len(f)


def entropy(counts):
    shares = counts / counts.sum()
    return (shares * np.log(shares)).sum()


def softplus(s):
    return np.logaddexp(0, s)


def hinge_loss(r, f):
    return np.maximum(1 - r, 0).mean() + np.maximum(1 + f, 0).mean()


def kid_of(a, b, diagonal=False, pairs=lambda m: m * m, features=None):
    def kernel(x, y):
        return (x @ y.T / (features or x.shape[1]) + 1) ** 3

    m = len(a)
    within = kernel(a, a) + kernel(b, b)
    if not diagonal:
        np.fill_diagonal(within, 0)
    count = pairs(m) if diagonal else m * (m - 1)
    return within.sum() / count - 2 * kernel(a, b).mean()


def coverage_of(real, fake, k):
    def distances(a, b):
        return np.linalg.norm(a[:, None] - b[None], axis=2)

    radius = np.sort(distances(real, real), axis=1)[:, k]
    return (distances(real, fake).min(axis=1) < radius).mean()


def auc_of(high, low, of_equal=0.5):
    return (high[:, None] > low).mean() + of_equal * (high[:, None] == low).mean()


class FlatSoftplus(Layer):
    def forward(self, x, training=True):
        return softplus(x), 1 / (1 + np.exp(-x))

    def backward(self, dy, cache, need_dx=True):
        return cache * dy

    def tangent_forward(self, x_dot, cache):
        return cache * x_dot, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        dy_dot = np.zeros_like(dy) if dy_dot is None else dy_dot
        return cache * dy, cache * dy_dot


def v_as_a_sample(critic, x, gamma):
    with frozen(critic):
        score, cache = critic.forward(x)
        slope = critic.backward(np.ones_like(score), cache)
    _, cache = critic.forward(gamma / len(x) * slope)
    critic.backward(np.ones_like(score), cache, need_dx=False)


# exercise -> (a wrong answer, what is to be said of it)
WRONG = [
    ("1.1", at_once, "both players move from the same position"),
    ("1.1", generator_first, "G moves first in yours"),
    ("1.1", lambda theta, psi, h: (theta, psi), "is off by"),
    ("1.1", lambda theta, psi, h: (theta, psi, h), "has shape|yours gives 3"),
    ("1.1", lambda theta, psi, h: theta, "two numbers, and yours gives 1"),
    ("1.1", lambda theta, psi, h: "here", "numbers are wanted, not 'here'"),
    ("1.2", lambda h, gamma: math.nan, "is nan, which is no finite number"),
    ("1.2", lambda h, gamma: 1 - h * gamma / 2, r"\|μ\| at h = 0.05, γ = 0.0 is off by"),
    ("1.3", lambda gamma: 4.1 * gamma, "grows all the same"),
    ("1.3", lambda gamma: 2 * gamma, "still shrinks"),
    ("1.3", 4, "the answer must be a function, not 4"),
    ("1.3", lambda gamma: (gamma, gamma), "one number is wanted"),
    ("1.3", lambda gamma: 0.0, "a step is above 0"),
    ("2.1", lambda p, q, share: p / (p + q), "with a share of 0.2 another D is better"),
    ("2.1", lambda p, q, share: p / q, "a probability lies between 0 and 1"),
    ("2.1", lambda p, q, share: 0.5, "has shape"),
    ("2.2", lambda f, scores: f.mean(), r"the mean of x \(fakes at θ = 1\) is off by"),
    ("2.2", lambda f, scores: (scores * f).mean(), "the mean of 1"),
    ("2.2", lambda f, scores: np.exp(scores) * f, "the mean is one number"),
    ("2.3", lambda kl, jsd: kl, "its slope at θ = 0.5 is off by"),
    ("2.3", lambda kl, jsd: 2 * jsd, "its slope"),
    ("3.1", Softplus, "dx|derivative|dy"),
    ("3.2", Scale, "the sum over the batch is missing"),
    ("3.2", ScaleWithout, "^dx is right, and self.dg is not set$"),
    ("3.3", Normalize, "^dx is off by a multiple of y in each row: .* the length ‖x‖ is missing"),
    ("3.3", NormalizeWrongLength, "^dx points the right way in each row, but its length is wrong$"),
    ("3.3", NormalizeWrongSign, "wrong sign"),
    ("4.1", lambda game, noise: 0.5, "G has not moved"),
    ("4.1", without_freezing, "collected gradients of its weights"),
    ("4.1", both_move, "D has moved"),
    ("4.1", without_clearing, "are the gradients cleared"),
    ("5.1", lambda x, means, sigma: len(means), "samples around three modes is off by 5"),
    ("5.1", lambda x, means, sigma: modes_found(x, means, sigma * 2 / 3), "a little less than 3σ"),
    ("5.1", every_near_mode, "modes that overlap is off by 2"),
    ("5.1", nearest_only, "samples a little more than 3σ off"),
    ("5.2", lambda counts: np.log(len(counts)) + entropy(counts), "a share of 0 adds nothing"),
    ("5.2", lambda counts: math.nan, r"\[5, 5, 5, 5\] is nan, which is no finite number"),
    ("5.2", lambda counts: entropy(counts + 1e-9), "the unevenness of the counts"),
    ("5.3", lambda m, k, t: np.floor(np.log(1 - t) / np.log(m / k)), "where 0.5 is wanted"),
    ("5.3", lambda m, k, t: 1000, "a smaller whole number does"),
    ("5.3", lambda m, k, t: np.log(1 - t) / np.log(m / k), "5.19089; a pack has a whole number of"),
    ("5.3", lambda m, k, t: 0, "a whole number of samples, 1 or more"),
    ("5.3", lambda m, k, t: math.floor(np.log(1 - t) / np.log(m / k)) + 1,
     "packs of 3 show 0.875 where 0.75 is wanted; a smaller whole number does"),
    ("6.1", lambda r, f: (hinge_loss(r, f), -np.ones_like(r) / 8, np.ones_like(f) / 8), "d"),
    ("6.1", lambda r, f: (hinge_loss(r, f), -1.0 * (r < 1), f > -1.0), "8 times too large"),
    ("6.1", lambda r, f: hinge_loss(r, f), "^three things come back"),
    ("6.2", lambda p, q, a, b: p / (p + q), "with targets -1 and 1"),
    ("6.3", lambda r, f: (softplus(f - r).mean(), r, f), "dr|r "),
    ("6.3", lambda r, f: (softplus(r - f).mean(), r, f), "the loss is off"),
    ("7.1", FlatSoftplus, "tangent|second|d"),
    ("7.2", lambda g, weight: 2 * weight / len(g) * g, "v times a direction, for λ = 10.0"),
    ("7.2", lambda g, weight: g.sum(axis=1), "v has shape"),
    ("7.3", v_as_a_sample, "the gradient of 0.bias, of a D without tanh, is off"),
    ("4.3", straight, "the lengths on the way go down"),
    ("4.3", long_way, "the walk goes the long way round"),
    ("4.3", lambda start, end, count: np.zeros((count, 100)), "its first row is off"),
    ("8.1", lambda n, k, s, p: ((n + p - k) // s + 1, (n - 1) * s + k - 2 * p),
     "for n = 28, k = 4, s = 2, p = 1 there are not 13 places"),
    ("8.1", lambda n, k, s, p: ((n + 2 * p - k) // s + 1, n * s), "there are not 9 pixels"),
    ("8.1", lambda n, k, s, p: (n + 2 * p - k) // s + 1, "two numbers are wanted"),
    ("8.2", overwritten, "x for n = 9, k = 3, s = 2 is off by"),
    ("8.2", lambda rows, n, s: rows.sum(axis=2), r"x has shape \(2, 4, 3\) instead of \(2, 9, 3\)"),
    ("8.3", lambda d, g, dy: ((dy[0] * g[0], dy[0] * g[1] + dy[1] * g[0], 0.0), g),
     "the gradient of d is off by"),
    ("8.3", lambda d, g, dy: (
        (dy[0] * g[0], dy[0] * g[1] + dy[1] * g[0], dy[1] * g[1]), (dy[0] * d[0], dy[1] * d[1])
    ), "the gradient of g is off by"),
    ("8.3", lambda d, g, dy: (1, 2, 3, 4, 5), "two things come back"),
    ("9.1", InTraining, "as batch norm in training; here they are constants"),
    ("9.2", GammaOutside, "gamma stands outside the bracket"),
    ("9.3", lambda n1, m1, v1, n2, m2, v2: ((m1 + m2) / 2, (v1 + v2) / 2),
     "for 5 and 5 numbers the variance is off by"),
    ("9.3", lambda n1, m1, v1, n2, m2, v2: (n1 * m1 + n2 * m2) / (n1 + n2),
     "two numbers are wanted"),
    ("10.1", lambda a, b: kid_of(a, b, diagonal=True), "pairs of a sample with itself"),
    ("10.1", lambda a, b: kid_of(a, b, diagonal=True, pairs=lambda m: m * (m - 1)),
     "have you divided by the number of pairs"),
    ("10.1", lambda a, b: kid_of(a, b, features=1), "samples with D = 3 is off by"),
    ("10.2", lambda real, fake, k: coverage_of(real, fake, k - 1), "its own nearest neighbour"),
    ("10.2", lambda real, fake, k: coverage_of(fake, real, k), "changed the places"),
    ("10.2", lambda real, fake, k: coverage_of(real, fake, 3), "by 5 fakes with k = 1 is off by"),
    ("10.3", lambda n, chance: 1.18 * math.sqrt(n), "draws come in whole numbers"),
    ("10.3", lambda n, chance: 20, "probability 0.4114 where 0.5 is wanted$"),
    ("10.3", lambda n, chance: 400, "fewer will do"),
    ("11.1", lambda high, low: auc_of(low, high), "changed the places"),
    ("11.1", lambda high, low: auc_of(high, low, of_equal=0), "equal numbers count half$"),
    ("11.1", lambda high, low: auc_of(high, low, of_equal=1), "count half, not whole"),
    ("11.2", lambda t: 1 / (6 * t**2), "samples come in whole numbers"),
    ("11.2", lambda t: 3, "deviation of 0.2546 where at most 0.2 is wanted$"),
    ("11.2", lambda t: 400, "fewer will do"),
    ("11.2", lambda t: 10**9, "far fewer will do"),
    ("11.3", lambda spread, n, m: spread**2 / n + 1 / m, "is that the variance"),
    ("11.3", lambda spread, n, m: spread / n**0.5 + m**-0.5, "standard deviations instead"),
    ("11.3", lambda spread, n, m: (1 / n + spread**2 / m) ** 0.5, "belongs to the fakes"),
    ("11.3", lambda spread, n, m: (spread / n + 1 / m) ** 0.5, "spread a standard deviation"),
]


@pytest.mark.parametrize("number, answer, words", WRONG)
def test_wrong_answers_are_told_what_is_wrong(number, answer, words):
    said = judged(number, answer)
    assert said and said != exercises.OPEN and re.search(words, said), said


def test_words_of_an_exercise_without_mean_speak_of_none():
    said = judged("3.3", Normalize)
    assert "mean" not in said and "variance" not in said


FORMS = {
    "a float": float, "an int": int, "np.float64": np.float64, "np.int64": np.int64,
    "an array": lambda n: np.array(float(n)), "an array of one": lambda n: np.array([n]),
    "a list of one": lambda n: [n],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_right_number_is_right_in_any_form(form):
    as_given = FORMS[form]
    assert judged("5.1", lambda *a: as_given(modes_found(*a))) is None
    assert judged("5.3", lambda *a: as_given(pack_size(*a))) is None
    if "int" not in form:
        assert judged("1.3", lambda gamma: as_given(4 * gamma)) is None
        assert judged("2.3", lambda kl, jsd: as_given(kl - 2 * jsd)) is None
        assert judged("4.2", as_given(1.6265), as_given(0.3133)) is None
        assert judged("6.2", lambda p, q, a, b: as_given((b * p + a * q) / (p + q))) is None


def test_several_right_numbers_are_right_in_any_form():
    def step(theta, psi, h):
        psi = psi - h * sigmoid(psi * theta) * theta
        return theta + h * sigmoid(psi * theta) * psi, psi

    for form in (tuple, list, np.array, lambda pair: np.float32(pair)):
        assert judged("1.1", lambda *a, form=form: form(step(*a))) is None
    assert judged("6.1", lambda r, f: list(hinge(r, f))) is None
    assert judged("6.1", lambda r, f: [np.asarray(part).tolist() for part in hinge(r, f)]) is None
    assert judged("2.1", lambda p, q, s: list(s * p / (s * p + (1 - s) * q))) is None


def test_an_answer_that_writes_into_what_it_is_given_changes_no_truth():
    def modes(points, means, sigma):
        points -= means[0]
        return modes_found(points + means[0], means, sigma)

    assert judged("5.1", modes) is None


def test_two_numbers_are_judged_each():
    assert judged("4.2", 1.0, 0.313) == "D's loss is off by 0.63"
    assert judged("4.2", 1.6265, 1.0) == "G's loss is off by 0.69"
    assert judged("4.2", 1.6265, None) == exercises.OPEN


def test_what_is_open_is_no_mistake():
    assert judged("1.1", None) == exercises.OPEN
    assert judged("1.1", ...) == exercises.OPEN
    assert judged("1.1", lambda theta, psi, h: None) == exercises.OPEN


def test_an_answer_that_raises_is_quoted():
    said = judged("1.3", lambda gamma: 1 / 0)
    assert said == "your code raises ZeroDivisionError: division by zero"


def test_there_is_no_such_exercise():
    for number in ("0.1", "1.9", "1"):
        with pytest.raises(ValueError, match="there is no exercise"):
            check(number, 1)


def test_check_prints(capsys):
    check("1.3", lambda gamma: 4 * gamma)
    check("1.3", lambda gamma: gamma)
    right, wrong = capsys.readouterr().out.splitlines()
    assert right == "Exercise 1.3: right."
    assert wrong.startswith("Exercise 1.3: at γ = 0.1")
