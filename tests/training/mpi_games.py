"""Games for the tests of MPI, and what mpiexec runs there: each game, played by two processes.

    mpiexec -n 2 python mpi_games.py FILE       writes {name: {step: state}}
    mpiexec -n 2 python mpi_games.py FAILURE    one that fails: a key of FAILURES
"""

import pickle
import sys
from pathlib import Path

import numpy as np

from gan_scratch.cli import complain
from gan_scratch.cli.launchers import place
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game
from gan_scratch.layers import Dense, Dropout, Flatten, Layer, LeakyReLU, Reshape, Sequential
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import Adam
from gan_scratch.recipes import RECIPES
from gan_scratch.share import share
from gan_scratch.training import StepDone, mpi, train

PLAYERS = {
    "mlp": {"latent": 4, "hidden": (8, 8)}, "dcgan": {"latent": 4, "width": 2, "dense": 8}
}  # fmt: skip
SMALL = {
    name: recipe.but(data={"batch_size": 8}, players=PLAYERS[recipe.players.kind])
    for name, recipe in RECIPES.items() if name != "dcgan-fashion"  # dcgan-digits on other data
}
MLP, DCGAN = SMALL["mlp-digits"], SMALL["dcgan-digits"]
GAMES = {
    **SMALL,
    "two steps of D": MLP.but(steps={"of_discriminator": 2}),
    "packs": MLP.but(front={"pack": 2}, penalties={"r1": 0.0, "gradient": 1.0}),
    "minibatch deviation": DCGAN.but(
        players={"minibatch_deviation": True}, penalties={"r1": 0.0},
    ),
    "spectral": DCGAN.but(players={"discriminator_normalization": "spectral"}),
    "augmented": DCGAN.but(
        front={"augment": ("brightness", "translation"), "instance_noise": 0.1},
    ),
    "unrolled": MLP.but(steps={"unroll": 0.1}),
    "clipped": MLP.but(objective="wasserstein", penalties={"r1": 0.0}, steps={"clip": 0.05}),
    "an odd batch": DCGAN.but(data={"batch_size": 9}),
}
LONG = "dcgan-digits"  # the one that is played for 50 steps


def images():
    rng = np.random.default_rng(99)
    return Dataset(
        "tiny", images=rng.random((43, 8, 8, 1)), labels=rng.integers(3, size=43),
        value_range=(0, 1),
    )


def game_of(recipe):
    return recipe.game((8, 8, 1), 3, seed=0, dtype="float64")


def played(game, recipe, steps, **settings):
    """{step: state} of the first step, the second, and the last."""
    states = {}
    for event in train(
        game, images(), steps=steps, batch_size=recipe.data.batch_size, schedule=recipe.schedule,
        discriminator_steps=recipe.steps.of_discriminator, **settings,
    ):
        if isinstance(event, StepDone) and event.step in (1, 2, steps):
            losses = event.discriminator_loss, event.generator_loss
            states[event.step] = {**game.state(), "losses": np.array(losses, float)}
    return states


def steps_of(name):
    return 50 if name == LONG else 2


def changed_between_rounds(**settings):
    """The states of a game in which everything is changed that a user may change between two."""
    recipe, states = DCGAN, []
    game = game_of(recipe)
    other = recipe.game((8, 8, 1), 3, seed=1, dtype="float64").state()
    for event in train(game, images(), steps=6, batch_size=8, **settings):
        if isinstance(event, StepDone):
            states.append(game.state())
            if event.step == 1:
                next(iter(game.generator.parameters().values())).value[...] *= 1.5
                game.discriminator_optimizer.first_moment[...] += 0.1
            if event.step == 2:
                game.generator_optimizer.initial_learning_rate *= 0.5
                game.penalties[0].gamma = 1.0
            if event.step == 3:
                next(iter(game.average.model.parameters().values())).value[...] = 0.5
                next(iter(game.generator.buffers().values())).value[...] = 0.25
            if event.step == 4:
                game.load_state({**other, "step": game.step})
    return states


def dense_game(*layers):
    """Two dense players with these layers inside the generator."""
    rngs = np.random.default_rng(0).spawn(3)
    generator = Sequential(
        Dense(4, 8, rng=rngs[0]), *layers, LeakyReLU(), Dense(8, 64, rng=rngs[0]),
        Reshape((8, 8, 1)),
    ).astype("float64")
    discriminator = Sequential(
        Flatten(), Dense(64, 8, rng=rngs[1]), Dropout(0.3, rng=rngs[1].spawn(1)[0]), LeakyReLU(),
        Dense(8, 1, rng=rngs[1]),
    ).astype("float64")
    return Game(
        generator, discriminator, NonSaturating(),
        Adam(generator.parameters(), 1e-3), Adam(discriminator.parameters(), 1e-3), rng=rngs[2],
        latent=4,
    )


def dropout(**settings):
    return played(dense_game(Dropout(0.2, rng=np.random.default_rng(7))), MLP, 2, **settings)


class Fails(Layer):
    """Passes its input through; in the fifth pass of the share `index` it gives `value`, or raises.
    """

    shareable = True

    def __init__(self, index, value=None):
        self.index, self.value, self.calls = index, value, 0

    def forward(self, x, training=True):
        self.calls += 1
        if self.calls < 5 or share().index != self.index:
            return x, None
        if self.value is None:
            raise ValueError(f"share {self.index} of the batch has had enough")
        return np.full_like(x, self.value), None

    def backward(self, dy, cache, need_dx=True):
        return dy


FAILURES = {
    "raises in 0": Fails(0), "raises in 1": Fails(1), "not finite in 1": Fails(1, np.nan),
}  # fmt: skip


def main(what):
    try:
        if what in FAILURES:
            played(dense_game(FAILURES[what]), MLP, 5)
        found = {
            name: played(game_of(recipe), recipe, steps_of(name)) for name, recipe in GAMES.items()
        }
        found = {**found, "dropout": dropout(), "changed": changed_between_rounds()}
        Path(what).write_bytes(pickle.dumps(found))
        return 0
    except (ValueError, FloatingPointError) as error:
        return complain(error, 2)


if __name__ == "__main__":
    sys.exit(mpi.together(lambda: main(sys.argv[1]), complain, *place()))
