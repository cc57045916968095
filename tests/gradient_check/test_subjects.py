"""What may be checked, in whatever style it is written, and what is said of what may not."""

import itertools

import numpy as np
import pytest
from zoo import right

from gan_scratch import layers
from gan_scratch.gradient_check import check, check_functions, check_game, check_loss, check_penalty
from gan_scratch.gradient_check.catalogue import small_game
from gan_scratch.gradient_check.plain import PlainLayer, Unusable
from gan_scratch.losses import NonSaturating
from gan_scratch.penalties import R1


def rng():
    return np.random.default_rng(1)


def normal(*shape):
    return rng().standard_normal(shape)


class ReturnsAll(right.Dense):
    """Gradients of parameters behind dx, in no attribute."""

    def backward(self, dy, x):
        return dy @ self.W.T, x.T @ dy, dy.sum(axis=0)


class ReturnsDict(right.Dense):
    def backward(self, dy, x):
        return {"dx": dy @ self.W.T, "dW": x.T @ dy, "db": dy.sum(axis=0)}


class TakesFlag(right.Dense):
    def forward(self, x, is_training):
        assert is_training
        return super().forward(x)


@pytest.mark.parametrize(
    "kind", [right.Dense, right.DictDense, ReturnsAll, ReturnsDict, TakesFlag],
    ids=lambda kind: kind.__name__,
)
def test_parameters_are_found_in_every_style(kind):
    layer = kind(rng())
    before = {name: np.array(value) for name, value in vars(layer).items() if name in "Wb"}
    report = check(layer, normal(6, 5))
    assert report.passed and [row.quantity for row in report.rows] == ["dx", "dW", "db"]
    assert all(np.array_equal(vars(layer)[name], value) for name, value in before.items())
    assert not hasattr(layer, "dW")  # a copy was checked
    values = PlainLayer(layer, normal(6, 5)).values
    assert {name: value.shape for name, value in values.items()} == {
        "x": (6, 5), "W": (5, 4), "b": (4,),
    }  # fmt: skip


def test_a_pair_of_functions():
    x, w, b = normal(6, 5), normal(5, 3), np.zeros(3)
    report = check_functions(right.affine_forward, right.affine_backward, x, w, b)
    assert report.passed and [row.quantity for row in report.rows] == ["dx", "dw", "db"]

    def turned(dout, cache):
        dx, dw, db = right.affine_backward(dout, cache)
        return dx, -dw, db

    wrong = check_functions(right.affine_forward, turned, x, w, b)
    assert not wrong.passed and wrong.causes["dw"].word == "sign"


@pytest.mark.parametrize("kind", [tuple, list])
def test_several_inputs_in_one_argument_or_in_several(kind):
    class Product:
        def forward(self, x):
            a, b = x
            return a * b, (a, b)

        def backward(self, dy, cache):
            a, b = cache
            return dy * b, dy * a

    class OneByOne(Product):
        def forward(self, a, b):
            return super().forward((a, b))

    for layer in (Product(), OneByOne()):
        report = check(layer, kind([normal(3, 4), normal(3, 4)]))
        assert report.passed and [row.quantity for row in report.rows] == ["dx[0]", "dx[1]"]


def test_a_loss_says_nothing_of_its_target():
    report = check_loss(right.logistic_loss, normal(6, 1), np.ones((6, 1)))
    assert report.passed and [row.quantity for row in report.rows] == ["dscore"]


def test_a_penalty_and_a_game_are_left_as_they_were():
    game, real, noise = small_game(NonSaturating(), rng())
    players = game.generator, game.discriminator
    before = [player.state() for player in players]
    assert check_penalty(R1(0.7), game.discriminator, real, real[::-1]).passed
    assert check_game(game, real, noise).passed
    for player, state in zip(players, before, strict=True):
        assert all(np.array_equal(value, state[name]) for name, value in player.state().items())


def test_random_layers_draw_the_same_each_time():
    assert check(right.Dropout(rng()), normal(6, 4)).passed
    assert check(layers.Dropout(0.4, rng=rng()), normal(6, 4)).passed


class DropsHalf:
    def __init__(self, draw):
        self.draw = draw

    def forward(self, x):
        mask = self.draw(x.shape) < 0.5
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask


def test_np_randoms_own_draws_are_put_back():
    assert check(DropsHalf(lambda shape: np.random.rand(*shape)), normal(6, 4)).passed


def test_draws_that_nobody_can_put_back_are_said():
    report = check(DropsHalf(lambda shape: np.random.default_rng().random(shape)), normal(6, 4))
    assert report.causes["random"].sentence.startswith("forward gives another y each time")


def test_few_digits_of_the_forward_pass_are_said():
    class Single:
        def __init__(self, factor):
            self.factor = factor

        def forward(self, x):
            return np.tanh(x.astype(np.float32)).astype(np.float64), x

        def backward(self, dy, x):
            return self.factor * dy * (1 - np.tanh(x) ** 2)

    report = check(Single(1.0), normal(6, 4))
    assert report.passed and "known to" in str(report)
    assert not check(Single(1.01), normal(6, 4)).passed


# Corners.


