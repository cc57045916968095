"""Named experiments: data, two players, an objective, optimisers, a schedule, a number of steps.

A recipe is plain data, so it can be printed, changed by a word, and stored beside its results.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import get_backend
from gan_scratch.game import Game
from gan_scratch.losses import Minimax, NonSaturating
from gan_scratch.models import dcgan, mlp
from gan_scratch.optimizers import Adam, Average
from gan_scratch.penalties import R1
from gan_scratch.training.schedules import SCHEDULES

OBJECTIVES = {"minimax": Minimax, "non-saturating": NonSaturating}
ARCHITECTURES = ("mlp", "dcgan")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an experiment, apart from the seed, the dtype and the machine.

    data                 name of a data set, or a folder of images
    objective            a key of OBJECTIVES
    r1                   γ of the R1 penalty on real images; 0: none
    architecture         mlp or dcgan: the file under models/ that both players come from
    latent               size of the noise
    hidden               mlp: sizes of the hidden layers of both players
    width                dcgan: channels of the largest inner layer of both players
    dense                dcgan: size of a dense layer at the small end of both players; 0: none
    generator_normalization, discriminator_normalization
                         dcgan: a key of models.dcgan.NORMALIZATIONS
    conditional          whether both players are told the class (dcgan)
    learning_rate        of both players, before the schedule (a key of SCHEDULES)
    beta1, beta2         of Adam
    average              decay of the averaged generator that samples are drawn from; 0: none
    discriminator_steps  D's steps before each step of G
    """

    name: str
    summary: str
    data: str = "digits"
    objective: str = "non-saturating"
    r1: float = 0.0
    architecture: str = "mlp"
    latent: int = 100
    hidden: tuple = (128, 128)
    width: int = 16
    dense: int = 0
    generator_normalization: str = "batch"
    discriminator_normalization: str = "none"
    conditional: bool = False
    learning_rate: float = 1e-3
    schedule: str = "constant"
    beta1: float = 0.5
    beta2: float = 0.999
    average: float = 0.0
    batch_size: int = 128
    steps: int = 10_000
    discriminator_steps: int = 1

    def __post_init__(self):
        for name in ("latent", "width", "batch_size", "steps", "discriminator_steps"):
            settings.positive_integer(None, name, getattr(self, name))
        settings.whole_number(None, "dense", self.dense)
        settings.positive(None, "learning_rate", self.learning_rate)
        settings.one_of(None, "objective", self.objective, OBJECTIVES)
        settings.one_of(None, "schedule", self.schedule, SCHEDULES)
        settings.one_of(None, "architecture", self.architecture, ARCHITECTURES)
        for name in ("generator_normalization", "discriminator_normalization"):
            settings.one_of(None, name, getattr(self, name), dcgan.NORMALIZATIONS)
        if self.conditional and self.architecture != "dcgan":
            raise ValueError("only the dcgan architecture has players that are told the class")
        object.__setattr__(self, "hidden", tuple(self.hidden))

    def but(self, **changes):
        """A copy with some settings changed; changes of None are passed over."""
        return dataclasses.replace(
            self, **{name: value for name, value in changes.items() if value is not None}
        )

    def settings(self):
        """The recipe as plain data (what JSON can hold)."""
        return {**dataclasses.asdict(self), "hidden": list(self.hidden)}

    def players(self, sample_shape, rng, classes=None):
        """(generator, discriminator) for samples of this shape, float32, on the host."""
        if self.architecture == "dcgan":
            generator = dcgan.generator(
                sample_shape, self.latent, self.width, self.generator_normalization, "sigmoid",
                classes, self.dense, rng=rng,
            )
        else:
            output = "linear" if len(sample_shape) == 1 else "sigmoid"
            generator = mlp.generator(sample_shape, self.latent, self.hidden, output, rng=rng)
        return generator, self.discriminator(sample_shape, rng, classes)

    def discriminator(self, sample_shape, rng, classes=None):
        """A fresh discriminator of this recipe, by default one that is told no class."""
        if self.architecture == "dcgan":
            return dcgan.discriminator(
                sample_shape, self.width, self.discriminator_normalization, classes, self.dense,
                rng=rng,
            )
        return mlp.discriminator(sample_shape, self.hidden, rng=rng)

    def game(self, sample_shape, classes=None, *, seed, backend="numpy", dtype="float32"):
        """The game, ready for its first round. Weights and noise come from `seed` alone.

        `classes` is the number of classes that the players of a conditional recipe are told.
        """
        if self.conditional and not classes:
            raise ValueError(f"{self.name} is told classes, and the data has no labels")
        weights_rng, game_rng = np.random.default_rng(seed).spawn(2)
        backend = get_backend(backend)
        generator, discriminator = (
            player.astype(dtype).to(backend)
            for player in self.players(
                sample_shape, weights_rng, classes if self.conditional else None
            )
        )
        return Game(
            generator,
            discriminator,
            OBJECTIVES[self.objective](),
            self.optimizer(generator),
            self.optimizer(discriminator),
            penalties=[R1(self.r1)] if self.r1 else [],
            rng=game_rng,
            average=Average(generator, self.average) if self.average else None,
        )

    def optimizer(self, player):
        return Adam(player.parameters(), self.learning_rate, self.beta1, self.beta2)


DCGAN_DIGITS = Recipe(
    name="dcgan-digits",
    summary="convolutions write digits: batch norm in G, R1 in D, decaying rate, averaged weights",
    architecture="dcgan",
    latent=64,
    width=16,
    dense=256,
    r1=0.3,
    learning_rate=4e-3,
    schedule="linear",
    beta1=0.0,
    beta2=0.99,
    average=0.999,
    batch_size=64,
    steps=5500,
)

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="mlp-digits",
            summary="dense layers write digits: non-saturating loss, R1, decaying rate, "
            "averaged weights",
            r1=0.5,
            learning_rate=4e-3,
            schedule="linear",
            beta1=0.0,
            beta2=0.99,
            average=0.999,
        ),
        Recipe(
            name="mlp-classic",
            summary="the same players in the plain game of 2014, to see what goes wrong",
            objective="minimax",
            learning_rate=2e-4,
        ),
        DCGAN_DIGITS,
        DCGAN_DIGITS.but(
            name="dcgan-fashion",
            summary="convolutions draw clothes, by the recipe of dcgan-digits",
            data="fashion",
        ),
        DCGAN_DIGITS.but(
            name="conditional-digits",
            summary="convolutions write the digit that they are asked for",
            conditional=True,
        ),
    )
}


def find(name):
    """The recipe called `name`; ValueError with all names where there is none."""
    return RECIPES[settings.one_of(None, "recipe", name, RECIPES)]
