"""One round of the game: D's steps, then G's, on real samples and noise that were just drawn.

Where processes share the batch, each of them plays this on its share; the first one draws.
"""

import math

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.game import (
    beside_labels,
    discriminator_step,
    generator_step,
    joined_discriminator_step,
)
from gan_scratch.passes import Pass
from gan_scratch.share import WHOLE, opened, share
from gan_scratch.training.divergence import first_bad_layer
from gan_scratch.unrolling import unrolled_generator_step


class Diverged(FloatingPointError):
    """A loss or a gradient is not finite. Says at which step, and which layer first went bad."""


def play_round(
    game, batches, batch_size, discriminator_steps, look=True, share_fakes=False,
    join_batches=False,
):
    """`discriminator_steps` steps for D, one for G; counts the round.

    Returns both losses, the last real batch and the last noise. Raises Diverged before the round
    is counted: where a gradient is not finite (then the player has not moved), or, if it is to
    `look` at them, a loss.
    """
    step_for_discriminator = joined_discriminator_step if join_batches else discriminator_step
    here, real, noise = share(), None, None

    def drawn():
        z = game.latents(batch_size)
        real = batch_like(z, next(batches))
        return real, beside_labels(z, real)

    # Overflow is not warned of but raised, with the name of the layer where it began.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        try:
            for remaining in reversed(range(discriminator_steps)):
                real, noise = here.once(drawn)
                own = here.rows(real), here.rows(noise)
                if remaining or not share_fakes:
                    d_loss = step_for_discriminator(game, *own)
            if share_fakes:
                made = Pass(game.generator, own[1])
                d_loss = step_for_discriminator(game, *own, samples=made.y)
                g_loss = generator_step(game, own[1], own[0], made)
            else:
                noise = here.once(lambda: beside_labels(game.latents(batch_size), real))
                step_for_generator = unrolled_generator_step if game.unroll else generator_step
                g_loss = step_for_generator(game, here.rows(noise), own[0])
            d_loss, g_loss = here.totals(d_loss, g_loss)
            if look and not math.isfinite(float(d_loss) + float(g_loss)):
                raise FloatingPointError("a loss is not finite")
        except FloatingPointError as error:
            if here.index:
                raise  # the first process says what it means
            with opened(WHOLE):
                layer = first_bad_layer(game, real, noise)
            raise Diverged(f"not finite in step {game.step + 1}: {layer}") from error
        if game.average:
            game.average.update()
            here.meet()
    game.step += 1
    return d_loss, g_loss, real, noise


def batch_like(z, batch):
    """A host batch in the dtype and on the backend of `z`; labels keep their own dtype."""
    if isinstance(batch, tuple):
        samples, labels = batch
        return batch_like(z, samples), backend_of(z).asarray(labels)
    return backend_of(z).asarray(batch, dtype=z.dtype)
