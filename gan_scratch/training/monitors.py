"""What one watches while the players play: how sure D is, the game's value, gradient norms.

At the equilibrium of Goodfellow et al. (2014) D says 1/2 to everything and V = -log 4.

For the doctor (doctor/) some rows say where the fakes are and how steep D is. Every value depends
on the present state alone, so a resumed run writes the same rows.
"""

import csv
import math
import time
from pathlib import Path

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.batch import Batch, made_by, samples_of
from gan_scratch.files import whole_file
from gan_scratch.layers.heads import head
from gan_scratch.layers.layer import frozen
from gan_scratch.training.loop import StepDone

EQUILIBRIUM_VALUE = -math.log(4)

COLUMNS = (
    "step", "epoch", "seconds", "discriminator_loss", "generator_loss", "probability_real",
    "probability_fake", "value", "discriminator_gradient_norm", "generator_gradient_norm",
    "learning_rate",
)  # fmt: skip
SIGNS = "spread", "place_one", "place_two", "slope"
SIGNS_EVERY = 20  # steps or more, so that they cost less than 2 % of the training


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


def signs(game, real, noise):
    """Where the fakes are and how steep D is, on one batch; nobody moves and no buffer changes.

    spread                  √(variance of fakes / variance of real samples), each summed over all
                            numbers of a sample
    place_one, place_two    mean of the fakes along two fixed directions, from the mean of the real
                            samples and in their standard deviations: 0 for perfect fakes, ± 1/√N
    slope                   √ mean |∇ₓD|² at real samples, times √ of their variance: how much D's
                            score changes across the data
    """
    real, fake = Batch.of(real), made_by(game.generator, noise)
    flat = [samples_of(batch.values).reshape(len(batch), -1) for batch in (real, fake)]
    axes = np.random.default_rng(0).standard_normal((flat[0].shape[1], 2))
    axes = backend_of(flat[0]).asarray(axes, dtype=flat[0].dtype)
    variance_real, variance_fake = (float(x.var(axis=0).sum()) for x in flat)
    on_axes, fake_on_axes = (x @ axes for x in flat)
    place = (fake_on_axes.mean(axis=0) - on_axes.mean(axis=0)) / on_axes.std(axis=0)
    with frozen(game.discriminator):
        y, cache = game.discriminator.forward(real.given_to(game.discriminator), training=False)
        ones = np.ones_like(head(y, "score"))
        dx = game.discriminator.backward({"score": ones} if isinstance(y, dict) else ones, cache)
    slope = float((samples_of(dx) ** 2).sum()) / len(real)
    return {
        "spread": math.sqrt(variance_fake / (variance_real or math.nan)),
        "place_one": float(place[0]), "place_two": float(place[1]),
        "slope": math.sqrt(slope * variance_real),
    }


class Monitor:
    """Turns every `every`-th step into a row of values, keyed by COLUMNS; a row that comes at least
    SIGNS_EVERY steps after the last one that had them has the SIGNS too.

    `seconds` counts from the monitor's making, plus `seconds_before` of an earlier part of the run.
    """

    def __init__(self, every=50, seconds_before=0.0):
        self.every = every
        self.signs_every = every * math.ceil(SIGNS_EVERY / every)
        self.started = time.perf_counter() - seconds_before

    def row(self, event):
        """The row of a StepDone whose step is due, else None."""
        if not isinstance(event, StepDone) or event.step % self.every:
            return None
        game, has_signs = event.game, event.step % self.signs_every == 0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a norm may overflow
            return {
                "step": event.step, "epoch": event.epoch,
                "seconds": round(time.perf_counter() - self.started, 3),
                "discriminator_loss": float(event.discriminator_loss),
                "generator_loss": float(event.generator_loss),
                **measure(game, event.real, event.noise),
                "discriminator_gradient_norm": float(game.discriminator_optimizer.gradient_norm()),
                "generator_gradient_norm": float(game.generator_optimizer.gradient_norm()),
                "learning_rate": game.generator_optimizer.learning_rate,
                **(signs(game, event.real, event.noise) if has_signs else {}),
            }


class ValuesFile:
    """Rows as a CSV file that grows. A run that goes on first drops what it will write again."""

    def __init__(self, path, after_step=0):
        self.path = Path(path)
        rows = [row for row in self.rows() if int(row["step"]) <= after_step]
        self.seconds = float(rows[-1]["seconds"]) if rows else 0.0
        with whole_file(self.path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, (*COLUMNS, *SIGNS))
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
            csv.DictWriter(file, (*COLUMNS, *SIGNS)).writerow(row)
