# ruff: noqa: N803, N806 - matrices have the names that they have in courses
"""A wrong name is worse than none: a cause is named where its rivals are excluded."""

import numpy as np
import pytest

from gan_scratch.game import generator_step
from gan_scratch.gradient_check import catalogue, check, check_functions, check_game, check_loss
from gan_scratch.losses import NonSaturating

X = np.random.default_rng(7).standard_normal((6, 4))


def rng():
    return np.random.default_rng(0)


def normal(*shape):
    return rng().standard_normal(shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def without_source(function):
    """The same function as if made by exec of a string: no line of it can be told."""
    function.__code__ = function.__code__.replace(co_filename="<string>")
    return function


class Wrong:
    """A dense layer, of which `wrong` changes the gradients: (dW, db, dx) -> the same three."""

    def __init__(self, wrong, outputs=3):
        self.W, self.b, self.wrong = normal(4, outputs), normal(outputs), wrong

    def forward(self, x):
        return x @ self.W + self.b, x

    def backward(self, dy, x):
        self.dW, self.db, dx = self.wrong(x.T @ dy, dy.sum(axis=0), dy @ self.W.T)
        return dx


def of(report, name):
    cause = report.causes[name]
    return cause.word, cause.sentence


class Convolution:
    """In one dimension, with a kernel that is one for all channels, (N, C, L) or (N, L)."""

    def __init__(self, axis, taps=3):
        self.w, self.axis = normal(taps), axis

    def windows(self, v):
        return np.lib.stride_tricks.sliding_window_view(v, len(self.w), axis=self.axis)

    def forward(self, x):
        return self.windows(x) @ self.w, x

    def backward(self, dy, x):
        self.dw = np.tensordot(dy, self.windows(x), dy.ndim)[::-1]
        pad = [(0, 0)] * (dy.ndim - 1) + [(len(self.w) - 1,) * 2]
        return self.windows(np.pad(dy, pad)) @ self.w[::-1]


@pytest.mark.parametrize("shape", [(3, 8), (3, 2, 8)])
def test_a_reversed_kernel_is_flipped(shape):
    word, sentence = of(check(Convolution(-1), normal(*shape)), "dw")
    assert word == "flipped" and "reversed along axis 0" in sentence


def test_one_of_three_numbers_is_not_enough_for_a_shift():
    report = check(Wrong(lambda dW, db, dx: (dW, np.array([db[2], 5.0, 7.0]) * db[1], dx)), X)
    assert report.causes["db"].word == "unknown"


@pytest.mark.parametrize("factor, outputs, said", [
    (4, 3, ("a literal 4, or the size of the input's channels", "could not be varied")),
    (2, 2, ("a literal 2, or the size of the output's channels", "could not be varied")),
    (7, 3, ("7 times too large, whatever the size of the input",)),
    (1 / 7, 3, ("7 times too small, whatever", "db → 7 db")),
    (1 / 3**0.5, 3, ("the square root of the size of the output's channels", "could not be")),
    (2 / 3, 4, ("2/3 of what it should be, whatever", "db → 3/2 db")),
])  # fmt: skip
def test_a_literal_factor_is_no_size_that_stays(factor, outputs, said):
    report = check(Wrong(lambda dW, db, dx: (dW, factor * db, dx), outputs), X)
    assert report.causes["db"].word == "scale"
    assert all(words in " ".join(str(report).split()) for words in said), str(report)


def test_examples_in_columns_are_a_batch():
    class Columns:
        def __init__(self):
            self.W = normal(3, 2)

        def forward(self, x):
            return self.W @ x, x

        def backward(self, dy, x):
            self.dW = dy @ x.T / x.shape[1]
            return self.W.T @ dy

    word, sentence = of(check(Columns(), normal(2, 7)), "dW")
    assert word == "scale" and "7 times too small, which is the size of the batch:" in sentence


def test_a_function_of_parameters_has_the_batch_of_its_data():
    def cost(W, X, Y):
        p = sigmoid(W @ X)
        loss = -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).sum() / X.shape[1]
        return loss, (p - Y) @ X.T / X.shape[1] ** 2

    y = np.array([[0.0, 1, 1, 0, 1, 0, 1]])
    word, sentence = of(check_loss(cost, normal(1, 2), normal(2, 7), y), "dW")
    assert word == "scale" and "7 times too small, which is the size of the batch:" in sentence


def test_a_missing_2_is_no_mean_over_two_columns():
    def mse(score, target):
        return ((score - target) ** 2).sum(), score - target

    _, sentence = of(check_loss(mse, normal(5, 2), 2 * normal(5, 2)), "dscore")
    assert "2 times too small, whatever the size of the input" in sentence


class Updates:
    """Two layers that make their own step, W2's before it is used."""

    def __init__(self, rate=0.1):
        self.rate, self.W1, self.W2 = rate, normal(4, 5), normal(5, 3)

    def forward(self, x):
        self.x, self.h = x, np.tanh(x @ self.W1)
        return self.h @ self.W2

    def backward(self, dy):
        self.dW2 = self.h.T @ dy
        self.W2 -= self.rate * np.sign(self.dW2)
        dz = dy @ self.W2.T * (1 - self.h**2)
        self.dW1 = self.x.T @ dz
        return dz @ self.W1.T


