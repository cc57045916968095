"""The rule that stops a training when nobody can tell fakes from real samples any more."""

import math

import numpy as np
import pytest
from training_helpers import affine, bits, dense_game, dropout_game

from gan_scratch.datasets import Dataset
from gan_scratch.layers import Sequential
from gan_scratch.models import mlp
from gan_scratch.optimizers import Average
from gan_scratch.training import EpochDone, Equilibrium, Stopped, train
from gan_scratch.training.monitors import measure

EYE = [[1, 0], [0, 1]]


def normal_points(count, seed):
    points = np.random.default_rng(seed).standard_normal((count, 2))
    return Dataset("normal", points=points)


def game_that_stays(shift=(0, 0), weight=EYE):
    """G(z) = z + shift against a D that says 1/2 to everything; both move by nothing."""
    generator = Sequential(affine(weight, shift))
    return dense_game(generator, Sequential(affine([[0], [0]], 0)), latent=2, learning_rate=1e-12)


def rule(**settings):
    return Equilibrium(
        normal_points(1000, seed=5),
        lambda rng: mlp.discriminator((2,), (16, 16), rng=rng),
        **{"seed": 3, "min_epochs": 2, **settings},
    )


def stopped(game, until, epochs=4):
    """(epochs done, the last event) of a training of `epochs` epochs of two steps."""
    events = list(
        train(game, normal_points(64, seed=6), steps=2 * epochs, batch_size=32, until=until)
    )
    return [event.epoch for event in events if isinstance(event, EpochDone)], events[-1]


@pytest.mark.parametrize("min_epochs", [1, 3])
def test_a_perfect_generator_is_stopped_at_the_first_epoch_that_may_be_asked(min_epochs):
    until = rule(min_epochs=min_epochs)
    epochs, end = stopped(game_that_stays(), until)
    assert epochs[-1] == min_epochs
    assert isinstance(end, Stopped)
    assert end.reason == (
        f"equilibrium: a fresh discriminator gains {until.gain:.4f} over -log 4"
    )
    assert 0 <= until.gain <= until.delta


@pytest.mark.parametrize(
    "generator",
    [
        dict(shift=(1, 0)),
        dict(shift=(0, -1)),
        dict(weight=[[2, 0], [0, 2]]),
        dict(weight=[[1, 0], [0, 0]]),  # half of the plane's dimensions are missing
    ],
    ids=["right", "down", "too wide", "collapsed"],
)
def test_a_wrong_generator_goes_on_although_the_games_value_is_that_of_the_equilibrium(generator):
    game, until = game_that_stays(**generator), rule()
    epochs, end = stopped(game, until)
    assert (epochs, end.reason) == ([1, 2, 3, 4], "8 steps")
    assert until.gain > until.delta
    real = normal_points(64, seed=6).samples
    assert measure(game, real, game.noise(64))["value"] == pytest.approx(-math.log(4), rel=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_the_gain_is_near_what_the_best_discriminator_has(seed):
    """For N(0, I) against N(e, I) the best D gains 2 JSD = 0.2213 nats (by quadrature)."""
    until = rule(seed=seed, min_epochs=1)
    until(game_that_stays(shift=(1, 0)), 1)
    assert until.gain == pytest.approx(twice_jensen_shannon(1.0), abs=0.06)


def twice_jensen_shannon(shift):
    """2 JSD(N(0, 1), N(shift, 1)) by the trapezium rule."""
    x = np.linspace(-12, 12 + shift, 20001)
    p, q = np.exp(-(x**2) / 2), np.exp(-((x - shift) ** 2) / 2)
    p, q = p / np.trapezoid(p, x), q / np.trapezoid(q, x)
    middle = (p + q) / 2
    return float(np.trapezoid(p * np.log(p / middle) + q * np.log(q / middle), x))


def test_a_probe_that_knows_its_few_samples_by_heart_does_not_count_as_one_that_tells_fakes():
    """On the 30 points that it studies it gains 0.1 and more; on 30 others nothing."""
    until = Equilibrium(
        normal_points(60, seed=5), lambda rng: mlp.discriminator((2,), (64, 64), rng=rng),
        seed=0, min_epochs=1,
    )
    assert until(game_that_stays(), 1)


def test_before_min_epochs_it_is_silent_and_asks_nothing():
    until = rule(min_epochs=5, every=1)
    for epoch in (0, 1, 4):
        assert until(game_that_stays(), epoch) is None
        assert until.gain is None
    assert until(game_that_stays(), 5)


def test_it_asks_every_so_many_epochs():
    until = rule(min_epochs=2, every=3)
    assert [epoch for epoch in range(10) if until(game_that_stays(), epoch)] == [3, 6, 9]


def test_the_same_epoch_has_the_same_answer_in_a_resumed_run_and_another_epoch_another():
    game = game_that_stays(shift=(1, 0))

    def gain(epoch, **settings):
        until = rule(min_epochs=1, **settings)
        until(game, epoch)
        return until.gain

    until = rule(min_epochs=1)
    until(game, 1)
    until(game, 2)
    assert until.gain == gain(2)
    assert len({gain(1), gain(2), gain(3), gain(2, seed=4)}) == 4


def test_asking_changes_nothing_in_the_game():
    game = game_that_stays(shift=(1, 0))
    before = bits(game)
    rule(min_epochs=1)(game, 1)
    assert bits(game) == before


def test_asking_changes_nothing_where_layers_draw_random_numbers_and_weights_are_averaged():
    game = dropout_game()
    rng = np.random.default_rng(0)
    held_out = Dataset("tiny", images=rng.random((50, 4, 4, 1)), value_range=(0, 1))
    until = Equilibrium(
        held_out, lambda rng: mlp.discriminator((4, 4, 1), (8,), rng=rng), seed=0, min_epochs=1,
    )
    held = [*game.generator.parameters().values(), *game.discriminator.parameters().values()]
    before, gradients = bits(game), [item.gradient.copy() for item in held]
    assert until(game, 1) is None and until.gain > 0.5
    assert bits(game) == before
    for item, gradient in zip(held, gradients, strict=True):
        np.testing.assert_array_equal(item.gradient, gradient)


def test_the_averaged_generator_is_the_one_that_is_judged():
    game = game_that_stays()
    game.average = Average(game.generator, 0.9)
    game.average.model[0].bias.value[...] = 3
    assert rule(min_epochs=1)(game, 1) is None
    game.generator[0].bias.value[...] = 3
    game.average.model[0].bias.value[...] = 0
    assert rule(min_epochs=1)(game, 1)


@pytest.mark.parametrize("scale", [1e8, 1e15, 1e30, 1e38])
@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_a_probe_that_overflows_is_no_equilibrium_and_does_not_end_the_training(scale):
    """Fakes that are far away are told from real ones by their size, if only by `not finite`."""
    game = game_that_stays(weight=[[scale, 0], [0, scale]])
    assert rule(min_epochs=1)(game, 1) is None


@pytest.mark.parametrize(
    "setting",
    [
        dict(delta=0), dict(delta=-0.1), dict(delta=math.nan), dict(every=0),
        dict(probe_steps=0), dict(batch_size=0),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused(setting):
    (name,) = setting
    with pytest.raises(ValueError, match=name):
        rule(**setting)


def test_one_sample_is_too_few_to_judge_by():
    with pytest.raises(ValueError, match="at least two"):
        Equilibrium(normal_points(1, 0), mlp.discriminator, seed=0)
