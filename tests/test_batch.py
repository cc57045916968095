"""Batches: what stands for one, what a player is given of it, and conditions on their way."""

import numpy as np
import pytest
from every_term import CLASSES, game_with

from gan_scratch.batch import Batch, as_weights, made_by
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import ConcatenateCondition, Dense, Heads, Identity, Sequential
from gan_scratch.losses import NonSaturating
from gan_scratch.models.conditional import ConditionalGenerator
from gan_scratch.optimizers import SGD
from gan_scratch.testing import STRICT, no_waiting
from gan_scratch.training import StepDone, play, train

RNG = np.random.default_rng
X, C = np.arange(12.0).reshape(4, 3), np.arange(8.0).reshape(4, 2)


def told(*widths):
    """A player that is given a condition of two numbers."""
    return Sequential(ConcatenateCondition(), Dense(*widths, rng=RNG(0)).astype("float64"))


def test_arrays_and_pairs_stand_for_batches():
    for x, values, condition in ((X, X, None), ((X, C), X, C), (Batch(X, C), X, C)):
        batch = Batch.of(x)
        assert batch.values is values and batch.condition is condition and len(batch) == 4
    batch = Batch(X, C)
    assert Batch.of(batch) is batch
    assert len(Batch(None, C)) == 4


def test_a_function_is_of_both_parts_where_they_are():
    doubled = Batch(X, C).mapped(lambda part: 2 * part)
    np.testing.assert_array_equal(doubled.values, 2 * X)
    np.testing.assert_array_equal(doubled.condition, 2 * C)
    assert Batch(None, C).mapped(len).values is None and Batch(X).mapped(len).condition is None


def test_a_player_is_given_what_it_takes():
    plain, pair = Sequential(Dense(3, 1, rng=RNG(0))), told(5, 1)
    assert Batch(X, C).given_to(plain) is X
    assert Batch(X, C).given_to(pair) == (X, C)
    assert Batch(None, C).given_to(plain) is C
    with pytest.raises(ValueError, match="the player, Sequential, takes a condition beside each "
                                         "sample, and this batch has none"):
        Batch(X).given_to(pair)


def test_what_is_made_keeps_its_condition_and_is_the_output_called_samples():
    generator = Sequential(told(5, 3), Heads(samples=Identity(), more=Dense(3, 1, rng=RNG(0))))
    generator = generator.astype("float64")
    made = made_by(generator, Batch(X, C))
    assert made.condition is C
    np.testing.assert_array_equal(made.values, generator((X, C))["samples"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_conditions_take_the_dtype_of_the_weights_and_labels_keep_theirs(dtype):
    weight = np.zeros(3, dtype)
    batch = as_weights(Batch(X, C.astype("float32")), weight)
    assert batch.values.dtype == batch.condition.dtype == dtype
    for labels in (np.arange(4), np.arange(4) > 1, np.arange(4, dtype="uint8")):
        assert as_weights((X, labels), weight).condition.dtype == labels.dtype


# In a game.


def game_of(generator, discriminator, **settings):
    players = [player.astype("float64") for player in (generator, discriminator)]
    optimizers = (SGD(player.parameters(), 0.1) for player in players)
    return Game(*players, NonSaturating(), *optimizers, rng=RNG(0), **settings)


def test_a_condition_that_is_no_label_reaches_both_players():
    """The game learns a shift: x = c + noise is real, and G and D see c."""
    rng = RNG(1)
    condition = rng.standard_normal((40, 2))
    data = Dataset("shifted", condition + 0.1 * rng.standard_normal((40, 2)), condition=condition)
    game = game_of(told(5, 2), told(4, 1), latent=3)
    start = [player.state()["1.weight"] for player in game.players()]
    for event in train(game, data, steps=3, batch_size=8):
        if isinstance(event, StepDone):
            real, noise = event.real, event.noise
            assert real.values.shape == (8, 2) and noise.values.shape == (8, 3)
            np.testing.assert_array_equal(real.condition, noise.condition)
            rows = (data.condition[:, None] == real.condition).all(axis=2).argmax(axis=0)
            np.testing.assert_array_equal(data.samples[rows], real.values)
    for player, before in zip(game.players(), start, strict=True):
        assert (player.state()["1.weight"] != before).all()  # rows of the condition as well
    with pytest.raises(ValueError, match="no classes to draw from; hand in condition="):
        game.noise(3)
    assert game.sample(game.noise(3, condition=condition[:3])).shape == (3, 2)


def test_a_conditional_game_needs_conditions():
    game = game_of(told(5, 2), told(4, 1), latent=3)
    rng = RNG(1)
    with pytest.raises(ValueError, match="'plain' has no labels and no condition to hand out"):
        play(game, Dataset("plain", rng.random((20, 2))), steps=1, batch_size=4)
    noise = game.noise(4, condition=C)
    with pytest.raises(ValueError, match="the discriminator, Sequential, takes a condition"):
        discriminator_step(game, rng.random((4, 2)), noise)
    with pytest.raises(ValueError, match="the generator, Sequential, takes a condition"):
        generator_step(game, noise.values)


def test_only_one_player_may_be_told_where_a_term_looks_at_the_condition():
    for players, who in (((told(5, 2), Sequential(Dense(2, 1, rng=RNG(0)))), "generator"),
                         ((Sequential(Dense(3, 2, rng=RNG(0))), told(4, 1)), "discriminator")):
        with pytest.raises(ValueError, match=f"^Game: both players or none .* the {who} alone"):
            game_of(*players, latent=3)
    assert game_with("classes").conditional and not game_with("features").conditional


def test_labels_are_drawn_where_no_condition_is_given():
    game = game_with("classes")
    assert game.classes == CLASSES
    labels = game.noise(400).condition
    assert set(labels) == set(range(CLASSES)) and labels.dtype.kind == "i"


def test_on_a_device_conditions_come_along():
    rng = RNG(0)
    generator = ConditionalGenerator(Dense(5, 2, rng=rng), 3, CLASSES, 2, rng=rng).to(STRICT)
    discriminator = Sequential(ConcatenateCondition(CLASSES), Dense(2 + CLASSES, 1, rng=rng))
    discriminator = discriminator.to(STRICT)
    optimizers = (SGD(player.parameters(), 0.1) for player in (generator, discriminator))
    game = Game(generator, discriminator, NonSaturating(), *optimizers, rng=rng, latent=3)
    real = as_weights(Batch(rng.random((4, 2)), np.arange(4)), game.weight)
    noise = game.noise(4, condition=real.condition)
    with no_waiting():
        discriminator_step(game, real, noise)
        generator_step(game, noise, real)
    assert STRICT.to_numpy(game.sample(game.noise(3))).shape == (3, 2)