def test_weights_that_are_updated_too_early_are_named():
    report = check(Updates(), X)
    assert {cause.word for cause in report.causes.values()} == {"updated inside"}
    assert "backward updates W2 before it is done" in report.diagnosis


def test_weights_that_a_function_updates_are_named():
    def backward(dy, cache):
        x, w = cache
        dw = x.T @ dy
        w -= 0.1 * dw
        return dy @ w.T, dw

    def report():
        return check_functions(lambda x, w: (x @ w, (x, w)), backward, X, normal(4, 3))

    line = backward.__code__.co_firstlineno + 3
    told = report()
    assert told.causes["updated inside"].about == "w"
    assert f"dx comes out right if line {line} changes: this line is too much" in told.diagnosis
    assert "backward updates w itself" in told.diagnosis  # both are said
    without_source(backward)
    told = report()
    assert told.causes["updated inside"].about == "w"
    assert "dx is off" in told.diagnosis or "dx: backward" in told.diagnosis


def test_memory_that_nobody_wrote_is_named():
    class Crops:
        def forward(self, x):
            return x[:, 1:] ** 2, x

        def backward(self, dy, x):
            dx = np.empty_like(x)
            dx[:, 1:] = 2 * x[:, 1:] * dy
            return dx

    empty = np.empty
    assert "np.zeros instead of np.empty" in str(check(Crops(), X))
    assert check(Crops(), X).causes["uninitialised"].about == "x" and np.empty is empty


def test_rows_that_are_picked_twice_are_assigned_and_others_are_not():
    def picked(rows):
        def loss(center, outside, indices=rows):
            z = sigmoid(outside[list(indices)] @ center)
            d = np.zeros_like(outside)
            d[list(indices)] += np.outer(1 - z, center)
            return np.log(z).sum(), outside[list(indices)].T @ (1 - z), d

        return loss

    word, sentence = of(check_loss(picked((2, 1, 3, 3)), normal(4), normal(6, 4)), "doutside")
    assert word == "assigned" and "np.add.at adds each time" in sentence

    def half_a_row(dW, db, dx):
        return dW * np.array([1, 1, 0.5, 1])[:, None], db, dx

    assert of(check(Wrong(half_a_row), X), "dW")[0] != "assigned"


def rnn(step):
    """An RNN, x of (N, T, D); `step` goes back through one time: (dy, dh, h) -> da."""

    def forward(x, h0, W, U):
        hs, h = [h0], h0
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ W + h @ U)
            hs.append(h)
        return np.stack(hs[1:], axis=1), (x, hs, W, U)

    def backward(dy, cache):
        x, hs, W, U = cache
        dx, dW, dU, dh = np.zeros_like(x), 0 * W, 0 * U, 0 * hs[0]
        for t in reversed(range(x.shape[1])):
            da = step(dy[:, t], dh, hs[t + 1])
            dx[:, t], dh = da @ W.T, da @ U.T
            dW, dU = dW + x[:, t].T @ da, dU + hs[t].T @ da
        return dx, dh, dW, dU

    return forward, backward


def test_the_way_through_time_is_missing_and_nothing_is_assigned():
    inputs = normal(3, 4, 2), normal(3, 5), normal(2, 5), normal(5, 5)

    def within_a_time(dy, dh, h):
        return dy * (1 - h**2)

    report = check_functions(*rnn(within_a_time), *inputs)
    assert [report.causes[n].word for n in ("dx", "dh0")] == ["path missing"] * 2
    assert check_functions(*rnn(lambda dy, dh, h: (dy + dh) * (1 - h**2)), *inputs).passed


def test_windows_that_overwrite_each_other_are_assigned_whatever_the_layout():
    class Windows:  # (N, C, L)
        def __init__(self):
            self.w = normal(3)

        def forward(self, x):
            return np.stack([x[..., i : i + 3] @ self.w for i in range(x.shape[2] - 2)], 2), x

        def backward(self, dy, x):
            dx, self.dw = np.zeros_like(x), np.zeros(3)
            for i in range(dy.shape[2]):
                dx[..., i : i + 3] = dy[..., i, None] * self.w
                self.dw += np.tensordot(dy[..., i], x[..., i : i + 3], 2)
            return dx

    assert of(check(Windows(), normal(2, 3, 7)), "dx")[0] == "assigned"


def test_counts_are_those_of_the_readers_own_input():
    class Third:
        def forward(self, x):
            return x**3, x

        @without_source
        def backward(self, dy, x):
            return np.where(x > 0.3, 0, 3 * x**2 * dy)

    x = normal(12, 4)
    word, sentence = of(check(Third(), x), "dx")
    assert word == "partly zero" and f"in {(x > 0.3).sum()} of 48 numbers" in sentence

    class Large(Third):
        @without_source
        def backward(self, dy, x):
            return np.where(x > 0.3, np.cos(7 * x) * dy[:, ::-1], 3 * x**2 * dy)

    word, sentence = of(check(Large(), x), "dx")
    assert word == "unknown" and f"{(x > 0.3).sum()} of 48 numbers" in sentence


