"""The loop: who moves when, how far, and what it tells."""

import dataclasses

import numpy as np
import pytest
from training_helpers import (
    BATCH,
    BATCHES_AN_EPOCH,
    batches_of,
    bits,
    dense_game,
    dropout_game,
    images,
    play,
    recipe_game,
    weights,
)

from gan_scratch.game import discriminator_step
from gan_scratch.layers import BatchNorm, Dense, Flatten, LeakyReLU, Reshape, Sequential, frozen
from gan_scratch.training import EpochDone, StepDone, Stopped, rounds, train
from gan_scratch.training.schedules import constant, linear


@pytest.fixture
def moves(monkeypatch):
    """A list that each step of a player is written to, as (player, real batch, noise)."""
    done = []

    def recorded(player, step):
        def take(game, *given):
            real, noise = given if player == "D" else reversed(given)
            done.append((player, real.values.copy(), noise.values.copy()))
            return step(game, *given)

        return take

    for player, name in (("D", "discriminator_step"), ("G", "generator_step")):
        monkeypatch.setattr(rounds, name, recorded(player, getattr(rounds, name)))
    return done


def events_of(game, dataset, **settings):
    return list(train(game, dataset, **{"batch_size": BATCH, **settings}))


def of(kind, events):
    return (event for event in events if isinstance(event, kind))


# The alternation.


@pytest.mark.parametrize("k", [1, 2, 5])
def test_each_round_is_k_steps_of_the_discriminator_and_then_one_of_the_generator(moves, k):
    events_of(recipe_game(), images(), steps=4, discriminator_steps=k)
    assert "".join(player for player, _, _ in moves) == ("D" * k + "G") * 4


def test_the_optimizers_count_the_same_moves():
    game = recipe_game()
    events_of(game, images(), steps=4, discriminator_steps=3)
    assert (game.discriminator_optimizer.steps, game.generator_optimizer.steps) == (12, 4)
    assert (game.step, game.average.updates) == (4, 4)


def test_every_discriminator_step_has_the_next_batch_and_every_step_noise_of_its_own(moves):
    dataset = images()
    batches = dataset.batches(BATCH, np.random.default_rng(5))
    events_of(recipe_game(), dataset, steps=4, discriminator_steps=3, batches=batches)
    same_batches = dataset.batches(BATCH, np.random.default_rng(5))
    for player, real, _ in moves:
        if player == "D":
            np.testing.assert_array_equal(real, next(same_batches))
    noises = {noise.tobytes() for _, _, noise in moves}
    assert len(noises) == len(moves) == 16


def test_between_two_events_only_one_round_is_played():
    game = recipe_game()
    before = bits(game)
    events = train(game, images(), steps=3, batch_size=BATCH)
    assert bits(game) == before
    for step in (1, 2, 3):
        assert next(events).step == step
        assert game.step == step


# Epochs and the end.


@pytest.mark.parametrize(
    "k, steps, epochs",
    [
        (1, 11, {5: 1, 10: 2}),
        (2, 10, {3: 1, 5: 2, 8: 3, 10: 4}),
        (7, 3, {1: 1, 2: 2, 3: 4}),  # step 3 ends two epochs: 14 and 21 batches of 5 an epoch
    ],
)
def test_an_epoch_is_done_when_the_discriminator_has_had_its_batches(k, steps, epochs):
    assert len(images()) // BATCH == BATCHES_AN_EPOCH
    events = events_of(recipe_game(), images(), steps=steps, discriminator_steps=k)
    assert {event.step: event.epoch for event in of(EpochDone, events)} == epochs


def test_the_epochs_of_the_loop_are_those_of_the_batches():
    game, dataset = recipe_game(), images()
    batches = batches_of(game, dataset)
    for event in train(game, dataset, steps=17, batch_size=BATCH, batches=batches):
        assert getattr(event, "epoch", batches.epoch) == batches.epoch


def test_the_order_of_the_events():
    events = events_of(recipe_game(), images(), steps=5)
    assert [type(event) for event in events] == [StepDone] * 5 + [EpochDone, Stopped]
    assert [event.step for event in events] == [1, 2, 3, 4, 5, 5, 5]


def test_it_stops_after_its_steps_and_says_so():
    assert events_of(recipe_game(), images(), steps=3)[-1].reason == "3 steps"


def test_a_game_that_has_its_steps_already_is_left_as_it_is():
    game = recipe_game()
    events_of(game, images(), steps=3)
    before = bits(game)
    (event,) = events_of(game, images(), steps=2)
    assert isinstance(event, Stopped) and event.step == 3
    assert bits(game) == before


