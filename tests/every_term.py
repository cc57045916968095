"""A small game with every term of the library and one of its own, for the tests of terms."""

import numpy as np

from gan_scratch.game import Game
from gan_scratch.layers import ConcatenateCondition, Dense, Heads, Identity, Sequential, Tanh
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD, Adam
from gan_scratch.passes import Pass
from gan_scratch.penalties import R1
from gan_scratch.terms import (
    AuxiliaryClassifier,
    Codes,
    FeatureMatching,
    MutualInformation,
    Reconstruction,
    Term,
)
from gan_scratch.training.schedules import linear

CLASSES, CODES = 4, Codes(2, categorical=(3, 2), continuous=2)
MASK = np.array([1.0, 0.5, 0.0, 2.0, 1.0])


def float64(layer):
    return layer.astype("float64")


class Reads(Term):
    """With layers of its own. G's step: 1/(2N) Σ |E(x̃) - z|², in which E learns as well.
    D's step: 1/(2N) Σ (B(x) - 1)², in which B alone learns."""

    shareable = True

    def __init__(self, weight, rng, optimizer=SGD, converted=float64):
        super().__init__(weight)
        self.reads = converted(Dense(len(MASK), CODES.size, rng=rng))
        self.judges = converted(Dense(len(MASK), 1, rng=rng))
        self.generator_optimizer = optimizer(self.reads.parameters(), 0.05)
        self.discriminator_optimizer = optimizer(self.judges.parameters(), 0.05)

    def add_to_generator(self, fake, real):
        return self.missed(Pass(self.reads, fake.samples, "z"), fake.noise, fake)

    def add_to_discriminator(self, real, fake):
        return self.missed(Pass(self.judges, real.samples, "z"), 1)

    def missed(self, read, wanted, fake=None):
        missed, count = read["z"] - wanted, len(read.x)
        loss, slope = self.weighed((missed * missed).sum() / (2 * count), missed / count)
        read.send("z", slope)
        dx = read.backward()
        if fake:
            fake.send("samples", dx)
        return loss


def every_term(rng, optimizer=SGD, converted=float64):
    """name -> term."""
    return {
        "reconstruction": Reconstruction(2.0, mask=MASK, schedule=linear),
        "features": FeatureMatching(0.7),
        "classes": AuxiliaryClassifier(0.5),
        "codes": MutualInformation(CODES, 0.3),
        "own": Reads(1.1, rng, optimizer, converted),
    }


def game_with(*names, seed=0, optimizer=SGD, converted=float64, **settings):
    """A G of points with five numbers, a D with four outputs, and the terms of these names: all,
    where none is given. G is told the class where a term looks at it, and D never."""
    rng = np.random.default_rng(seed)
    terms = every_term(rng, optimizer, converted)
    terms = [terms[name] for name in names or terms]
    told = any(term.needs_condition for term in terms)
    generator = Sequential(
        *[ConcatenateCondition(CLASSES)] * told, Dense(CODES.size + CLASSES * told, 8, rng=rng),
        Tanh(), Dense(8, len(MASK), rng=rng),
    )
    discriminator = Sequential(
        Dense(len(MASK), 6, rng=rng), Tanh(),
        Heads(
            score=Dense(6, 1, rng=rng), classes=Dense(6, CLASSES, rng=rng),
            code=Dense(6, CODES.outputs, rng=rng), features=Identity(),
        ),
    )
    players = [converted(player) for player in (generator, discriminator)]
    return Game(
        *players, NonSaturating(), *(optimizer(p.parameters(), 0.05) for p in players),
        [R1(0.4)], rng=rng, latent=CODES, terms=terms, **settings,
    )


def adams(parameters, rate):
    """With an eps that keeps Adam from making a whole step of a gradient of rounding alone."""
    return Adam(parameters, rate, eps=1e-3)
