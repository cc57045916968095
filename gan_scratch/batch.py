"""A batch: samples or noise, and the condition that each of them comes with.

A condition is whatever a sample is made under: a label, an image, a mask, a sequence. A player that
says `takes_condition` is given the pair (values, condition), any other the values alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.layers.heads import head


@dataclass(frozen=True, eq=False)
class Batch:
    """N samples or the noise of N samples, with their conditions.

    values      (N, ...): samples, or noise; None where the generator is given the condition alone
    condition   (N, ...): labels, images, masks, sequences; or None

    An array stands for a batch without conditions, and a pair for (values, condition), wherever a
    batch is asked for.
    """

    values: Any
    condition: Any = None

    @classmethod
    def of(cls, x):
        """The batch that x is, or stands for."""
        if isinstance(x, Batch):
            return x
        return cls(*x) if isinstance(x, tuple) else cls(x)

    def __len__(self):
        return len(self.condition if self.values is None else self.values)

    def mapped(self, function):
        """The batch of what the function makes of values and condition, each where there is one."""
        return Batch(*(
            None if part is None else function(part) for part in (self.values, self.condition)
        ))

    def given_to(self, player, role="player"):
        """What the player is given: the pair if it takes a condition, else the values."""
        if self.values is None:
            return self.condition
        if not getattr(player, "takes_condition", False):
            return self.values
        if self.condition is None:
            raise ValueError(
                f"the {role}, {type(player).__name__}, takes a condition beside each sample, and "
                "this batch has none: train on a Dataset with a condition (or labels), or hand in "
                "Batch(values, condition)"
            )
        return self.values, self.condition


def as_weights(batch, weight):
    """A batch in the dtype and on the backend of a weight; whole numbers, such as labels, keep
    their dtype."""
    backend = backend_of(weight)

    def converted(array):
        array = array if hasattr(array, "dtype") else np.asarray(array)
        whole = array.dtype.kind in "iub"
        return backend.asarray(array, dtype=None if whole else weight.dtype)

    return Batch.of(batch).mapped(converted)


def standard_normal(shape, rng, like):
    """Standard normal numbers drawn on the host, on the backend of `like`; float32 as `like` is,
    else float64."""
    dtype = "float32" if like.dtype == "float32" else "float64"
    return backend_of(like).asarray(rng.standard_normal(shape, dtype=dtype))


def made_by(generator, noise, training=False):
    """The batch of samples that a generator makes of noise, each under the noise's condition."""
    noise = Batch.of(noise)
    made = generator(noise.given_to(generator, "generator"), training=training)
    return Batch(head(made, "samples"), noise.condition)


def samples_of(x):
    """The samples of a pair (samples, condition), or of the derivative by one."""
    return x[0] if isinstance(x, tuple) else x


def expect_one_condition(game, real, noise, *goals):
    """Raise where a fake of another condition stands beside a real sample in a game whose loss,
    penalty or term compares sample i with fake i. (On a device that look would make the host wait.)
    """
    compared = game.conditional and any(
        getattr(goal, "pairs", False) or getattr(goal, "needs_real", False) for goal in goals
    )
    conditions = [None if x is None else Batch.of(x).condition for x in (real, noise)]
    if compared and isinstance(conditions[0], np.ndarray) and not np.array_equal(*conditions):
        raise ValueError(
            "this game compares each real sample with a fake, so both must have the same condition "
            "(class): make the noise with game.noise(count, condition=real.condition)"
        )