def test_a_rule_is_asked_after_each_epoch_and_stops_with_its_reason():
    asked = []

    def rule(game, epoch):
        asked.append((game.step, epoch))
        return "enough" if epoch == 3 else None

    events = events_of(recipe_game(), images(), steps=100, until=rule)
    assert asked == [(5, 1), (10, 2), (15, 3)]
    assert isinstance(events[-2], EpochDone)
    assert (events[-1].step, events[-1].reason) == (15, "enough")


def test_a_training_stopped_at_an_epochs_end_asks_its_rule_again_when_it_goes_on():
    game, dataset = recipe_game(), images()
    batches = batches_of(game, dataset)
    play(game, dataset, batches, BATCHES_AN_EPOCH)
    events = events_of(
        game, dataset, steps=100, batches=batches, until=lambda *_: "already enough"
    )
    assert [type(event) for event in events] == [EpochDone, Stopped]
    assert game.step == BATCHES_AN_EPOCH


# Learning rates.


@pytest.mark.parametrize(
    "schedule, factor", [(linear, lambda progress: 1 - progress), (constant, lambda _: 1.0)]
)
def test_the_schedule_sets_both_learning_rates(schedule, factor):
    game, steps = recipe_game(optimizers={"learning_rate": 0.001}), 7
    game.discriminator_optimizer.initial_learning_rate = 0.004
    events = train(game, images(), steps=steps, batch_size=BATCH, schedule=schedule)
    for event in of(StepDone, events):
        progress = (event.step - 1) / steps
        assert game.generator_optimizer.learning_rate == 0.001 * factor(progress)
        assert game.discriminator_optimizer.learning_rate == 0.004 * factor(progress)


# What an event says.


