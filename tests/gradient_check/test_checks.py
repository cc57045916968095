"""The gradient check: right layers pass, wrong ones are named, the layer is left as it was."""

import numpy as np
import pytest

from gan_scratch.gradient_check import assert_gradients, catalogue, check, check_game
from gan_scratch.gradient_check.examples import examples
from gan_scratch.layers import (
    BatchNorm,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Layer,
    LeakyReLU,
    ReLU,
    Sequential,
    Softmax,
    Tanh,
)
from gan_scratch.layers.kernels import loops, patches, superpixels
from gan_scratch.losses import Minimax, NonSaturating
from gan_scratch.training.checkpoints import digest


def rng():
    return np.random.default_rng(11)


def first_settings(generator):
    """The examples of the library's layers, one setting of each."""
    return {name: settings[:1] for name, settings in examples(generator).items()}


@pytest.mark.parametrize("settings", [
    first_settings, pytest.param(examples, marks=pytest.mark.thorough),
])  # fmt: skip
def test_everything_in_the_library_passes(settings, monkeypatch):
    monkeypatch.setattr(catalogue, "examples", settings)
    reports = list(catalogue.reports(seed=1))
    subjects = {report.subject for report in reports}
    assert {"Minimax", "NonSaturating through D∘G", "Hinge through D∘G"} <= subjects
    assert all(report.passed for report in reports), "\n".join(map(str, reports))
    layers = [report for report in reports if report.error_of(2) is not None]
    assert max(report.max_error for report in layers) <= 1e-9
    assert len(reports) >= len(catalogue.layer_classes()) + 2 * len(catalogue.objective_classes())


@pytest.mark.parametrize("kind", [Conv2D, ConvTranspose2D])
def test_a_convolution_is_checked_on_each_of_its_kernels(kind, monkeypatch):
    layer, run = kind(2, 2, 4, stride=2, padding=1, rng=rng()), []
    passes = ("convolve", "convolve_adjoint", "add_weight_gradient")
    for module in (patches, loops, superpixels):
        for name in passes:
            compute = getattr(module, name)
            monkeypatch.setattr(
                module, name,
                lambda *given, compute=compute, module=module, name=name:
                    run.append((module, name)) or compute(*given),
            )  # fmt: skip
    words = []
    for word, path in catalogue.paths(layer):
        words.append(word)
        with path():
            assert check(layer, rng().standard_normal((2, 4, 4, 2))).passed
    assert words == ["", ", plain kernel", ", nine products"]
    modules = patches, loops, superpixels
    assert set(run) == {(module, name) for module in modules for name in passes}


@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e5])
def test_a_wrong_gradient_fails_at_any_scale_of_dy(scale):
    """An absolute tolerance would let a small gradient pass, whatever it is."""

    class Wrong(Tanh):
        def slope(self, y):
            return 1 - y

    x = rng().standard_normal((3, 4))
    dy = scale * rng().standard_normal((3, 4))
    assert check(Tanh(), x, dy).passed
    assert not check(Wrong(), x, dy).passed


def test_random_cotangents_see_what_all_ones_cannot():
    class Deleted(Softmax):
        def backward(self, dy, cache, need_dx=True):
            return 0 * dy

    x = rng().standard_normal((3, 4))
    assert not check(Deleted(), x).passed
    # With dy = 1 the true gradient is zero, so zeros cannot be told from it; but the check looks
    # at random values and a random dy besides.
    report = check(Deleted(), x, np.ones((3, 4)))
    wrong = [row.quantity for row in report.rows if row.error > 1e-9 and row.order == 1]
    assert wrong == ["dx at other values"] and report.causes["dx"].word == "zero"


@pytest.mark.parametrize("seed", range(4))
def test_dy_is_not_drawn_as_a_readers_x_is(seed):
    """With dy = x nothing would be left of a batch norm's dx to compare."""
    x = np.random.default_rng(seed).standard_normal((6, 3))
    (dx, *_) = check(BatchNorm(3), x).rows
    assert dx.quantity == "dx" and dx.error < 1e-9 and dx.doubt < 1e-9


