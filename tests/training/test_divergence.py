"""Numbers that are not finite: the step and the layer are named, and nothing good is lost."""

import itertools

import numpy as np
import pytest
from training_helpers import (
    BATCH,
    TINY,
    BadGradient,
    GoesBad,
    batches_of,
    dense_game,
    images,
    play,
    weights,
)

from gan_scratch import runs
from gan_scratch.layers import Dense, Flatten, Layer, LeakyReLU, Reshape, Sequential
from gan_scratch.layers.layer import Buffer
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD, Adam
from gan_scratch.runs import Run
from gan_scratch.testing import STRICT
from gan_scratch.training import Checkpoint, Diverged, StepDone, digest, train

NOT_FINITE = [np.nan, np.inf, -np.inf]


def players(bad, player):
    """(generator, discriminator) with the layer `bad` as number 1 of one of them."""
    rng = np.random.default_rng(3)
    inside = {"generator": [], "discriminator": [], player: [bad]}
    generator = Sequential(
        Dense(4, 8, rng=rng), *inside["generator"], LeakyReLU(), Dense(8, 16, rng=rng),
        Reshape((4, 4, 1)),
    )
    discriminator = Sequential(
        Flatten(), *inside["discriminator"], Dense(16, 8, rng=rng), LeakyReLU(),
        Dense(8, 1, rng=rng),
    )
    return generator, discriminator


def play_until_bad(game, dataset=None, **settings):
    """(the error, weights of G and of D after the last good step)."""
    good = [weights(game.generator), weights(game.discriminator)]
    with pytest.raises(Diverged) as caught:
        for event in train(game, dataset or images(), steps=50, batch_size=BATCH, **settings):
            if isinstance(event, StepDone):
                good = [weights(game.generator), weights(game.discriminator)]
    return str(caught.value), *good


# A round calls G twice (in D's step and in its own), D three times.


@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("call, step", [(1, 1), (2, 1), (7, 4), (8, 4)])
def test_a_layer_of_the_generator_that_gives_no_finite_value_is_named(value, call, step):
    game = dense_game(*players(GoesBad(call, value), "generator"))
    message, good_generator, good_discriminator = play_until_bad(game)
    assert message == (
        f"not finite in step {step}: generator.1 (GoesBad) gave a value that is not finite"
    )
    assert game.step == step - 1
    assert weights(game.generator) == good_generator
    in_the_generators_step = call % 2 == 0  # then D has made its step of this round
    assert (weights(game.discriminator) != good_discriminator) == in_the_generators_step


@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("call, step", [(1, 1), (2, 1), (3, 1), (10, 4), (11, 4), (12, 4)])
def test_a_layer_of_the_discriminator_that_gives_no_finite_value_is_named(value, call, step):
    game = dense_game(*players(GoesBad(call, value), "discriminator"))
    message, good_generator, good_discriminator = play_until_bad(game)
    assert message == (
        f"not finite in step {step}: discriminator.1 (GoesBad) gave a value that is not finite"
    )
    assert game.step == step - 1
    assert weights(game.generator) == good_generator
    in_the_generators_step = call % 3 == 0
    assert (weights(game.discriminator) != good_discriminator) == in_the_generators_step


@pytest.mark.parametrize("value", NOT_FINITE)
def test_a_bad_gradient_of_the_discriminator_is_named(value):
    bad = BadGradient(1, value)
    generator, discriminator = players(bad, "discriminator")
    discriminator.layers.insert(1, Dense(16, 16, rng=np.random.default_rng(0)))
    bad.at = 10  # three backward passes a round: the first of round 4
    game = dense_game(generator, discriminator)
    message, good_generator, good_discriminator = play_until_bad(game)
    assert message == (
        "not finite in step 4: the gradient of discriminator.1.bias is not finite"
    )
    assert (weights(game.generator), weights(game.discriminator)) == (
        good_generator, good_discriminator,
    )


