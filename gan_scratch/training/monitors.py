"""What one watches while the players play: how sure D is, the game's value, gradient norms.

At the equilibrium of Goodfellow et al. (2014) D says 1/2 to everything and V = -log 4.
"""

import csv
import math
import time
from pathlib import Path

import numpy as np

from gan_scratch.batch import Batch, made_by
from gan_scratch.files import whole_file
from gan_scratch.layers.heads import head
from gan_scratch.training.loop import StepDone

EQUILIBRIUM_VALUE = -math.log(4)

COLUMNS = (
    "step", "epoch", "seconds", "discriminator_loss", "generator_loss", "probability_real",
    "probability_fake", "value", "discriminator_gradient_norm", "generator_gradient_norm",
    "learning_rate",
)  # fmt: skip


def measure(game, real, noise):
    """D's mean probability on real and on fake, and V(D, G), on one batch.

    Both players are asked as in inference, so that looking changes nothing: no buffer, no random
    draw, no gradient.
    """
    real_score, fake_score = (
        head(game.discriminator(batch.given_to(game.discriminator)), "score")
        for batch in (Batch.of(real), made_by(game.generator, noise))
    )
    return {
        "probability_real": float(game.objective.probability(real_score).mean()),
        "probability_fake": float(game.objective.probability(fake_score).mean()),
        "value": float(game.objective.value(real_score, fake_score)),
    }


class Monitor:
    """Turns every `every`-th step into a row of values, keyed by COLUMNS.

    `seconds` counts from the monitor's making, plus `seconds_before` of an earlier part of the run.
    """

    def __init__(self, every=50, seconds_before=0.0):
        self.every = every
        self.started = time.perf_counter() - seconds_before

    def row(self, event):
        """The row of a StepDone whose step is due, else None."""
        if not isinstance(event, StepDone) or event.step % self.every:
            return None
        game = event.game
        with np.errstate(over="ignore", invalid="ignore"):  # a norm may overflow, and says so
            return {
                "step": event.step, "epoch": event.epoch,
                "seconds": round(time.perf_counter() - self.started, 3),
                "discriminator_loss": float(event.discriminator_loss),
                "generator_loss": float(event.generator_loss),
                **measure(game, event.real, event.noise),
                "discriminator_gradient_norm": float(game.discriminator_optimizer.gradient_norm()),
                "generator_gradient_norm": float(game.generator_optimizer.gradient_norm()),
                "learning_rate": game.generator_optimizer.learning_rate,
            }


class ValuesFile:
    """Rows as a CSV file that grows. A run that goes on first drops what it will write again."""

    def __init__(self, path, after_step=0):
        self.path = Path(path)
        rows = [row for row in self.rows() if int(row["step"]) <= after_step]
        self.seconds = float(rows[-1]["seconds"]) if rows else 0.0
        with whole_file(self.path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)

    def rows(self):
        """The rows in the file, but for one that was cut short."""
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8", errors="replace")
        whole = text[: text.rfind("\n") + 1].splitlines()
        return [row for row in csv.DictReader(whole) if all(row.get(name) for name in COLUMNS)]

    def append(self, row):
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, COLUMNS).writerow(row)
