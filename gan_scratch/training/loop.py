"""The alternation: k steps for D, one for G, and so on. It yields events and knows no subscriber.

    for event in train(game, dataset, steps=1000, batch_size=128):
        if isinstance(event, StepDone) and event.step % 100 == 0:
            print(event.step, event.discriminator_loss, event.generator_loss)

Progress bars, pictures, checkpoints and monitors are loops like this one.
"""

import math
import warnings
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_scratch import settings
from gan_scratch.game import Game
from gan_scratch.joining import expect_joinable
from gan_scratch.training import ranks
from gan_scratch.training.schedules import constant

# Looking at a loss makes the host wait for the device, so there only now and then is looked.
DEVICE_CHECK_STEPS = 100


@dataclass(frozen=True)
class StepDone:
    """One round was played: `discriminator_steps` steps for D and one for G.

    The losses are 0-d arrays of the backend; `real` and `noise` are the last real Batch and the
    Batch of its noise.
    """

    game: Game
    batches: Any
    step: int
    epoch: int
    discriminator_loss: Any
    generator_loss: Any
    real: Any
    noise: Any


@dataclass(frozen=True)
class EpochDone:
    """D has seen as many real samples as the data set has, `epoch` times."""

    game: Game
    batches: Any
    step: int
    epoch: int


@dataclass(frozen=True)
class Stopped:
    """The training is over, and why."""

    game: Game
    batches: Any
    step: int
    reason: str


class Events:
    """The events of a training, which goes on as they are asked for. One that is thrown away before
    the first has trained nothing, and warns of that."""

    begun = True  # until there is something to begin

    def __init__(self, events):
        self.events, self.begun = events, False

    def __iter__(self):
        return self

    def __next__(self):
        self.begun = True
        return next(self.events)

    def close(self):
        self.begun = True
        self.events.close()

    def __del__(self):
        if not self.begun:
            warnings.warn(
                "train(...) was called and its events were never looped over, so nothing was "
                "trained: write `for event in train(...): ...`, or call play(...)",
                RuntimeWarning, stacklevel=2,
            )


def play(game, dataset, **settings):
    """Play to the end: `train` with the same arguments, for whom its events are of no interest.
    Returns the last event, `Stopped`."""
    if game.step >= settings.get("steps", 0):
        raise ValueError(
            f"play: the game has played {game.step} rounds already, and steps is the number in "
            f"all: got {settings.get('steps')}"
        )
    last = None
    for event in train(game, dataset, **settings):
        last = event
    return last


def train(
    game, dataset, *, steps, batch_size, discriminator_steps=1, schedule=constant, until=None,
    batches=None, share_fakes=False, join_batches=False, reschedule=False, workers=1,
):
    """Play `game` on `dataset` until `steps` rounds are played in all; yields events.

    Nothing is trained before the events are looped over; `play` does that.

    discriminator_steps     k of algorithm 1: D's steps before each of G's
    schedule                progress in [0, 1) -> factor of both learning rates (schedules.py)
    until                   a rule asked after each epoch: until(game, epoch) -> reason or None
    batches                 what `dataset.batches(batch_size, rng)` gave, to go on from there
    share_fakes             G's step takes the fakes of D's last step, as most implementations do:
                            one pass of G less. False: G gets new noise, as in algorithm 1
    join_batches            D's step takes real samples and fakes as one batch of twice the size:
                            less time with small players. For a D that looks at each sample alone,
                            in a game without conditions, penalties and terms
    reschedule              True: a game that was played by another schedule, or for another number
                            of steps, may go on by this one, and the learning rate may jump
    workers                 processes that share each batch (training/ranks.py): the same game,
                            apart from the rounding of sums. Where it cannot be shared, one plays
                            it, and a RuntimeWarning says why. With several, the game's arrays lie
                            in other memory while the training lasts: take views of them anew

    A game that has played some rounds goes on from there: restore a checkpoint into `game` and
    `batches` first, and the same bits follow as if it had never been stopped. Raises Diverged.
    """
    settings.positive_integer(None, "steps", steps)
    settings.positive_integer(None, "batch_size", batch_size)
    settings.positive_integer(None, "discriminator_steps", discriminator_steps)
    if batches is None:
        batches = dataset.batches(batch_size, game.rng, condition=game.conditional)
    if batches.size != batch_size:
        raise ValueError(f"the batches hold {batches.size} samples, batch_size is {batch_size}")
    if share_fakes and game.unroll:
        raise ValueError("train: an unrolled step of G makes its own fakes; take share_fakes=False")
    if join_batches:
        expect_joinable(game)
    settings.positive_integer(None, "workers", workers)
    game.expect_owners()
    jump = "" if reschedule else learning_rate_jump(game, steps, schedule)
    if jump:
        raise ValueError(f"train: {jump}; pass reschedule=True if that is what you want")
    return Events(_events(
        game, dataset, steps, batch_size, discriminator_steps, schedule, until, batches,
        share_fakes, join_batches, workers,
    ))


def learning_rate_jump(game, steps, schedule):
    """In words, how this schedule over this many steps departs from the one that the game followed
    so far; "" where it does not."""
    optimizer = game.generator_optimizer
    last = optimizer.learning_rate / optimizer.initial_learning_rate
    if game.step >= steps:
        return ""
    now = schedule(game.step / steps)
    before = schedule((game.step - 1) / steps) if game.step else 1.0  # nobody has touched it
    if any(math.isclose(last, rate, rel_tol=1e-6, abs_tol=1e-9) for rate in (before, now)):
        return ""
    return (
        f"after {game.step} steps the learning rate is at {last:.3g} of its first value, and by "
        f"this schedule over {steps} steps it jumps to {now:.3g}"
    )


def _events(
    game, dataset, steps, batch_size, discriminator_steps, schedule, until, batches, share_fakes,
    join_batches, workers,
):
    batches_an_epoch = len(dataset) // batch_size
    on_host, begun = isinstance(game.generator_optimizer.values, np.ndarray), game.step

    def epochs_after(step):
        return step * discriminator_steps // batches_an_epoch

    how = {
        "batch_size": batch_size, "discriminator_steps": discriminator_steps,
        "share_fakes": share_fakes, "join_batches": join_batches,
    }
    with closing(ranks.crew(game, workers if game.step < steps else 1, **how)) as crew:
        while True:
            epoch = epochs_after(game.step)
            if game.step > 0 and epoch > epochs_after(game.step - 1):
                yield EpochDone(game, batches, game.step, epoch)
                reason = until(game, epoch) if until else None
                if reason:
                    yield Stopped(game, batches, game.step, reason)
                    return
            if game.step >= steps:
                yield Stopped(game, batches, game.step, f"{steps} steps")
                return
            progress = game.step / steps
            game.follow_schedules(progress)
            factor = schedule(progress)
            for optimizer in game.optimizers():
                optimizer.learning_rate = optimizer.initial_learning_rate * factor
            look = on_host or (game.step + 1) % DEVICE_CHECK_STEPS == 0 or game.step + 1 == steps
            d_loss, g_loss, real, noise = crew.play(batches, look)
            if on_host and begun == game.step - 1:
                game.expect_owners()  # a layer may make its parameters in its first forward pass
            yield StepDone(
                game, batches, game.step, epochs_after(game.step), d_loss, g_loss, real, noise
            )