@pytest.mark.parametrize("size", [1e-6, 1e6])
@pytest.mark.parametrize("kind", ["Dense", "BatchNorm", "Tanh", "Softmax", "LayerNorm"])
def test_inputs_of_any_size(kind, size):
    layer = getattr(right, kind)(rng())
    report = check(layer, size * normal(6, 3 if kind == "BatchNorm" else 5))
    assert report.passed and report.max_error <= 1e-9


def test_channels_of_tiny_variance():
    x = normal(6, 3) * np.array([1e-4, 1, 1e-4]) + 3
    assert x.var(axis=0).min() < 2e-8
    assert check(right.BatchNorm(rng()), x).passed and check(layers.BatchNorm(3), x).passed


@pytest.mark.parametrize("x", [np.zeros((0, 5)), normal(1, 5)], ids=["none", "one"])
def test_an_empty_batch_and_a_single_sample(x):
    assert check(right.Dense(rng()), x).passed
    assert check(layers.Dense(5, 3, rng=rng()), x).passed


def test_one_number_and_no_parameters():
    assert check(right.Dense(rng(), 1, 1), normal(1, 1)).passed
    assert [row.quantity for row in check(right.Tanh(rng()), normal(3, 4)).rows] == ["dx"]


def test_a_single_wrong_number_of_a_large_gradient_is_seen():
    class OneWrong(layers.Dense):
        def backward(self, dy, cache, need_dx=True):
            dx = super().backward(dy, cache, need_dx)
            self.weight.gradient[371, 90] += 0.1
            return dx

    layer = OneWrong(784, 128, rng=rng())
    report = check(layer, normal(4, 784))
    wrong = [row.quantity for row in report.rows if row.error > 1e-9]
    assert not report.passed and "d weight" in wrong and report.passes["forward"] < 20_000


def test_the_report_counts_the_passes_of_all_probes():
    forward_passes = itertools.count()  # nothing that the check puts back, as a number would be

    class Counted(right.Dense):
        def forward(self, x):
            next(forward_passes)
            return super().forward(x)

        def backward(self, dy, cache):
            return 2 * super().backward(dy, cache)

    report = check(Counted(rng()), normal(6, 5))
    assert report.causes["dx"].word == "scale"
    few = next(forward_passes) - report.passes["forward"]  # to look at its manners
    assert 0 < few < 12 < report.passes["forward"]


def test_a_parameter_that_hides_a_mistake_is_moved():
    class ForgetsGamma(right.BatchNorm):
        def backward(self, dy, cache):
            return super().backward(dy, cache) / self.gamma

    layer = ForgetsGamma(rng())
    layer.gamma = np.ones(3)
    report = check(layer, normal(6, 3))
    assert report.rows[0].error <= 1e-9  # right where γ is 1
    assert report.rows[-1].quantity == "dx at other values" and not report.passed
    assert "the division by self.gamma is too much" in report.diagnosis


# What cannot be checked is said in a sentence.


def returning(y=None, dx=None):
    class Layer:
        def forward(self, x):
            return (2 * x if y is None else y(x)), x

        def backward(self, dy, x):
            return 2 * dy if dx is None else dx(dy)

    return Layer()


@pytest.mark.parametrize("layer, words", [
    (returning(y=lambda x: x.tolist()), "forward returned list, wanted y, or (y, cache) with y an"),
    (returning(y=lambda x: None), "forward returned NoneType"),
    (returning(y=lambda x: x.astype(int)), "int64, which has no derivative: compute in the dtype"),
    (returning(y=lambda x: x.astype("float32")), "float32, which has too few digits: compute in"),
    (returning(dx=lambda dy: dy.tolist()), "backward returned a list, wanted an array"),
    (returning(dx=lambda dy: dy.astype(int)), "dx is an array of int64, which has no decimals"),
])  # fmt: skip
def test_what_is_no_array_of_float64(layer, words):
    with pytest.raises(Unusable, match="(?s)" + words.replace("(", r"\(").replace(")", r"\)")):
        check(layer, normal(6, 4))


def test_what_is_not_finite():
    report = check(returning(y=lambda x: x * np.nan), normal(6, 4))
    assert not report.passed
    assert "forward gives 24 numbers that are not finite at this input" in report.diagnosis


def test_a_view_of_x_is_noted():
    report = check(returning(y=lambda x: x, dx=lambda dy: dy), normal(6, 4))
    assert report.passed and "y is a view of x" in str(report)
    assert not check(returning(), normal(6, 4)).notes


def test_a_report_in_a_notebook():
    class Wrong(right.Dense):
        def backward(self, dy, x):
            return -super().backward(dy, x)

    page = check(Wrong(rng()), normal(6, 5))._repr_html_()
    assert "dx has the wrong sign." in page and page.count("<svg") == 1
    assert page.count("<circle") == 30 and "WRONG" in page
    assert "<svg" not in check(right.Dense(rng()), normal(6, 5))._repr_html_()


def test_a_small_kink_beside_large_slopes_is_one():
    x = np.array([[0.0, 3.0, -2.0], [0.0, 1.0, -1.0]])
    dy = np.array([[1e-4, 1.0, 2.0], [-1.0, 3.0, 1.0]])
    report = check(right.LeakyReLU(rng()), x, dy)
    assert report.passed and report.rows[0].kinks == 2