@pytest.mark.parametrize("value", NOT_FINITE)
def test_a_bad_gradient_of_the_generator_is_named(value):
    game = dense_game(*players(BadGradient(4, value), "generator"))
    message, good_generator, good_discriminator = play_until_bad(game)
    assert message == "not finite in step 4: the gradient of generator.0.bias is not finite"
    assert weights(game.generator) == good_generator
    assert weights(game.discriminator) != good_discriminator  # its step of the round was good


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_a_refused_step_leaves_moments_and_count_too(optimizer):
    game = dense_game(*players(GoesBad(7, np.nan), "discriminator"))
    game.discriminator_optimizer = optimizer(game.discriminator.parameters(), 1e-3)
    seen = []
    with pytest.raises(Diverged):
        for event in train(game, images(), steps=9, batch_size=BATCH):
            seen.append(digest(event.game.discriminator_optimizer.state()))
    assert len(set(seen)) == len(seen) == 2
    assert digest(game.discriminator_optimizer.state()) == seen[-1]


class Statistics(Layer):
    """Counts its passes in training in a buffer, as batch norm keeps its running mean."""

    def __init__(self):
        self.passes = Buffer(np.zeros(1, "float32"))

    def forward(self, x, training=True):
        if training and not self.passes.frozen:
            self.passes.value += 1
        return x, None

    def backward(self, dy, cache, need_dx=True):
        return dy


def test_finding_the_bad_layer_changes_no_buffer():
    generator, discriminator = players(GoesBad(3 * 3 + 1, np.nan), "discriminator")
    generator.layers.insert(1, Statistics())
    play_until_bad(dense_game(generator, discriminator))
    assert generator[1].passes.value == 3  # one for each of its own steps


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("value", NOT_FINITE)
def test_a_loss_that_is_not_finite_is_seen_where_no_layer_is_to_blame(player, value):
    class Unbounded(NonSaturating):
        """Its losses say nothing, its gradients are good."""

    def spoiled(self, *scores):
        _, *gradients = getattr(NonSaturating, player)(self, *scores)
        return np.float32(value), *gradients

    setattr(Unbounded, player, spoiled)
    game = dense_game(*players(GoesBad(1000, 0), "generator"))
    game.objective = Unbounded()
    message, *_ = play_until_bad(game)
    assert message == (
        "not finite in step 1: the loss, while every layer's output and gradient is finite"
    )


@pytest.mark.parametrize("rate", [1e4, 1e15, 1e30])
@pytest.mark.parametrize("objective", ["minimax", "non-saturating"])
def test_an_absurd_learning_rate_is_a_divergence_of_a_named_layer(rate, objective):
    recipe = TINY.but(
        optimizers={"learning_rate": rate}, objective=objective,
        players={"hidden": (64, 64, 64, 64)},
    )
    game = recipe.game((4, 4, 1), seed=0)
    game.discriminator_optimizer = SGD(game.discriminator.parameters(), rate)
    game.generator_optimizer = SGD(game.generator.parameters(), rate)
    message, *_ = play_until_bad(game)
    assert "layer's output and gradient is finite" not in message
    assert f"in step {game.step + 1}: " in message
    assert "generator." in message or "discriminator." in message


def test_afterwards_nobody_is_frozen_and_numpy_warns_again():
    game = dense_game(*players(GoesBad(4, np.nan), "generator"))
    settings_before = np.geterr()
    play_until_bad(game)
    held = [*game.generator.parameters().values(), *game.discriminator.parameters().values()]
    assert not any(parameter.frozen for parameter in held)
    assert np.geterr() == settings_before


def test_the_caller_keeps_its_own_floating_point_settings_between_steps():
    """The loop is a generator: what it sets must not leak to whoever holds its events."""
    game = dense_game(*players(GoesBad(1000, 0), "generator"))
    with np.errstate(all="raise"):
        for _ in itertools.islice(train(game, images(), steps=3, batch_size=BATCH), 3):
            assert set(np.geterr().values()) == {"raise"}