def test_what_a_step_tells(moves):
    game, dataset = recipe_game(), images()
    batches = batches_of(game, dataset)
    events = events_of(game, dataset, steps=6, discriminator_steps=2, batches=batches)
    for number, event in enumerate(of(StepDone, events), start=1):
        assert event.game is game and event.batches is batches
        assert (event.step, event.epoch) == (number, 2 * number // BATCHES_AN_EPOCH)
        assert event.discriminator_loss.shape == event.generator_loss.shape == ()
        last_of_d, of_g = moves[3 * number - 2], moves[3 * number - 1]
        assert (last_of_d[0], of_g[0]) == ("D", "G")
        real, noise = event.real.values, event.noise.values
        np.testing.assert_array_equal(real, last_of_d[1])
        np.testing.assert_array_equal(noise, of_g[2])
        assert real.dtype == noise.dtype == np.float32


def test_an_event_cannot_be_written_to():
    for event in events_of(recipe_game(), images(), steps=5):
        with pytest.raises(dataclasses.FrozenInstanceError):
            event.step = 0


def test_the_losses_are_those_of_the_steps(monkeypatch):
    monkeypatch.setattr(rounds, "discriminator_step", lambda *_: np.float32(0.25))
    monkeypatch.setattr(rounds, "generator_step", lambda *_: np.float32(0.75))
    (event, *_) = events_of(recipe_game(), images(), steps=1)
    assert (event.discriminator_loss, event.generator_loss) == (0.25, 0.75)


# Settings.


@pytest.mark.parametrize("name", ["steps", "batch_size", "discriminator_steps"])
@pytest.mark.parametrize("value", [0, -1, 1.5, 2.0, True, "3", None])
def test_a_wrong_setting_is_refused_at_the_call(name, value):
    settings = {"steps": 3, "batch_size": BATCH, name: value}
    with pytest.raises(ValueError, match=f"{name} must be a positive whole number, got"):
        train(recipe_game(), images(), **settings)


def test_whole_numbers_of_numpy_will_do():
    settings = {"steps": np.int64(2), "batch_size": np.int32(8)}
    assert len(events_of(recipe_game(), images(), **settings)) == 3


def test_more_samples_a_batch_than_there_are_is_refused():
    with pytest.raises(ValueError, match="must not exceed the 43 samples"):
        train(recipe_game(), images(), steps=3, batch_size=44)


@pytest.mark.parametrize("size", [4, 16])
def test_batches_of_another_size_than_batch_size_are_refused(size):
    game, dataset = recipe_game(), images()
    with pytest.raises(ValueError, match="batch"):
        events_of(game, dataset, steps=3, batches=dataset.batches(size, game.rng))


# Seeds.


@pytest.mark.parametrize("make", [recipe_game, dropout_game])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(make):
    def trained(seed):
        game, dataset = make(seed=seed), images()
        batches = batches_of(game, dataset)
        play(game, dataset, batches, 12)
        return bits(game, batches), weights(game.generator), weights(game.discriminator)

    first, again, other = trained(1), trained(1), trained(2)
    assert first == again
    assert all(one != another for one, another in zip(first, other, strict=True))


def test_looking_at_every_event_or_at_none_gives_the_same_bits():
    looked_at, left_alone = recipe_game(), recipe_game()
    for event in train(looked_at, images(), steps=8, batch_size=BATCH):
        looked_at.sample(looked_at.noise(3, np.random.default_rng(event.step)))
    events_of(left_alone, images(), steps=8)
    assert bits(looked_at) == bits(left_alone)


@pytest.mark.parametrize("k", [1, 3])
def test_shared_fakes_are_those_that_the_discriminator_was_trained_on(k):
    """The rounds of a loop by hand that makes one pass of G for both steps."""
    by_hand, trained = dropout_game(), dropout_game()
    batches = images().batches(BATCH, by_hand.rng)
    generator, discriminator = by_hand.generator, by_hand.discriminator
    for _ in range(3):
        for step in range(k):
            noise, real = by_hand.noise(BATCH), next(batches)
            if step < k - 1:
                discriminator_step(by_hand, real, noise)
        samples, cache = generator.forward(noise)
        discriminator_step(by_hand, real, noise, samples)
        with frozen(discriminator):
            score, score_cache = discriminator.forward(samples)
            _, d_score = by_hand.objective.generator(score)
            d_samples = discriminator.backward(d_score, score_cache)
        generator.zero_gradients()
        generator.backward(d_samples, cache)
        by_hand.generator_optimizer.step()
    events_of(trained, images(), steps=3, discriminator_steps=k, share_fakes=True)
    for mine, theirs in (
        (generator, trained.generator), (discriminator, trained.discriminator)
    ):
        state = theirs.state()
        assert all((state[name] == value).all() for name, value in mine.state().items())


def test_an_unrolled_step_shares_no_fakes():
    game = dropout_game()
    game.unroll = 0.1
    with pytest.raises(ValueError, match="share_fakes=False"):
        train(game, images(), steps=1, batch_size=BATCH, share_fakes=True)


def plain_discriminator_game(seed=3, layer=LeakyReLU):
    rng = np.random.default_rng(seed)
    generator = Sequential(Dense(4, 16, rng=rng), Reshape((4, 4, 1)))
    discriminator = Sequential(Flatten(), Dense(16, 8, rng=rng), layer(), Dense(8, 1, rng=rng))
    generator, discriminator = generator.astype("float64"), discriminator.astype("float64")
    return dense_game(generator, discriminator, learning_rate=0.1)


@pytest.mark.parametrize("share_fakes", [False, True])
@pytest.mark.parametrize("clip", [0, 0.2])
def test_joined_batches_move_the_discriminator_as_two_batches_do(share_fakes, clip):
    apart, joined = plain_discriminator_game(), plain_discriminator_game()
    losses = []
    for game, join_batches in ((apart, False), (joined, True)):
        game.clip = clip
        settings = {"discriminator_steps": 2, "share_fakes": share_fakes}
        events = events_of(game, images(), steps=5, join_batches=join_batches, **settings)
        losses.append([float(event.discriminator_loss) for event in of(StepDone, events)])
    np.testing.assert_allclose(*losses, rtol=1e-12)
    start = plain_discriminator_game().discriminator.state()
    for name, value in apart.discriminator.state().items():
        moved = abs(value - start[name]).max()
        assert abs(joined.discriminator.state()[name] - value).max() <= 1e-12 * moved, name


def test_joined_batches_are_seen_as_one():
    seen = []

    class Looker(LeakyReLU):
        def forward(self, x, training=True):
            seen.append(len(x))
            return super().forward(x, training)

    events_of(plain_discriminator_game(layer=Looker), images(), steps=1, join_batches=True)
    assert seen == [2 * BATCH, BATCH]  # D's step, G's step


@pytest.mark.parametrize("game", [
    lambda: recipe_game(objective="non-saturating", penalties={"r1": 0.2}),
    lambda: plain_discriminator_game(layer=lambda: BatchNorm(8).astype("float64")),
], ids=["penalty", "batch norm"])
def test_batches_are_not_joined_where_that_would_be_another_game(game):
    with pytest.raises(ValueError, match="join_batches=True takes a discriminator that looks at"):
        train(game(), images(), steps=1, batch_size=BATCH, join_batches=True)
