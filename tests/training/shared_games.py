"""One small game for each thing that a shared batch has to get right, float64."""

from dataclasses import dataclass, field

import numpy as np

from gan_scratch.datasets import Dataset
from gan_scratch.recipes import RECIPES, find
from gan_scratch.training import play

BATCH = 12
PLAYERS = {
    "mlp": {"latent": 6, "hidden": (8, 8)}, "dcgan": {"latent": 6, "width": 4, "dense": 8}
}  # fmt: skip


@dataclass
class Shared:
    """How to make a game, and how it is trained."""

    make: object
    shape: tuple = (12, 12, 1)
    settings: dict = field(default_factory=dict)

    def dataset(self):
        rng = np.random.default_rng(5)
        return Dataset(
            "noise", images=rng.random((50, *self.shape)), value_range=(0, 1),
            labels=rng.integers(3, size=50), class_names=("a", "b", "c"),
        )

    def played(self, steps, workers, game=None, batches=None):
        """The game after so many steps."""
        game = game or self.make()
        play(
            game, self.dataset(), steps=steps, batch_size=BATCH, workers=workers, batches=batches,
            **self.settings,
        )
        return game


def small(name, shape=(12, 12, 1), **changes):
    recipe = find(name)
    recipe = recipe.but(
        data={"batch_size": BATCH}, steps={"rounds": 100}, players=PLAYERS[recipe.players.kind]
    ).but(**changes)

    def make():
        classes = 3 if recipe.players.conditional else None
        game = recipe.game(shape, classes, seed=3, dtype="float64")
        # Where batch norm takes a shift away again its gradient is rounding alone, and Adam would
        # make a whole step of that, in a direction of its own for every number of shares.
        game.generator_optimizer.eps = game.discriminator_optimizer.eps = 1e-3
        return game

    return Shared(make, shape, {"discriminator_steps": recipe.steps.of_discriminator})


DCGAN = "dcgan-digits"
GAMES = {
    **{name: small(name) for name in RECIPES},
    "packs": small("mlp-digits", front={"pack": 2}),
    "minibatch deviation": small(
        DCGAN, players={"minibatch_deviation": True}, penalties={"r1": 0.0},
    ),
    "spectral norm": small("hinge-digits", players={"discriminator_normalization": "spectral"}),
    "batch norm in D": small(
        DCGAN, players={"discriminator_normalization": "batch"}, penalties={"r1": 0.0},
    ),
    "augmentation": small(
        DCGAN, front={"augment": ("brightness", "contrast", "translation", "cutout")},
    ),
    "instance noise": small("mlp-digits", front={"instance_noise": 0.3}),
    "unrolling": small("mlp-digits", penalties={"r1": 0.0}, steps={"unroll": 0.1}),
    "unrolling, relativistic, batch norm": small(
        DCGAN, objective="relativistic", penalties={"r1": 0.0}, steps={"unroll": 0.1},
        players={"discriminator_normalization": "batch"},
    ),
    "clipping, two steps for D": small(
        "mlp-digits", objective="wasserstein", penalties={"r1": 0.0},
        steps={"clip": 0.05, "of_discriminator": 2},
    ),
    "penalty every third step, two steps for D": small(
        "r3gan-digits", penalties={"every": 3}, steps={"of_discriminator": 2},
    ),
}
GAMES["shared fakes"] = Shared(GAMES[DCGAN].make, settings={"share_fakes": True})
GAMES["joined batches"] = Shared(
    small("mlp-digits", penalties={"r1": 0.0}).make,
    settings={"join_batches": True, "share_fakes": True},
)


def distance(game, other):
    """|state - other's| through |state|, over every array of both games: weights, moments,
    running statistics, the average."""
    pairs = list(zip(arrays_of(game.state()), arrays_of(other.state()), strict=True))
    off = sum(((a - b) ** 2).sum() for a, b in pairs)
    return float(np.sqrt(off / sum((a**2).sum() for a, _ in pairs)))


def arrays_of(state):
    if isinstance(state, dict):
        return [array for key in sorted(state) for array in arrays_of(state[key])]
    return [state] if isinstance(state, np.ndarray) else []
