"""How a mistake of the zoo is written down."""

from dataclasses import dataclass

import numpy as np

MISTAKES = {}  # name -> Mistake, of all files that were imported
# Files that were written after the diagnosis:
LATE = ("second", "third", "homework", "classroom", "exam", "seminar")


@dataclass
class Mistake:
    """A wrong layer or function, where to check it, and what is wrong with it.

    name        of the class or function
    made        rng -> what is checked
    x           shape of the input, or rng -> the input itself
    cause       the word that names the mistake; several, "a | b", where each is as true
    about       a piece of text that the named cause must also contain, such as "batch"
    kind        "layer", "loss", "penalty", or "D" or "G" for a step
    late        the file, where it was written after the diagnosis; else ""
    """

    name: str
    made: object
    x: object
    cause: str
    about: str = ""
    kind: str = "layer"
    late: str = ""

    def input(self, rng):
        return self.x(rng) if callable(self.x) else rng.standard_normal(self.x)


def mistake(cause, about="", *, x=None, kind="layer"):
    """Register the class or function below. A class is made from a generator."""

    def register(wrong):
        name = wrong.__name__
        assert name not in MISTAKES, name
        made = wrong if kind == "layer" else wrong_itself(wrong)
        file = wrong.__module__.rpartition(".")[2]
        late = file if file in LATE else ""
        MISTAKES[name] = Mistake(name, made, x, cause, about, kind, late)
        return wrong

    return register


def wrong_itself(wrong):
    return (lambda rng: wrong()) if isinstance(wrong, type) else (lambda rng: wrong)


def halves(seed=2026):
    """(names to tune on, names to judge by): the mistakes that were written first, cut in two."""
    names = sorted(name for name, mistake in MISTAKES.items() if not mistake.late)
    order = np.random.default_rng(seed).permutation(len(names))
    cut = len(names) // 2
    return [names[i] for i in order[:cut]], [names[i] for i in order[cut:]]