def test_a_third_bias_is_not_swapped():
    class Three:
        def __init__(self):
            self.a, self.b, self.c = normal(3, 4)

        def forward(self, x):
            return np.concatenate((x + self.a, x * self.b, x**3 + self.c)), x

        def backward(self, dy, x):
            da, db, dc = (dy[:6], dy[6:12] * x, dy[12:]) if len(x) == 6 else np.split(dy, 3)
            dx = da + dy[len(x) : 2 * len(x)] * self.b + 3 * x**2 * dc
            db = dy[len(x) : 2 * len(x)] * x
            self.da, self.db, self.dc = db.sum(axis=0), da.sum(axis=0), dc.sum(axis=0)
            return dx

    report = check(Three(), X)
    assert {n: c.word for n, c in report.causes.items()} == {"da": "swapped", "db": "swapped"}
    assert "dc" not in report.diagnosis

    class Copied(Three):
        def backward(self, dy, x):
            dx = super().backward(dy, x)
            self.db, self.da = self.da, self.da
            return dx

    assert "the two" not in of(check(Copied(), X), "da")[1]


def test_several_that_nobody_knows_are_said_in_one_sentence():
    @without_source
    def bent(dW, db, dx):
        return np.sin(3 * dW), np.sin(3 * db), np.sin(3 * dx)

    report = check(Wrong(bent), X)
    assert len(report.sentences()) == 1 and "Wrong are dx, dW and db." in report.diagnosis


def forgets_the_penalty(game, real, noise):
    D = game.discriminator
    fake = game.generator(noise, training=True)
    real_score, cache = D.forward(real)
    fake_score, cache = D.forward(fake)
    loss, d_real, d_fake = game.objective.discriminator(real_score, fake_score)
    D.zero_gradients()
    D.backward(d_real, cache)
    D.backward(d_fake, cache)
    game.discriminator_optimizer.step()
    return loss


def adds_the_penalty(game, real, noise):
    loss = forgets_the_penalty(game, real, noise)
    fake = game.generator(noise, training=True)
    return loss + sum(
        penalty.add_gradients(game.discriminator, real, fake, game.rng)
        for penalty in game.penalties
    )


@pytest.mark.parametrize("step", [forgets_the_penalty, adds_the_penalty])
def test_a_wrong_cache_is_named_beside_a_penalty(step):
    game, real, noise = catalogue.small_game(NonSaturating(), rng())
    report = check_game(game, real, noise, steps=(step, generator_step))
    assert {cause.word for cause in report.causes.values()} == {"wrong cache"}


def test_a_decay_and_a_mean_are_said_together():
    layer = Wrong(lambda dW, db, dx: (dW / 6 - 0.05 * layer.W, db, dx))
    word, sentence = of(check(layer, X), "dW")
    assert word == "weight decay" and "-0.05 times W, and the rest is 6 times too small" in sentence


def test_in_a_loss_a_multiple_of_the_weights_is_the_regularizations():
    def svm(W, X, reg=0.1):
        margins = np.maximum(0, 1 - X @ W)
        return margins.sum() + reg * (W**2).sum(), -X.T @ (margins > 0) + reg * W

    word, sentence = of(check_loss(svm, normal(4, 3), X), "dW")
    assert word == "weight decay" and "off by -0.1 W: what it holds of the reg" in sentence


class Dropout:
    def forward(self, x):
        self.mask = np.random.default_rng(3).random(x.shape) < 0.6
        return x * self.mask / 0.6, None

    def backward(self, dy, cache):
        return dy / 0.6


class Cropped:
    """The first column is cut off: no mask."""

    def forward(self, x):
        return x[:, 1:] ** 2, x

    def backward(self, dy, x):
        return np.concatenate((dy[:, :1], 2 * x[:, 1:] * dy), axis=1)


class ReLU:
    def forward(self, x):
        return np.maximum(x, 0) @ np.eye(4), x

    def backward(self, dy, x):
        return dy


def test_a_forgotten_mask_is_no_crop_and_no_relu():
    assert of(check(Dropout(), X), "dx")[0] == "mask"
    assert of(check(Cropped(), X), "dx")[0] != "mask"
    assert of(check(ReLU(), X), "dx")[0] != "mask"


@pytest.mark.parametrize("f", [sigmoid, np.tanh])
def test_a_square_behind_a_nonlinearity_lacks_its_derivative(f):
    def loss(score, target):
        return ((f(score) - target) ** 2).sum() / len(score), 2 * (f(score) - target) / len(score)

    report = check_loss(loss, normal(5, 3), np.eye(3)[[0, 1, 2, 0, 1]])
    assert report.causes["dscore"].word == "derivative not applied"


def test_a_second_input_is_judged_by_its_own_numbers():
    class Gated:
        def forward(self, a, b):
            return a.sum() + np.maximum(b, 0), b

        def backward(self, dy, b):
            return np.full((3, 2), dy.sum()), np.where(b > 0, 1, 0.5) * dy

    report = check(Gated(), (normal(3, 2), normal(6, 4)))
    assert report.causes["dx[1]"].word == "wrong slope"
