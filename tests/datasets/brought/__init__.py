"""What people bring as data, each case made by a few lines and with what should come of it.

A case is a function of an empty folder and a generator of random numbers. It writes files there and
returns (path, outcome), or (path, outcome, another...) where more than one outcome is right. They
were written from the specification, by somebody who had not read the code that they test; a case
that is `open` asks about something that the specification leaves open, and says what.
"""

import inspect
from dataclasses import dataclass, field

ANY = ...  # not compared


@dataclass(frozen=True)
class Loaded:
    """Samples are read: which, with what labels, and what the summary says about the rest."""

    pictures: list | None = None  # (H, W) or (H, W, 3) each, in order; nan: not compared
    labels: object = None         # names of classes, or integers; None: there are none
    classes: object = None        # in order; None: those in `labels`, sorted
    held_out: object = None       # bools, or their number; None: a tenth
    count: object = None          # of samples, or (least, most); `pictures` are the first of them
    shape: tuple | None = None    # (H, W, C)
    tolerance: float = 0
    says: tuple = ()              # in the summary, in lower case; a tuple is one or the other
    any_order: bool = False
    seen: int | None = None       # files that the summary counts


@dataclass(frozen=True)
class Refused:
    """One sentence, in which each of `says` stands (a tuple: one or the other)."""

    says: tuple = ()


@dataclass(frozen=True)
class Case:
    make: object
    reading: dict
    open: str = ""          # what the specification leaves open: a failure is a question
    measured: bool = False  # in a process of its own, whose memory and time are limited
    other_user: bool = False  # read by somebody who is not root
    needs: tuple = ()       # "links", "pipes", "byte names", or formats of Pillow by suffix
    name: str = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "name", self.make.__name__)


def register(cases, **usual):
    """A decorator that adds functions to `cases`; `usual` are the settings not named there."""

    def case(make=None, **settings):
        if make is None:
            return lambda make: case(make, **settings)
        assert not inspect.isclass(make) and make.__name__ not in [known.name for known in cases]
        cases.append(Case(make, **(usual | settings)))
        return make

    return case