# What was saved before stays.


def test_a_checkpoint_made_before_loads_and_is_of_the_step_before(tmp_path):
    game, dataset = dense_game(*players(GoesBad(15, np.nan), "generator")), images()
    batches = batches_of(game, dataset)
    play(game, dataset, batches, 5)
    Checkpoint(tmp_path / "c.gan").save(game, batches)
    kept = weights(game.generator)
    with pytest.raises(Diverged, match="step 8"):
        play(game, dataset, batches, 20)
    other = dense_game(*players(GoesBad(1000, np.nan), "generator"))
    Checkpoint(tmp_path / "c.gan").restore(other, batches_of(other, dataset))
    assert (other.step, weights(other.generator)) == (5, kept)


def test_a_run_that_diverges_keeps_its_last_good_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "CHECKPOINT_EVERY", 5)
    monkeypatch.setattr(runs, "SNAPSHOTS", 3)
    run = Run(tmp_path / "run", TINY.but(data={"name": "ring"}, steps={"rounds": 30}))
    run.game.generator.layers.append(GoesBad(2 * 12 + 1, np.nan))
    with pytest.raises(Diverged, match="step 13"):
        for _ in run.train():
            pass
    kept = Run.resume(tmp_path / "run")
    assert kept.game.step == 10
    assert all(np.isfinite(array).all() for array in kept.game.generator.state().values())


@pytest.mark.parametrize("rate", [1e6, 1e8, 1e15])
@pytest.mark.parametrize("data", ["ring", "digits"])
def test_watching_a_run_with_an_absurd_learning_rate_neither_fails_nor_warns(
    tmp_path, monkeypatch, data, rate
):
    """Monitor and pictures see numbers near overflow; only the loop says what has diverged."""
    monkeypatch.setattr(runs, "SNAPSHOTS", 3)
    recipe = TINY.but(
        data={"name": data}, steps={"rounds": 200}, optimizers={"learning_rate": rate},
        players={"hidden": (8, 8, 8)}, penalties={"r1": 0.0},
    )
    run = Run(tmp_path / "run", recipe)
    try:
        for _ in run.train():
            pass
    except Diverged:
        assert Run.resume(tmp_path / "run").game.step == 0
    else:  # the sigmoids and Adam have kept every number finite
        kept = Run.resume(tmp_path / "run").game
        arrays = [*kept.generator.state().values(), *kept.discriminator.state().values()]
        assert kept.step == 200 and all(np.isfinite(array).all() for array in arrays)


# On a device the loop looks only now and then.


class GoesBadAnywhere(GoesBad):
    """The same, without a function of NumPy."""

    def forward(self, x, training=True):
        self.calls += training
        return (x * self.value if training and self.calls >= self.at else x), None


@pytest.mark.parametrize("call", [3, 150])
def test_on_a_device_a_divergence_is_seen_within_a_hundred_steps(call):
    game = device_game(GoesBadAnywhere(call, np.nan))
    with pytest.raises(Diverged, match="generator"):
        for _ in train(game, images(), steps=400, batch_size=BATCH):
            pass
    assert game.step <= call // 2 + 100


def test_on_a_device_a_bad_step_is_seen_before_anyone_saves_at_a_round_number():
    """Runs save at multiples of 500: at such a step the loss must have been looked at."""
    game = device_game(GoesBadAnywhere(2 * 450, np.nan))
    seen = 0
    with pytest.raises(Diverged):
        for event in train(game, images(), steps=1000, batch_size=BATCH):
            seen = event.step
    assert seen < 500


def test_on_a_device_the_last_step_is_looked_at():
    game = device_game(GoesBadAnywhere(2 * 130, np.nan))
    with pytest.raises(Diverged):
        for _ in train(game, images(), steps=150, batch_size=BATCH):
            pass


def device_game(bad):
    generator, discriminator = (player.to(STRICT) for player in players(bad, "generator"))
    return dense_game(generator, discriminator)
