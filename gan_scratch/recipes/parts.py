"""The parts of a recipe besides the players: what is played for, with what, and how it moves."""

from dataclasses import dataclass

from gan_scratch import datasets, settings
from gan_scratch.datasets.reading import Reading
from gan_scratch.layers import Augment, InstanceNoise, Pack, Sequential
from gan_scratch.layers.augmentation import KINDS as AUGMENTATIONS
from gan_scratch.optimizers import Adam, Average
from gan_scratch.part import Part, setting
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.training import schedules

VALUE_RANGE = (0, 1)  # of images: the players' generators end in a sigmoid


def reading_or_none(owner, name, value):
    if value is not None and not isinstance(value, Reading):
        raise ValueError(f"{owner.kind}: {name} must be a Reading or None, got {value!r}")
    return value


@dataclass(frozen=True)
class Data(Part, kind="data"):
    """What the players see.

    name         of a data set, or a folder or file of one's own
    batch_size   real samples in a step of D, and as many fakes
    reading      how one's own pictures become samples, else None
    """

    name: str = setting("digits", settings.text)
    batch_size: int = setting(128, settings.positive_integer)
    reading: Reading | None = setting(None, reading_or_none)

    def check(self):
        if type(self) is not Data and self.name in datasets.names():
            raise ValueError(
                f"{self.kind}: name must be another than that of a data set of the library, got "
                f"{self.name!r}"
            )

    @property
    def own(self):
        """Whether it is no name of a data set, and so somebody's own folder or file."""
        return self.name not in datasets.names()

    def load(self, split, rng):
        """The Dataset of a name; what is generated is drawn from `rng`."""
        return datasets.load(self.name, split, value_range=VALUE_RANGE, rng=rng)


@dataclass(frozen=True)
class Penalties(Part, kind="slopes"):
    """The penalties on D's slope.

    r1, r2       γ of the penalties on real samples and on fakes; 0: none
    gradient     λ of the penalty on points between them; 0: none
    target       the slope that it pulls D towards
    every        they come in each k-th step of D, k times as strong
    schedule     a key of SCHEDULES: how γ and λ change, from 1 down to `floor`
    """

    r1: float = setting(0.0, settings.not_negative)
    r2: float = setting(0.0, settings.not_negative)
    gradient: float = setting(0.0, settings.not_negative)
    target: float = setting(1.0, settings.not_negative)
    every: int = setting(1, settings.positive_integer)
    schedule: str = setting("constant", settings.one_of, schedules.SCHEDULES)
    floor: float = setting(0.0, settings.not_negative)

    @property
    def fades(self):
        return self.schedule != "constant"

    def made(self):
        """A list of penalties.Penalty, for a Game."""
        fading = schedules.down_to(self.floor, schedules.find(self.schedule))
        how = {"every": self.every, "schedule": fading if self.fades else None}
        return [
            *([R1(self.r1, **how)] if self.r1 else []),
            *([R2(self.r2, **how)] if self.r2 else []),
            *([GradientPenalty(self.gradient, self.target, **how)] if self.gradient else []),
        ]


@dataclass(frozen=True)
class NoTerms(Part, kind="no-terms"):
    """No further terms of the losses. A part of your own gives some: a list of terms.Term for two
    players, whose dtype and backend the layers of a term take over; `rng` draws their weights."""

    def made(self, generator, discriminator, rng):
        return []


@dataclass(frozen=True)
class Front(Part, kind="front"):
    """What stands in front of D: it happens to all that D sees, real and fake.

    augment           kinds of layers.Augment
    instance_noise    standard deviation of noise that falls to 0
    pack              how many samples D judges together
    """

    augment: tuple = setting((), settings.each, settings.one_of, AUGMENTATIONS)
    instance_noise: float = setting(0.0, settings.not_negative)
    pack: int = setting(1, settings.positive_integer)

    @property
    def fades(self):
        return self.instance_noise > 0

    def expect_batch(self, batch_size, conditional):
        """Raise ValueError where a batch of this size cannot stand behind this front."""
        if conditional and self.pack > 1:
            raise ValueError("a pack of samples has no one class to be told; set pack to 1")
        if batch_size % self.pack:
            raise ValueError(
                f"a batch of {batch_size} cannot be put into packs of {self.pack}; "
                "batch_size must be a multiple of pack"
            )

    def seen(self, sample_shape):
        """The shape of what D itself is given: a pack's samples lie in its channels."""
        *places, channels = sample_shape
        return (*places, channels * self.pack)

    def before(self, discriminator, rng):
        """The discriminator behind this front."""
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
        if isinstance(discriminator, Sequential):
            return Sequential(*front, *discriminator)
        discriminator.body = Sequential(*front, *discriminator.body)  # the class passes by
        return discriminator


@dataclass(frozen=True)
class Adams(Part, kind="adam"):
    """Adam for each player, and the average of G's weights.

    learning_rate         before the schedule
    discriminator_rate    learning rate of D; 0 means the same as G's
    beta1, beta2          of Adam
    average               decay of the averaged generator that samples are drawn from; 0: none
    """

    learning_rate: float = setting(1e-3, settings.positive)
    discriminator_rate: float = setting(0.0, settings.not_negative)
    beta1: float = setting(0.5, settings.in_unit_interval)
    beta2: float = setting(0.999, settings.in_unit_interval)
    average: float = setting(0.0, settings.in_unit_interval)

    def of_generator(self, player):
        return Adam(player.parameters(), self.learning_rate, self.beta1, self.beta2)

    def of_discriminator(self, player):
        rate = self.discriminator_rate or self.learning_rate
        return Adam(player.parameters(), rate, self.beta1, self.beta2)

    def averaged(self, generator):
        return Average(generator, self.average) if self.average else None


@dataclass(frozen=True)
class Schedule(Part, kind="schedule"):
    """progress in [0, 1) -> factor of both learning rates.

    shape        a key of SCHEDULES
    warm_up      share of the steps in which the rate first rises from 0
    """

    shape: str = setting("constant", settings.one_of, schedules.SCHEDULES)
    warm_up: float = setting(0.0, settings.in_unit_interval)

    def __call__(self, progress):
        schedule = schedules.find(self.shape)
        if self.warm_up:
            schedule = schedules.warmed_up(schedule, self.warm_up)
        return schedule(progress)


@dataclass(frozen=True)
class Steps(Part, kind="steps"):
    """How long the game is, and what a round is made of.

    rounds              of the game
    of_discriminator    steps of D before each step of G
    clip                D's parameters stay in [-clip, clip]; 0: no limit
    unroll              learning rate of the step of D that G looks ahead; 0: G does not look ahead
    """

    rounds: int = setting(10_000, settings.positive_integer)
    of_discriminator: int = setting(1, settings.positive_integer)
    clip: float = setting(0.0, settings.not_negative)
    unroll: float = setting(0.0, settings.not_negative)
