"""Whole training steps on a device: the same numbers as on the host, and no waiting."""

import contextlib

import numpy as np
import pytest

from gan_scratch.backend import backend_of, get_backend
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import Dense, Dropout, LeakyReLU, PReLU, Sequential, Sigmoid
from gan_scratch.losses import Minimax, NonSaturating
from gan_scratch.optimizers import SGD, Adam, Average, Momentum, RMSprop
from gan_scratch.penalties import R1
from gan_scratch.recipes import find
from gan_scratch.testing import STRICT, no_waiting
from gan_scratch.training import Equilibrium, Monitor, StepDone, train
from gan_scratch.training.checkpoints import Checkpoint

OPTIMIZERS = [
    lambda parameters: SGD(parameters, 0.05),
    lambda parameters: Momentum(parameters, 0.02),
    lambda parameters: RMSprop(parameters, 0.01),
    lambda parameters: Adam(parameters, 0.01),
]


def make_game(backend, optimizer, objective):
    rng = np.random.default_rng(3)
    generator = Sequential(Dense(3, 6, rng=rng), PReLU(), Dense(6, 5, rng=rng), Sigmoid())
    discriminator = Sequential(
        Dense(5, 6, rng=rng), LeakyReLU(), Dropout(0.3, rng=rng), Dense(6, 1, rng=rng)
    )
    generator = generator.astype("float64").to(backend)
    discriminator = discriminator.astype("float64").to(backend)
    return Game(
        generator, discriminator, objective,
        optimizer(generator.parameters()), optimizer(discriminator.parameters()),
        penalties=[R1(0.5)], rng=np.random.default_rng(4), latent=3, average=Average(generator),
    )  # fmt: skip


def play(game, rounds, guard):
    backend = backend_of(game.generator_optimizer.values)
    real = backend.asarray(np.random.default_rng(5).random((8, 5)))
    with guard:
        for _ in range(rounds):
            discriminator_step(game, real, game.noise(8))
            generator_step(game, game.noise(8), real)
            game.average.update()
    players = (game.generator, game.discriminator, game.average.model)
    return [backend.to_numpy(value) for player in players for value in player.state().values()]


@pytest.mark.parametrize("objective", [Minimax(), NonSaturating()], ids=["minimax", "ns"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=["sgd", "momentum", "rmsprop", "adam"])
def test_steps_give_the_numbers_of_the_host_without_waiting(device, optimizer, objective):
    here = play(make_game(get_backend("numpy"), optimizer, objective), 5, contextlib.nullcontext())
    guard = no_waiting() if device is STRICT else contextlib.nullcontext()
    there = play(make_game(device, optimizer, objective), 5, guard)
    for first, second in zip(here, there, strict=True):
        np.testing.assert_allclose(second, first, rtol=1e-10, atol=1e-12)


def test_a_recipe_trains_watches_and_saves_on_a_device(device, tmp_path):
    rng = np.random.default_rng(0)
    dataset = Dataset("noise", images=rng.random((40, 4, 4, 1)) ** 8, value_range=(0, 1))
    recipe = find("mlp-digits").but(
        players={"hidden": (8,), "latent": 5}, data={"batch_size": 8}, steps={"rounds": 12},
    )
    game = recipe.game(dataset.sample_shape, seed=0, backend=device)
    batches = dataset.batches(8, game.rng)
    rule = Equilibrium(
        dataset, lambda rng: recipe.players.discriminator(dataset.sample_shape, rng),
        seed=0, delta=1e-9, min_epochs=1, probe_steps=100,
    )  # fmt: skip
    monitor, rows = Monitor(every=4), []
    for event in train(game, dataset, steps=12, batch_size=8, until=rule, batches=batches):
        rows.append(monitor.row(event) if isinstance(event, StepDone) else None)
    rows = [row for row in rows if row]
    assert [row["step"] for row in rows] == [4, 8, 12]
    assert all(np.isfinite(row["value"]) for row in rows)
    assert rule.gain > 0

    path = tmp_path / "device.gan"
    Checkpoint(path).save(game, batches)
    on_host = recipe.game(dataset.sample_shape, seed=1)
    Checkpoint(path).restore(on_host, dataset.batches(8, on_host.rng))
    noise = on_host.noise(3, np.random.default_rng(1))
    np.testing.assert_allclose(
        device.to_numpy(game.sample(device.asarray(noise))), on_host.sample(noise), rtol=1e-5
    )
