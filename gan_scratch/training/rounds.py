"""One round of the game: D's steps, then G's, on real samples and noise that were just drawn.

Where processes share the batch, each of them plays this on its share; the first one draws.
"""

import math

import numpy as np

from gan_scratch.batch import Batch, as_weights
from gan_scratch.game import discriminator_step, generator_step, samples_made
from gan_scratch.joining import joined_discriminator_step
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

    Returns both losses, the last real Batch and the Batch of the last noise. Raises Diverged before
    the round is counted: where a gradient is not finite (then the player has not moved), or, if it
    is to `look` at them, a loss.
    """
    step_for_discriminator = joined_discriminator_step if join_batches else discriminator_step
    here, real, noise = share(), None, None

    def drawn():
        z = game.latents(batch_size)
        real = as_weights(next(batches), game.weight)
        return real.values, real.condition, z

    # Overflow is not warned of but raised, with the name of the layer where it began.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        try:
            for remaining in reversed(range(discriminator_steps)):
                values, condition, z = here.once(drawn)
                real, noise = Batch(values, condition), Batch(z, condition)
                own = real.mapped(here.rows), noise.mapped(here.rows)
                if remaining or not share_fakes:
                    d_loss = step_for_discriminator(game, *own)
            if share_fakes:
                made = samples_made(game, own[1])
                d_loss = step_for_discriminator(game, *own, samples=made.samples)
                g_loss = generator_step(game, own[1], own[0], made)
            else:
                noise = Batch(here.once(lambda: game.latents(batch_size)), condition)
                step_for_generator = unrolled_generator_step if game.unroll else generator_step
                g_loss = step_for_generator(game, noise.mapped(here.rows), own[0])
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