def test_kinks_are_recognised_and_said():
    report = check(ReLU(), np.array([[0.0, 1.0, -1.0], [0.0, 2.0, 0.0]]))
    assert report.passed
    assert report.rows[0].kinks == 3
    assert "3 at a kink" in str(report)


def test_a_value_outside_the_one_sided_slopes_fails_at_a_kink():
    class Wrong(ReLU):
        def backward(self, dy, cache, need_dx=True):
            return super().backward(dy, cache) + 2 * dy * (cache == 0)

    assert not check(Wrong(), np.array([[0.0, 1.0, -1.0]])).passed


def test_wrong_shapes_missing_and_not_finite_gradients_are_said():
    class Summed(Tanh):
        def backward(self, dy, cache, need_dx=True):
            return super().backward(dy, cache).sum(axis=0)

    class Missing(Tanh):
        def backward(self, dy, cache, need_dx=True):
            return None

    class Nan(Tanh):
        def backward(self, dy, cache, need_dx=True):
            return np.nan * dy

    x = rng().standard_normal((3, 4))
    assert "dx has shape (4,), wanted (3, 4)" in check(Summed(), x).diagnosis
    assert "dx is missing" in check(Missing(), x).diagnosis
    assert "numbers that are not finite" in check(Nan(), x).diagnosis
    for wrong in (Summed, Missing, Nan):
        assert check(wrong(), x).max_error == np.inf


def test_the_diagnosis_names_the_tensor_and_the_place():
    class Wrong(Dense):
        def backward(self, dy, cache, need_dx=True):
            dx = super().backward(dy, cache)
            self.weight.gradient[1, 2] += 1.0
            while self.weight is None:  # functions with such a loop are not edited
                pass
            return dx

    report = check(Wrong(3, 4, rng=rng()), rng().standard_normal((5, 3)))
    assert [row.quantity for row in report.rows if row.error > 1e-9 and row.order == 1] == [
        "d weight"
    ]
    assert "d weight is off" in report.diagnosis and "furthest at [1, 2]" in report.diagnosis
    assert "WRONG" in str(report) and str(report).endswith("\nfailed")


def test_the_line_is_told_beside_what_the_layer_does_to_a_frozen_parameter():
    class Wrong(Dense):
        def backward(self, dy, cache, need_dx=True):
            dx = super().backward(dy, cache)
            self.weight.gradient[1, 2] += 1.0
            return dx

    report = check(Wrong(3, 4, rng=rng()), rng().standard_normal((5, 3)))
    line = Wrong.backward.__code__.co_firstlineno + 2
    assert f"d weight comes out right if line {line} changes: this line is too much" in str(report)
    assert "adds to the gradient of a frozen parameter" in " ".join(report.diagnosis.split())


def test_the_layer_is_left_as_it_was():
    layer = Sequential(Dense(3, 4, rng=rng()), Dropout(0.5, rng=rng()), LeakyReLU())
    for parameter in layer.parameters().values():
        parameter.gradient[...] = 3.0
    before = digest({"state": layer.state(), "rng": layer.generators()[0].bit_generator.state})
    assert check(layer, rng().standard_normal((2, 3))).passed
    after = digest({"state": layer.state(), "rng": layer.generators()[0].bit_generator.state})
    assert after == before
    assert all((p.gradient == 3.0).all() for p in layer.parameters().values())
    assert layer.parameters()["0.weight"].value.dtype == "float32"


def test_a_check_repeats():
    x = rng().standard_normal((3, 4))
    assert str(check(Tanh(), x)) == str(check(Tanh(), x))


def test_assert_gradients_raises_with_the_table():
    x = rng().standard_normal((3, 4))
    assert assert_gradients(Tanh(), x).passed

    class Wrong(Tanh):
        def slope(self, y):
            return 1.01 * super().slope(y)

    with pytest.raises(AssertionError, match="dx .*WRONG"):
        assert_gradients(Wrong(), x)


def test_a_plain_class_of_a_student():
    """forward and backward are enough; nothing need be inherited."""

    class Square:
        def forward(self, x, training=True):
            return x * x, x

        def backward(self, dy, cache, need_dx=True):
            return 2 * cache * dy

    class HalfSquare(Square):
        def backward(self, dy, cache, need_dx=True):
            return cache * dy

    x = rng().standard_normal((2, 5))
    assert check(Square(), x).passed
    assert check(HalfSquare(), x).max_error == pytest.approx(1 / 3)


