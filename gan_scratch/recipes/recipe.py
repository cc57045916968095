"""A recipe: one experiment as plain data, made of parts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_scratch import losses, settings
from gan_scratch.backend import get_backend
from gan_scratch.game import Game
from gan_scratch.models import mlp
from gan_scratch.part import KINDS, Part, part_with, setting
from gan_scratch.recipes.parts import Adams, Data, Front, NoTerms, Penalties, Schedule, Steps

OBJECTIVES = {
    "minimax": losses.Minimax, "non-saturating": losses.NonSaturating,
    "least-squares": losses.LeastSquares, "hinge": losses.Hinge,
    "wasserstein": losses.Wasserstein, "relativistic": losses.Relativistic,
}


def known_objective(recipe, name, value):
    """A key of OBJECTIVES, or a part whose made() gives a loss of one's own."""
    if isinstance(value, str) and value in KINDS:
        value = KINDS[value]()
    if isinstance(value, Part):
        return part_with(recipe, name, value, "made")
    return settings.one_of(None, name, value, OBJECTIVES)


@dataclass(frozen=True)
class Recipe(Part, kind="recipe"):
    """Everything that decides an experiment, apart from the seed, the dtype and the machine.

    Each part is a setting, and may be a part of one's own that has the same methods:

    data          what the players see                      Data
    players       a generator and a discriminator           models.mlp.Players, models.dcgan.Players
    objective     what they play for                        a key of OBJECTIVES
    penalties     what else D's loss has                    Penalties
    terms         what else both losses have                NoTerms
    front         what happens to all that D sees           Front
    optimizers    how the players move                      Adams
    schedule      how their learning rates change           Schedule
    steps         rounds, and what a round is made of       Steps
    """

    name: str
    summary: str
    data: Part = setting(Data(), part_with, "name", "batch_size", "own", "load")
    players: Part = setting(
        mlp.Players(), part_with, "generator", "discriminator", "latent", "conditional",
        "expect_samples",
    )  # fmt: skip
    objective: str | Part = setting("non-saturating", known_objective)
    penalties: Part = setting(Penalties(), part_with, "made", "fades")
    terms: Part = setting(NoTerms(), part_with, "made")
    front: Part = setting(Front(), part_with, "before", "seen", "expect_batch", "fades")
    optimizers: Part = setting(Adams(), part_with, "of_generator", "of_discriminator", "averaged")
    schedule: Part = setting(Schedule(), part_with, "__call__")
    steps: Part = setting(Steps(), part_with, "rounds", "of_discriminator", "clip", "unroll")

    def check(self):
        for name in ("name", "summary"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"recipe: {name} must be a text, got {getattr(self, name)!r}")
        plain = Path(self.name).name == self.name and not self.name.startswith(".")
        if not self.name or not plain or self.name.endswith(".json"):
            raise ValueError(f"recipe: name must be one that a folder can have, got {self.name!r}")
        self.front.expect_batch(self.data.batch_size, self.players.conditional)

    def training(self):
        """How long and in which rounds the game is played: settings of `training.train`."""
        return {
            "steps": self.steps.rounds, "batch_size": self.data.batch_size,
            "discriminator_steps": self.steps.of_discriminator, "schedule": self.schedule,
        }

    def game(self, sample_shape, classes=None, *, seed, backend="numpy", dtype="float32"):
        """The game, ready for its first round. Weights and noise come from `seed` alone.

        `classes` is the number of classes that the players of a conditional recipe are told.
        """
        if self.players.conditional and not classes:
            raise ValueError(f"{self.name} is told classes, and the data has no labels")
        weights_rng, game_rng, terms_rng = np.random.default_rng(seed).spawn(3)
        told = classes if self.players.conditional else None
        generator = self.players.generator(sample_shape, weights_rng, told)
        judge = self.players.discriminator(self.front.seen(sample_shape), weights_rng, told)
        players, backend = (generator, self.front.before(judge, weights_rng)), get_backend(backend)
        generator, discriminator = (player.astype(dtype).to(backend) for player in players)
        objective = self.objective
        return Game(
            generator, discriminator,
            objective.made() if isinstance(objective, Part) else OBJECTIVES[objective](),
            self.optimizers.of_generator(generator),
            self.optimizers.of_discriminator(discriminator),
            penalties=self.penalties.made(), rng=game_rng, latent=self.players.latent,
            terms=self.terms.made(generator, discriminator, terms_rng),
            average=self.optimizers.averaged(generator),
            clip=self.steps.clip, unroll=self.steps.unroll,
        )
