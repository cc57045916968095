"""Small games on small data, for every test of the training loop and what is saved of it."""

import numpy as np

from gan_scratch.datasets import Dataset
from gan_scratch.game import Game
from gan_scratch.layers import Dense, Dropout, Flatten, Layer, LeakyReLU, Reshape, Sequential
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD, Adam, Average
from gan_scratch.recipes import find
from gan_scratch.training import StepDone, digest, train
from gan_scratch.training.checkpoints import training_state

BATCH = 8
BATCHES_AN_EPOCH = 5
# What the named recipe leaves to taste is set here, so that tuning it moves no test.
TINY = find("mlp-digits").but(
    players={"latent": 4, "hidden": (8, 8)}, steps={"rounds": 60, "of_discriminator": 1},
    data={"batch_size": BATCH}, objective="non-saturating", penalties={"r1": 0.2},
    schedule={"shape": "linear"},
    optimizers={"learning_rate": 1e-3, "beta1": 0.5, "beta2": 0.99, "average": 0.999},
)


def images(count=43, side=4):
    """Noise as images; 43 make 5 batches of 8, and 3 are left over in every epoch."""
    rng = np.random.default_rng(99)
    return Dataset("tiny", images=rng.random((count, side, side, 1)), value_range=(0, 1))


def recipe_game(seed=0, recipe=TINY, **changes):
    """A game of the tiny recipe: Adam, R1, an average, a linear schedule."""
    return recipe.but(**changes).game((4, 4, 1), seed=seed)


def dropout_game(seed=0, optimizer=Adam):
    """A game whose layers draw random numbers too: from one generator in G, another in D."""
    rngs = np.random.default_rng(seed).spawn(5)
    generator = Sequential(
        Dense(4, 8, rng=rngs[0]), Dropout(0.2, rng=rngs[1]), LeakyReLU(),
        Dense(8, 16, rng=rngs[0]), Reshape((4, 4, 1)),
    )
    discriminator = Sequential(
        Flatten(), Dense(16, 8, rng=rngs[2]), LeakyReLU(), Dropout(0.4, rng=rngs[3]),
        Dense(8, 1, rng=rngs[2]),
    )
    return Game(
        generator, discriminator, NonSaturating(),
        optimizer(generator.parameters(), 1e-3), optimizer(discriminator.parameters(), 1e-3),
        rng=rngs[4], latent=4, average=Average(generator, 0.9),
    )


GAMES = {"recipe": recipe_game, "dropout": dropout_game}


def dense_game(generator, discriminator, latent=4, learning_rate=0.01, seed=0):
    """A game of SGD between two players of one's own."""
    return Game(
        generator, discriminator, NonSaturating(),
        SGD(generator.parameters(), learning_rate), SGD(discriminator.parameters(), learning_rate),
        rng=np.random.default_rng(seed), latent=latent,
    )


def affine(weight, bias):
    """A Dense layer y = x weight + bias with these very numbers."""
    weight = np.array(weight, "float32")
    layer = Dense(*weight.shape, rng=np.random.default_rng(0))
    layer.weight.value[...] = weight
    layer.bias.value[...] = bias
    return layer


def batches_of(game, dataset):
    return dataset.batches(BATCH, game.rng)


def play(game, dataset, batches, until_step, steps=TINY.steps.rounds, **settings):
    """Train until `until_step` of `steps` rounds are played, then leave as one who stops does."""
    events = train(game, dataset, steps=steps, batch_size=BATCH, batches=batches, **settings)
    for event in events:
        if isinstance(event, StepDone) and event.step == until_step:
            events.close()
            break


def bits(game, batches=None):
    """A digest of all that the next step depends on."""
    return digest(game.state() if batches is None else training_state(game, batches))


def weights(player):
    return digest(player.state())


class GoesBad(Layer):
    """Passes its input through; in training, from the `at`-th forward pass on, gives `value`."""

    def __init__(self, at, value):
        self.at, self.value, self.calls = at, value, 0

    def forward(self, x, training=True):
        self.calls += training
        bad = training and self.calls >= self.at
        return (np.full_like(x, self.value) if bad else x), None

    def backward(self, dy, cache, need_dx=True):
        return dy


class BadGradient(Layer):
    """Passes its input through, but from the `at`-th backward pass on its gradient is `value`."""

    def __init__(self, at, value):
        self.at, self.value, self.calls = at, value, 0

    def forward(self, x, training=True):
        return x, None

    def backward(self, dy, cache, need_dx=True):
        self.calls += 1
        return np.full_like(dy, self.value) if self.calls >= self.at else dy