def test_a_large_layer_is_sampled():
    report = check(Dense(60, 40, rng=rng()), rng().standard_normal((4, 60)))
    assert report.passed and report.rows[1].shape == (60, 40)


@pytest.mark.parametrize("objective", [Minimax, NonSaturating])
def test_the_whole_loss_through_both_players(objective):
    game, real, noise = catalogue.small_game(objective(), rng())
    before = digest(game.state())
    report = check_game(game, real, noise)
    assert report.passed and report.max_error <= 1e-6, report
    assert len(report.rows) == len(game.generator.parameters()) + len(
        game.discriminator.parameters()
    )
    state = game.state()
    state["random"] = None
    other, _, _ = catalogue.small_game(objective(), rng())
    other_state = other.state()
    other_state["random"] = None
    assert digest(state) == digest(other_state) and before


def test_a_loss_that_is_not_the_one_of_its_gradient_is_noticed():
    class Scaled(NonSaturating):
        def generator(self, fake_score, real_score=None):
            loss, d_fake = super().generator(fake_score)
            return 2 * loss, d_fake

    game, real, noise = catalogue.small_game(Scaled(), rng())
    report = check_game(game, real, noise)
    assert not report.passed
    assert all(row.error > 0.1 for row in report.rows if row.quantity.startswith("G"))


def test_a_layer_without_tangent_passes_is_checked_to_first_order():
    class Cube(Layer):
        def forward(self, x, training=True):
            return x**3, x

        def backward(self, dy, cache, need_dx=True):
            return 3 * cache**2 * dy

    report = check(Cube(), rng().standard_normal((2, 3)))
    assert report.passed and report.error_of(2) is None


def test_a_kink_just_inside_the_step_is_no_false_alarm():
    """Entries of very different size: some lie closer to the kink than the step that suits all."""
    x = rng().standard_normal((4, 6)) * 10.0 ** np.array([-6, -3, 0, 1, 2, 3])
    assert check(LeakyReLU(), x).passed

    class Wrong(LeakyReLU):
        def backward(self, dy, cache, need_dx=True):
            dx = super().backward(dy, cache)
            dx[0, 0] *= 1.0 + 1e-6
            return dx

    assert not check(Wrong(), x).passed


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0])
def test_right_layers_pass_at_any_scale_of_x(scale):
    x = scale * rng().standard_normal((3, 5))
    for layer in (LeakyReLU(), Tanh(), Softmax(), Dense(5, 3, rng=rng())):
        report = check(layer, x)
        assert report.passed, report


def test_a_deep_leaky_network_passes():
    generator = rng()
    layers = [layer for _ in range(25) for layer in (Dense(8, 8, rng=generator), LeakyReLU())]
    assert check(Sequential(*layers), generator.standard_normal((4, 8))).passed


@pytest.mark.parametrize("share", [1e-7, 1e-6, 1e-3])
def test_a_single_entry_that_is_slightly_off_is_noticed(share):
    class Wrong(Dense):
        def backward(self, dy, cache, need_dx=True):
            dx = super().backward(dy, cache)
            self.weight.gradient[1, 2] *= 1 + share
            return dx

    x = rng().standard_normal((5, 3))
    assert check(Dense(3, 4, rng=rng()), x).passed
    report = check(Wrong(3, 4, rng=rng()), x)
    assert not report.passed and report.rows[1].worst == (1, 2)


def test_a_numeric_derivative_that_is_not_finite_proves_nothing():
    class Root(Layer):
        def forward(self, x, training=True):
            with np.errstate(invalid="ignore"):
                return np.sqrt(x), x

        def backward(self, dy, cache, need_dx=True):
            return 7 * dy

    report = check(Root(), np.array([[0.0, 1.0, 0.5]]))
    assert not report.passed and "not finite at this input" in report.rows[0].note
    assert "at x = " in report.diagnosis  # where it is finite, 7 is wrong as well


def test_a_checked_game_is_left_as_it_was():
    game, real, noise = catalogue.small_game(NonSaturating(), rng())
    before = digest(game.state())
    check_game(game, real, noise)
    assert digest(game.state()) == before
