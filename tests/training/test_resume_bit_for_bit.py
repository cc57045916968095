"""Stopped anywhere and resumed, a training has the bits of one that was never stopped."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_helpers import (
    BATCHES_AN_EPOCH,
    GAMES,
    TINY,
    batches_of,
    bits,
    dropout_game,
    images,
    play,
    recipe_game,
)

from gan_scratch.optimizers import SGD, Adam, Momentum, RMSprop
from gan_scratch.training import Checkpoint
from gan_scratch.training.schedules import linear

SCRIPT = Path(__file__).with_name("resume_once.py")
AT_EPOCH_END = 5 * BATCHES_AN_EPOCH


def stops(count):
    """Steps to stop at: an epoch's end, the step after it, and random ones, up to the last."""
    fixed = [1, AT_EPOCH_END, AT_EPOCH_END + 1]
    others = np.setdiff1d(np.arange(2, TINY.steps.rounds), fixed)
    drawn = np.random.default_rng(2014).choice(others, count - len(fixed), replace=False)
    return sorted([*fixed, *drawn.tolist()])


def in_new_process(path, name, step):
    """(step, bits) of a process that resumes at `path`, trains to `step` and saves."""
    command = [sys.executable, SCRIPT, path, name, str(step), "linear"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    reached, found = done.stdout.split()
    return int(reached), found


@pytest.mark.parametrize("name, count", [
    ("recipe", 5), ("dropout", 4), pytest.param("recipe", 20, marks=pytest.mark.thorough),
    pytest.param("dropout", 6, marks=pytest.mark.thorough),
])  # fmt: skip
def test_each_stop_is_resumed_in_a_new_process(tmp_path, name, count):
    dataset = images()
    game = GAMES[name](seed=7)
    batches = batches_of(game, dataset)
    for stop in [*stops(count), TINY.steps.rounds]:
        play(game, dataset, batches, stop, schedule=linear)
        wanted = game.step, bits(game, batches)
        assert in_new_process(tmp_path / "c.gan", name, stop) == wanted


def test_the_uninterrupted_training_does_not_depend_on_where_it_is_looked_at():
    dataset = images()
    found = set()
    for looks in ([TINY.steps.rounds], [*stops(20), TINY.steps]):
        game = recipe_game(seed=7)
        batches = batches_of(game, dataset)
        for stop in looks:
            play(game, dataset, batches, stop, schedule=linear)
        found.add(bits(game, batches))
    assert len(found) == 1


@pytest.mark.parametrize("optimizer", [SGD, Momentum, RMSprop, Adam])
@pytest.mark.parametrize("stop", [1, AT_EPOCH_END, 37])
def test_every_optimizer_is_resumed(tmp_path, optimizer, stop):
    def make():
        game = dropout_game(3, lambda parameters, rate: optimizer(parameters, rate))
        return game, batches_of(game, dataset)

    dataset = images()
    whole, whole_batches = make()
    play(whole, dataset, whole_batches, TINY.steps.rounds)

    first, first_batches = make()
    play(first, dataset, first_batches, stop)
    Checkpoint(tmp_path / "c.gan").save(first, first_batches)
    second, second_batches = make()
    Checkpoint(tmp_path / "c.gan").restore(second, second_batches)
    assert bits(second, second_batches) == bits(first, first_batches)
    play(second, dataset, second_batches, TINY.steps.rounds)
    assert bits(second, second_batches) == bits(whole, whole_batches)


@pytest.mark.parametrize("kind", ["MT19937", "Philox", "SFC64"])
def test_random_generators_of_other_kinds_are_resumed(tmp_path, kind):
    def make():
        game = dropout_game(3)
        game.rng = np.random.Generator(getattr(np.random, kind)(11))
        batches_rng = np.random.Generator(getattr(np.random, kind)(12))
        return game, dataset.batches(8, batches_rng)  # batches that do not share the game's

    dataset = images()
    whole, whole_batches = make()
    play(whole, dataset, whole_batches, 30)

    first, first_batches = make()
    play(first, dataset, first_batches, 12)
    Checkpoint(tmp_path / "c.gan").save(first, first_batches)
    second, second_batches = make()
    Checkpoint(tmp_path / "c.gan").restore(second, second_batches)
    play(second, dataset, second_batches, 30)
    assert bits(second, second_batches) == bits(whole, whole_batches)


def test_the_digest_sees_every_part_of_the_state():
    """A digest that overlooked a part would make the tests above say nothing about it."""
    dataset = images()

    def trained(**difference):
        game = dropout_game(3)
        batches = batches_of(game, dataset)
        play(game, dataset, batches, 7)
        if difference:
            (change,) = difference.values()
            change(game, batches)
        return bits(game, batches)

    def last_bit(array):
        array.reshape(-1).view("uint32")[-1] ^= 1

    changes = dict(
        weights=lambda game, _: last_bit(game.generator[0].weight.value),
        other_weights=lambda game, _: last_bit(game.discriminator[1].bias.value),
        moments=lambda game, _: last_bit(game.generator_optimizer.second_moment),
        moves=lambda game, _: game.discriminator_optimizer.moves.__setitem__(0, 6),
        learning_rate=lambda game, _: setattr(game.generator_optimizer, "learning_rate", 0.002),
        average=lambda game, _: last_bit(game.average.model[0].weight.value),
        average_updates=lambda game, _: setattr(game.average, "updates", 3),
        game_random=lambda game, _: game.rng.random(),
        generator_layer_random=lambda game, _: game.generator[1].rng.random(),
        discriminator_layer_random=lambda game, _: game.discriminator[3].rng.random(),
        batch_order=lambda _, batches: batches.order.__setitem__([0, 1], batches.order[[1, 0]]),
        batch_position=lambda _, batches: setattr(batches, "position", 8),
        epoch=lambda _, batches: setattr(batches, "epoch", 5),
        step=lambda game, _: setattr(game, "step", 8),
    )
    plain = trained()
    assert trained() == plain
    unseen = [name for name, change in changes.items() if trained(change=change) == plain]
    assert unseen == []
