"""How a strength changes in training: progress in [0, 1) -> a factor of the first value.

Learning rates, penalties and instance noise all take such functions. Those that are made of others
are objects, not closures, so that a game that follows them can be copied and pickled.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from gan_scratch import settings


def constant(progress):
    """1 all the way."""
    return 1.0


def linear(progress):
    """1 - progress: of K steps the last has the factor 1/K."""
    return 1.0 - progress


def cosine(progress):
    """(1 + cos(π progress)) / 2: slow at both ends (Loshchilov and Hutter 2017, equation 5)."""
    return (1.0 + math.cos(math.pi * progress)) / 2


SCHEDULES = {"constant": constant, "linear": linear, "cosine": cosine}


def find(name):
    """The schedule called `name`; ValueError with all names where there is none."""
    return SCHEDULES[settings.one_of(None, "schedule", name, SCHEDULES)]


def warmed_up(schedule, share):
    """The schedule, after a straight rise from 0 that takes this share of the training.

    At a share w the factor is progress / w before w, and schedule((progress - w) / (1 - w)) from
    there on. The very first step has the factor 0.
    """
    return WarmedUp(schedule, settings.in_unit_interval(None, "the share of a warm-up", share))


@dataclass(frozen=True)
class WarmedUp:
    schedule: Callable
    share: float

    def __call__(self, progress):
        if progress < self.share:
            return progress / self.share
        return self.schedule((progress - self.share) / (1 - self.share))


def down_to(floor, schedule):
    """From 1 to `floor` instead of 0: floor + (1 - floor) schedule(progress)."""
    return DownTo(settings.not_negative(None, "the floor of a schedule", floor), schedule)


@dataclass(frozen=True)
class DownTo:
    floor: float
    schedule: Callable

    def __call__(self, progress):
        return self.floor + (1 - self.floor) * self.schedule(progress)
