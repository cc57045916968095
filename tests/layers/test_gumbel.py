"""The Gumbel-softmax: what it draws, and that the check does not judge `hard`."""

import copy

import numpy as np
import pytest

from gan_scratch.game import Game
from gan_scratch.gradient_check import assert_gradients, check, check_game, check_penalty
from gan_scratch.layers import Dense, GumbelSoftmax, Sequential, Softmax, Tanh
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD
from gan_scratch.penalties import R1

X = np.random.default_rng(0).standard_normal((5, 2, 4))


def gumbel(temperature=0.6, hard=False, seed=1, **settings):
    return GumbelSoftmax(temperature, hard, rng=np.random.default_rng(seed), **settings)


def test_hard_draws_come_as_often_as_the_softmax_says():
    count, logits = 20_000, np.array([0.0, 1.0, -1.0], "float32")
    y, _ = gumbel(hard=True).forward(np.tile(logits, (count, 1)))
    p = Softmax()(logits)
    assert abs(y.mean(axis=0) - p).max() < 4 * (p * (1 - p) / count).max() ** 0.5


def test_hard_is_one_hot_with_the_other_passes_of_the_soft_one():
    soft, hard = gumbel(), gumbel(hard=True)
    (y, cache), (one_hot, hard_cache) = soft.forward(X), hard.forward(X)
    np.testing.assert_array_equal(one_hot, np.eye(4)[y.argmax(axis=-1)])
    dy, x_dot, dy_dot = np.sin(X), np.cos(X), np.sin(3 * X)
    np.testing.assert_array_equal(hard.backward(dy, hard_cache), soft.backward(dy, cache))
    y_dot, tangents = soft.tangent_forward(x_dot, cache)
    hard_y_dot, hard_tangents = hard.tangent_forward(x_dot, hard_cache)
    np.testing.assert_array_equal(hard_y_dot, y_dot)
    np.testing.assert_equal(
        hard.tangent_backward(dy, dy_dot, hard_cache, hard_tangents),
        soft.tangent_backward(dy, dy_dot, cache, tangents),
    )


def test_inference_draws_nothing():
    layer = gumbel()
    before = copy.deepcopy(layer.rng.bit_generator.state)
    np.testing.assert_array_equal(layer(X), Softmax()(X / 0.6))
    np.testing.assert_array_equal(gumbel(hard=True)(X), np.eye(4)[X.argmax(axis=-1)])
    assert layer.rng.bit_generator.state == before
    assert (layer(X, training=True) != layer(X, training=True)).any()


def test_a_schedule_sets_the_temperature_of_the_calls_that_follow():
    layer, cool = gumbel(0.6, schedule=lambda progress: 1 - progress), gumbel(0.15)
    layer.factor = layer.schedule(0.75)
    (y, cache), (expected, cool_cache) = layer.forward(X), cool.forward(X)
    np.testing.assert_array_equal(y, expected)
    layer.factor = 1.0  # what goes back has the temperature of its forward pass
    np.testing.assert_array_equal(layer.backward(X, cache), cool.backward(X, cool_cache))


def test_the_gradient_check_does_not_judge_a_straight_through_estimator_and_says_so():
    inside = Sequential(Dense(4, 3, rng=np.random.default_rng(0)), gumbel(hard=True), Tanh())
    for layer in (gumbel(hard=True), inside):
        report = check(layer, X)
        assert not report.rows and not report.passed and not report.complete
        assert "GumbelSoftmax is by design not the derivative" in report.diagnosis
        assert str(report).endswith("not checked") and report.verdict in report._repr_html_()
        with pytest.raises(AssertionError, match="hard=True is a straight-"):
            assert_gradients(layer, X)
    assert check(gumbel(), X).complete


def test_nor_do_the_checks_of_games_and_penalties():
    def game(hard):
        rng = np.random.default_rng(0)
        generator = Sequential(Dense(3, 4, rng=rng), gumbel(hard=hard)).astype("float64")
        critic = Sequential(Dense(4, 1, rng=rng)).astype("float64")
        optimizers = (SGD(player.parameters(), 0.1) for player in (generator, critic))
        return Game(generator, critic, NonSaturating(), *optimizers, rng=rng, latent=3)

    real = np.random.default_rng(2).random((5, 4))
    for hard in (False, True):
        played = game(hard)
        report = check_game(played, real, played.noise(5))
        assert (report.complete, report.verdict == "not checked") == (not hard, hard), report
    critic = Sequential(gumbel(hard=True), Dense(4, 1, rng=np.random.default_rng(0)))
    report = check_penalty(R1(1.0), critic.astype("float64"), real, real)
    assert report.verdict == "not checked"


def test_what_does_not_fit_is_refused_in_a_sentence():
    for wrong, error, sentence in (
        (lambda: gumbel(0), ValueError, "temperature must be a positive number, got 0"),
        (lambda: gumbel(hard="yes"), ValueError, "hard must be true or false, got 'yes'"),
        (lambda: GumbelSoftmax(rng=1), TypeError, "rng must be a numpy.random.Generator"),
        (lambda: gumbel(schedule=1), TypeError, "schedule must be a function"),
    ):
        with pytest.raises(error, match=f"GumbelSoftmax: {sentence}"):
            wrong()
    layer = gumbel()
    layer.factor = 0.0
    with pytest.raises(ValueError, match="times factor must be a positive number, got 0.0"):
        layer(X)
