"""Named experiments: data, two players, an objective, optimisers, a schedule, a number of steps.

A recipe is plain data, so it can be printed, changed by a word, and stored beside its results.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import get_backend
from gan_scratch.datasets.reading import Reading
from gan_scratch.game import Game
from gan_scratch.layers import Augment, InstanceNoise, Pack, Sequential
from gan_scratch.layers.augmentation import KINDS as AUGMENTATIONS
from gan_scratch.losses import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from gan_scratch.models import dcgan, mlp
from gan_scratch.optimizers import Adam, Average
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.training import schedules

OBJECTIVES = {
    "minimax": Minimax,
    "non-saturating": NonSaturating,
    "least-squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
    "relativistic": Relativistic,
}
ARCHITECTURES = ("mlp", "dcgan")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an experiment, apart from the seed, the dtype and the machine.

    data                 name of a data set, or a folder or file of one's own
    reading              how one's own pictures become samples (datasets/reading.py), else None
    batch_size, steps    rounds of the game; discriminator_steps of D before each step of G

    The game
    objective            a key of OBJECTIVES
    r1, r2               γ of the penalties on real samples and on fakes; 0: none
    gradient_penalty     λ of the penalty on points between them; 0: none
    gradient_target      the slope that it pulls D towards
    penalty_every        penalties come in each k-th step of D, k times as strong
    penalty_schedule     a key of SCHEDULES: how γ and λ change, from 1 down to `penalty_floor`
    clip                 D's parameters stay in [-clip, clip]; 0: no limit
    unroll               rate of the step that G looks ahead; 0: none

    The players
    architecture         mlp or dcgan: the file under models/ that both players come from
    latent               size of the noise
    hidden               mlp: sizes of the hidden layers of both players
    negative_slope       mlp: of the leaky ReLUs
    spread               mlp: whether biases start spread out, as points in a plane want it
    width                dcgan: channels of the largest inner layer of both players
    dense                dcgan: size of a dense layer at the small end of both players; 0: none
    blocks               dcgan: residual blocks at the smallest inner size
    generator_normalization, discriminator_normalization
                         dcgan: a key of models.dcgan.NORMALIZATIONS; of D of the mlp none or
                         spectral
    conditional          whether both players are told the class (dcgan)
    minibatch_deviation  whether D sees how much a batch varies (dcgan)
    pack                 how many samples D judges together
    instance_noise       standard deviation of noise on all that D sees, falling to 0
    augment              kinds of Augment on all that D sees

    How they move
    learning_rate        of both players, before the schedule (a key of SCHEDULES)
    discriminator_rate   D's, where it is another; 0: the same
    warm_up              share of the steps in which the rate first rises from 0
    beta1, beta2         of Adam
    average              decay of the averaged generator that samples are drawn from; 0: none
    """

    name: str
    summary: str
    data: str = "digits"
    reading: Reading | None = None
    batch_size: int = 128
    steps: int = 10_000
    discriminator_steps: int = 1
    objective: str = "non-saturating"
    r1: float = 0.0
    r2: float = 0.0
    gradient_penalty: float = 0.0
    gradient_target: float = 1.0
    penalty_every: int = 1
    penalty_schedule: str = "constant"
    penalty_floor: float = 0.0
    clip: float = 0.0
    unroll: float = 0.0
    architecture: str = "mlp"
    latent: int = 100
    hidden: tuple = (128, 128)
    negative_slope: float = 0.2
    spread: bool = False
    width: int = 16
    dense: int = 0
    blocks: int = 0
    generator_normalization: str = "batch"
    discriminator_normalization: str = "none"
    conditional: bool = False
    minibatch_deviation: bool = False
    pack: int = 1
    instance_noise: float = 0.0
    augment: tuple = ()
    learning_rate: float = 1e-3
    discriminator_rate: float = 0.0
    schedule: str = "constant"
    warm_up: float = 0.0
    beta1: float = 0.5
    beta2: float = 0.999
    average: float = 0.0

    def __post_init__(self):
        for name in (
            "latent", "width", "batch_size", "steps", "discriminator_steps", "pack",
            "penalty_every",
        ):
            settings.positive_integer(None, name, getattr(self, name))
        for name in ("dense", "blocks"):
            settings.whole_number(None, name, getattr(self, name))
        settings.positive(None, "learning_rate", self.learning_rate)
        for name in (
            "r1", "r2", "gradient_penalty", "gradient_target", "clip", "unroll",
            "discriminator_rate", "instance_noise",
        ):
            settings.not_negative(None, name, getattr(self, name))
        for name in ("warm_up", "beta1", "beta2", "average"):
            settings.in_unit_interval(None, name, getattr(self, name))
        for name, item in (("hidden", "sizes"), ("augment", "kinds")):
            if not isinstance(getattr(self, name), (tuple, list)):
                raise ValueError(f"{name} must be a tuple of {item}, got {getattr(self, name)!r}")
        for kind in self.augment:
            settings.one_of(None, "kind", kind, AUGMENTATIONS)
        settings.one_of(None, "objective", self.objective, OBJECTIVES)
        settings.one_of(None, "architecture", self.architecture, ARCHITECTURES)
        for name in ("generator_normalization", "discriminator_normalization"):
            settings.one_of(None, name, getattr(self, name), dcgan.NORMALIZATIONS)
        if self.architecture == "mlp":
            settings.one_of(
                None, "discriminator_normalization of the mlp", self.discriminator_normalization,
                mlp.NORMALIZATIONS,
            )
            for name in ("conditional", "minibatch_deviation"):
                if getattr(self, name):
                    raise ValueError(f"{name} is a setting of the dcgan architecture, not of mlp")
        if self.conditional and self.pack > 1:
            raise ValueError("a pack of samples has no one class to be told; set pack to 1")
        if self.batch_size % self.pack:
            raise ValueError(
                f"a batch of {self.batch_size} cannot be put into packs of {self.pack}; "
                "batch_size must be a multiple of pack"
            )
        if isinstance(self.reading, dict):  # as JSON gives it
            object.__setattr__(self, "reading", Reading(**self.reading))
        object.__setattr__(self, "hidden", tuple(self.hidden))
        object.__setattr__(self, "augment", tuple(self.augment))
        self.rate_schedule()
        self.penalties()

    def but(self, **changes):
        """A copy with some settings changed; changes of None are passed over."""
        return dataclasses.replace(
            self, **{name: value for name, value in changes.items() if value is not None}
        )

    def settings(self):
        """The recipe as plain data (what JSON can hold)."""
        plain = dataclasses.asdict(self)
        return {
            **plain, "hidden": list(self.hidden), "augment": list(self.augment),
            "reading": self.reading and self.reading.plain(),
        }

    def players(self, sample_shape, rng, classes=None):
        """(generator, discriminator) for samples of this shape, float32, on the host."""
        if self.architecture == "dcgan":
            generator = dcgan.generator(
                sample_shape, self.latent, self.width, self.generator_normalization, "sigmoid",
                classes, self.dense, self.blocks, rng=rng,
            )
        else:
            output = "linear" if len(sample_shape) == 1 else "sigmoid"
            generator = mlp.generator(
                sample_shape, self.latent, self.hidden, output, rng=rng, **self.start()
            )
        *places, channels = sample_shape
        discriminator = self.discriminator((*places, channels * self.pack), rng, classes)
        return generator, self.behind_front(discriminator, rng)

    def discriminator(self, sample_shape, rng, classes=None):
        """A fresh discriminator of this recipe with nothing in front of it, by default one that is
        told no class."""
        if self.architecture == "dcgan":
            return dcgan.discriminator(
                sample_shape, self.width, self.discriminator_normalization, classes, self.dense,
                self.blocks, self.minibatch_deviation, rng=rng,
            )
        return mlp.discriminator(
            sample_shape, self.hidden, self.discriminator_normalization, rng=rng, **self.start()
        )

    def start(self):
        """What both players of the mlp share."""
        return {"negative_slope": self.negative_slope, "spread": self.spread}

    def behind_front(self, discriminator, rng):
        """The discriminator behind what happens to all that it sees: augmentation, noise, packs."""
        front = []
        if self.augment:
            front.append(Augment(*self.augment, rng=rng.spawn(1)[0]))
        if self.instance_noise:
            front.append(InstanceNoise(
                self.instance_noise, rng=rng.spawn(1)[0], schedule=schedules.linear
            ))
        if self.pack > 1:
            front.append(Pack(self.pack))
        if not front:
            return discriminator
        if self.conditional:
            discriminator.body = Sequential(*front, *discriminator.body)
            return discriminator
        return Sequential(*front, *discriminator)

    def penalties(self):
        """The penalties in D's loss."""
        schedule = schedules.down_to(self.penalty_floor, schedules.find(self.penalty_schedule))
        common = {"every": self.penalty_every, "schedule": schedule}
        found = []
        if self.r1:
            found.append(R1(self.r1, **common))
        if self.r2:
            found.append(R2(self.r2, **common))
        if self.gradient_penalty:
            found.append(GradientPenalty(self.gradient_penalty, self.gradient_target, **common))
        return found

    def rate_schedule(self):
        """progress -> factor of both learning rates."""
        schedule = schedules.find(self.schedule)
        return schedules.warmed_up(schedule, self.warm_up) if self.warm_up else schedule

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
            self.optimizer(generator, self.learning_rate),
            self.optimizer(discriminator, self.discriminator_rate or self.learning_rate),
            penalties=self.penalties(),
            rng=game_rng,
            average=Average(generator, self.average) if self.average else None,
            clip=self.clip,
            unroll=self.unroll,
        )

    def optimizer(self, player, rate):
        return Adam(player.parameters(), rate, self.beta1, self.beta2)


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
            name="wgan-gp-digits",
            summary="the same players, Wasserstein loss, slope of D penalised between real and "
            "fake",
            objective="wasserstein",
            r1=0.0,
            gradient_penalty=1.0,
            learning_rate=2e-3,
            steps=5000,
        ),
        DCGAN_DIGITS.but(
            name="hinge-digits",
            summary="the same players, hinge loss, D's slope held at 1/4 so that scores seldom "
            "leave the margin",
            objective="hinge",
            r1=0.0,
            gradient_penalty=4.0,
            gradient_target=0.25,
            learning_rate=2e-3,
            steps=5000,
        ),
        DCGAN_DIGITS.but(
            name="r3gan-digits",
            summary="each fake beside a real digit: relativistic loss, R1 and R2 in every fourth "
            "step, a residual block in both players",
            objective="relativistic",
            r2=0.3,
            penalty_every=4,
            blocks=1,
            steps=3100,
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
