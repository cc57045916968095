"""One small game for each thing that a shared batch has to get right, float64."""

from dataclasses import dataclass, field

import numpy as np

from gan_scratch.datasets import Dataset
from gan_scratch.recipes import RECIPES, find
from gan_scratch.training import play

BATCH = 12
SMALL = {"batch_size": BATCH, "width": 4, "dense": 8, "latent": 6, "hidden": (8, 8), "steps": 100}


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
    recipe = find(name).but(**{**SMALL, **changes})

    def make():
        game = recipe.game(shape, 3 if recipe.conditional else None, seed=3, dtype="float64")
        # Where batch norm takes a shift away again its gradient is rounding alone, and Adam would
        # make a whole step of that, in a direction of its own for every number of shares.
        game.generator_optimizer.eps = game.discriminator_optimizer.eps = 1e-3
        return game

    return Shared(make, shape, {"discriminator_steps": recipe.discriminator_steps})


DCGAN = "dcgan-digits"
GAMES = {
    **{name: small(name) for name in RECIPES},
    "packs": small("mlp-digits", pack=2),
    "minibatch deviation": small(DCGAN, minibatch_deviation=True, r1=0.0),
    "spectral norm": small("hinge-digits", discriminator_normalization="spectral"),
    "batch norm in D": small(DCGAN, discriminator_normalization="batch", r1=0.0),
    "augmentation": small(DCGAN, augment=("brightness", "contrast", "translation", "cutout")),
    "instance noise": small("mlp-digits", instance_noise=0.3),
    "unrolling": small("mlp-digits", r1=0.0, unroll=0.1),
    "unrolling, relativistic, batch norm": small(
        DCGAN, objective="relativistic", r1=0.0, unroll=0.1, discriminator_normalization="batch"
    ),
    "clipping, two steps for D": small(
        "mlp-digits", objective="wasserstein", r1=0.0, clip=0.05, discriminator_steps=2
    ),
    "penalty every third step, two steps for D": small(
        "r3gan-digits", penalty_every=3, discriminator_steps=2
    ),
}
GAMES["shared fakes"] = Shared(GAMES[DCGAN].make, settings={"share_fakes": True})
GAMES["joined batches"] = Shared(
    small("mlp-digits", r1=0.0).make, settings={"join_batches": True, "share_fakes": True}
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
