"""The lower half of a digit, drawn from its upper half (pix2pix, Isola et al. 2017).

G is given no noise, only the condition, which is the upper half. D sees both halves as the channels
of one image. G's loss is the adversarial loss plus 100 times the L1 distance from the true half.

Measured on 1,000 held-out digits with three seeds, after 30 s of CPU time each: an L1 error of
0.075 a pixel, where pixels lie in (0, 1). The mean image has 0.159. Training without the
adversarial loss comes to 0.073, but leaves out a tenth of the ink; this G leaves out 3 %.
"""

import numpy as np

from gan_scratch import datasets, training
from gan_scratch.game import Game
from gan_scratch.layers import ConcatenateCondition, Conv2D, Dense, Flatten, LeakyReLU, Sequential
from gan_scratch.losses import NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam, Average
from gan_scratch.terms import Reconstruction
from gan_scratch.training.schedules import linear


def halves(split):
    images = datasets.load("digits", split, value_range=(0, 1)).images
    return datasets.Dataset("halves", images[:, 14:], condition=images[:, :14])


def play(steps=1500, seed=0):
    """Train, and compare what G draws with the held-out digits: a dict of figures."""
    rng = np.random.default_rng(seed)
    data, held_out = halves("train"), halves("held-out")
    generator = Sequential(
        Flatten(), mlp.generator((14, 28, 1), latent=14 * 28, hidden=(512, 512), rng=rng)
    )
    discriminator = Sequential(
        ConcatenateCondition(),
        Conv2D(2, 16, 4, stride=2, padding=1, rng=rng), LeakyReLU(),
        Conv2D(16, 32, 4, stride=2, padding=1, rng=rng), LeakyReLU(),
        Flatten(), Dense(3 * 7 * 32, 1, rng=rng),
    )
    game = Game(
        generator, discriminator, NonSaturating(),
        Adam(generator.parameters(), 4e-3, beta1=0.0),
        Adam(discriminator.parameters(), 4e-3, beta1=0.0),
        terms=[Reconstruction(weight=100)], latent=0, average=Average(generator), rng=rng,
    )
    training.play(game, data, steps=steps, batch_size=64, schedule=linear)
    drawn = game.sample(game.noise(len(held_out), condition=held_out.condition))
    return {
        "error": float(abs(drawn - held_out.samples).mean()),
        "mean image": float(abs(data.samples.mean(axis=0) - held_out.samples).mean()),
        "ink": float(drawn.mean() / held_out.samples.mean()),
    }


if __name__ == "__main__":
    print(play())
