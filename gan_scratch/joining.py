"""D's step with real samples and fakes as one batch of twice the size: fewer operations, on larger
arrays. It is the same step for a D that looks at each sample alone."""

from gan_scratch.backend import array_module
from gan_scratch.batch import Batch
from gan_scratch.game import fakes_in_play, move_discriminator
from gan_scratch.passes import Pass
from gan_scratch.share import share


def joined_discriminator_step(game, real, noise, samples=None):
    """`game.discriminator_step` in one pass. Returns D's loss."""
    expect_joinable(game)
    real, fake = Batch.of(real).values, fakes_in_play(game, noise, samples).samples
    xp, count = array_module(real), len(real)
    of_both = Pass(game.discriminator, xp.concatenate((real, fake)))
    score = of_both["score"]
    loss, *d_scores = share().weigh(game.objective.discriminator(score[:count], score[count:]))
    of_both.send("score", xp.concatenate(d_scores))

    game.discriminator.zero_gradients()
    of_both.backward(need_dx=False)
    move_discriminator(game)
    return loss


def expect_joinable(game):
    """ValueError where the step would be another one."""
    discriminator = game.discriminator
    if discriminator.mixes_samples or discriminator.takes_condition or game.penalties or game.terms:
        raise ValueError(
            "join_batches=True takes a discriminator that looks at each sample alone (no batch "
            "norm) and is told no condition, and a game without penalties and terms"
        )
