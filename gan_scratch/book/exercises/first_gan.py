"""Exercises of chapter 4, answered by the library's own game."""

import numpy as np

from gan_scratch.book.exercises import Unanswered, Wrong, called, expect, one
from gan_scratch.game import Game, generator_step
from gan_scratch.losses import NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam


def small_game():
    rng = np.random.default_rng(5)
    generator = mlp.generator((4, 4, 1), latent=3, hidden=(8,), rng=rng)
    players = generator, mlp.discriminator((4, 4, 1), hidden=(8,), rng=rng)
    optimizers = [Adam(player.parameters(), 1e-2) for player in players]
    return Game(*players, NonSaturating(), *optimizers, rng=rng, latent=3)


def step_of_generator(answer):
    """answer(game, noise): moves G as the library does, and D not at all."""
    mine, truth = small_game(), small_game()
    for count in (1, 2):
        noise = mine.noise(6, np.random.default_rng(count))
        before = mine.discriminator_optimizer.values.copy()
        unmoved = mine.generator_optimizer.values.copy()
        loss = answer(mine, noise)
        if loss is None and np.array_equal(unmoved, mine.generator_optimizer.values):
            raise Unanswered
        wanted = generator_step(truth, noise)
        if not np.array_equal(before, mine.discriminator_optimizer.values):
            raise Wrong("D has moved; this is G's step")
        if np.array_equal(unmoved, mine.generator_optimizer.values):
            raise Wrong("G has not moved: does the gradient reach it, and does its optimiser step?")
        expect(
            mine.generator_optimizer.values, truth.generator_optimizer.values,
            f"G after {'one step' if count == 1 else 'two steps'}", 1e-6,
            hint="; are the gradients cleared before they are added up?",
        )  # fmt: skip
        if any(np.any(p.gradient) for p in mine.discriminator.parameters().values()):
            raise Wrong("D has collected gradients of its weights that nobody wants; freeze it")
        if loss is None:
            raise Wrong("G moves as it should; the loss is to be returned as well")
        expect(loss, wanted, "the loss", 1e-5)


def stuck_losses(loss_of_d, loss_of_g):
    """Both losses where every score is 1."""
    ones = np.ones((4, 1))
    truth = NonSaturating().discriminator(ones, ones)[0], NonSaturating().generator(ones)[0]
    given = one(loss_of_d, "D's loss is"), one(loss_of_g, "G's loss is")
    expect(given[0], truth[0], "D's loss", 5e-3)
    expect(given[1], truth[1], "G's loss", 5e-3)


def walk(answer):
    """answer(start, end, count): even turns from one vector to the other."""
    rng = np.random.default_rng(6)
    start, end = rng.standard_normal((2, 100))
    end *= np.linalg.norm(start) / np.linalg.norm(end)
    path = called(answer, start, end, 9)
    if path.shape != (9, 100):
        raise Wrong(f"the walk has shape {path.shape} instead of (9, 100)")
    expect(path[0], start, "its first row")
    expect(path[-1], end, "its last row")
    lengths = np.linalg.norm(path, axis=1)
    if np.ptp(lengths) > 1e-9 * lengths[0]:
        raise Wrong(f"the lengths on the way go down to {lengths.min():.2f} from {lengths[0]:.2f}")
    turns = np.linalg.norm(np.diff(path, axis=0), axis=1)
    if np.ptp(turns) > 1e-6 * turns[0]:
        raise Wrong("the length stays, and the pace does not: the steps differ in size")
    angle = np.arccos(start @ end / np.linalg.norm(start) ** 2)
    if turns.sum() > 1.1 * angle * lengths[0]:
        said = "it turns by more than the angle between the two"
        raise Wrong(f"the walk goes the long way round: {said}")


CHECKS = {"1": step_of_generator, "2": stuck_losses, "3": walk}
