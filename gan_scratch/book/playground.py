"""A game on points in the plane, to be played step by step: what GAN Lab is in a browser.

    Playground("ring").play(100).picture()      without widgets: a picture, or a film of them
    Playground("ring").widgets()                in a notebook: the same with buttons and sliders

D is a heat map, from what it takes for fake to what it takes for real; each fake has an arrow that
shows where G's gradient draws it.
"""

import numpy as np

from gan_scratch import datasets, losses
from gan_scratch.batch import samples_of
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import Pack, Sequential, frozen
from gan_scratch.metrics.modes import coverage
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam
from gan_scratch.penalties import R1
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, new_figure
from gan_scratch.plots.landscape import landscape

OBJECTIVES = {
    "minimax": losses.Minimax, "non-saturating": losses.NonSaturating,
    "least squares": losses.LeastSquares, "hinge": losses.Hinge, "Wasserstein": losses.Wasserstein,
    "relativistic": losses.Relativistic,
}  # fmt: skip
DIFFERENCES = losses.Wasserstein, losses.Relativistic
BATCH = 128
FAKES_SHOWN, ARROWS_SHOWN = 400, 60


class Playground:
    """One game and what there is to see of it.

    data            a Dataset of points, or the name of one
    objective       a name of OBJECTIVES, or an Objective (then there are no widgets)
    rate_g, rate_d  learning rates of the two players
    r1              weight of the penalty on D's slope at real points
    steps_d         how many steps D takes in each round; G takes one
    pack            how many samples D judges together (then D is no map, and none is drawn)
    beta1           of both Adams
    """

    def __init__(
        self, data="ring", *, objective="non-saturating", rate_g=2e-3, rate_d=2e-3, r1=0.0,
        steps_d=1, pack=1, beta1=0.5, hidden=(64, 64), seed=0,
    ):
        self.fixed = {"data": data, "pack": pack, "beta1": beta1, "hidden": hidden}
        self.seed, self.steps_d, self.pack = seed, steps_d, pack
        rng = np.random.default_rng(seed)
        self.data = datasets.load(data, rng=rng) if isinstance(data, str) else data
        self.reach = 1.6 * float(np.abs(self.data.points).max())
        self.watched = np.random.default_rng(seed + 1).standard_normal((FAKES_SHOWN, 2), "float32")
        generator = mlp.generator((2,), 2, hidden, "linear", rng=rng, spread=True)
        judge = mlp.discriminator((2 * pack,), hidden, rng=rng, spread=True)
        self.game = Game(
            generator, judge if pack == 1 else Sequential(Pack(pack), judge),
            objective if isinstance(objective, losses.Objective) else OBJECTIVES[objective](),
            Adam(generator.parameters(), rate_g, beta1, 0.9),
            Adam(judge.parameters(), rate_d, beta1, 0.9), [R1(r1)] if r1 else (), rng=rng, latent=2,
        )  # fmt: skip
        self.batches = self.data.batches(BATCH, rng)
        self.history = []  # (step, modes, share of high quality) where they were counted

    @property
    def step(self):
        return self.game.step

    def play(self, rounds, until=None):
        """Play some rounds. The rates fall to zero over `until` rounds in all, if that is given."""
        game = self.game
        for _ in range(rounds):
            if until:
                for optimizer in (game.generator_optimizer, game.discriminator_optimizer):
                    factor = max(1 - game.step / until, 0)
                    optimizer.learning_rate = optimizer.initial_learning_rate * factor or 1e-12
            for _ in range(self.steps_d):
                real = next(self.batches)
                discriminator_step(game, real, game.noise(BATCH))
            generator_step(game, game.noise(BATCH), real)
            game.step += 1
        return self

    def count(self):
        """The coverage of 2,500 samples, written into the history."""
        noise = self.game.noise(2500, np.random.default_rng(7))
        covered = coverage(self.game.generator(noise), self.data.mixture)
        self.history.append((self.step, covered.modes, covered.high_quality))
        return covered

    def pull(self, noise):
        """(fakes, -∂L_G/∂fakes): where each fake is drawn to. Nobody moves."""
        game = self.game
        with frozen(game.generator), frozen(game.discriminator):
            fakes = game.generator(noise, training=True)
            scores, cache = game.discriminator.forward(fakes)
            real = None
            if game.objective.needs_real:
                points = self.data.points[: len(fakes)]
                real = game.discriminator(points, training=True)
            _, d_scores = game.objective.generator(scores, real)
            return fakes, -samples_of(game.discriminator.backward(d_scores, cache))

    def level(self, real, fakes):
        """The score that stands for "undecided": 0, of least squares ½, or half way between the two
        means where the objective sees differences of scores alone, as the hinge does as long as no
        score has come to a margin."""
        if isinstance(self.game.objective, losses.LeastSquares):
            return 0.5
        scores = [self.game.discriminator(x) for x in (real, fakes)]
        objective = self.game.objective
        inside = isinstance(objective, losses.Hinge) and max(abs(s).max() for s in scores) < 1
        if not inside and not isinstance(objective, DIFFERENCES):
            return 0.0
        return float(np.mean([score.mean() for score in scores]))

    def draw(self, axes, title=None):
        """D, the data, the fakes and their arrows on matplotlib's `axes`."""
        real = self.data.points[:FAKES_SHOWN]
        fakes = self.game.generator(self.watched)
        reach = self.reach
        if self.pack == 1:
            some, pull = self.pull(self.watched[:ARROWS_SHOWN])
            level, judge = self.level(real, fakes), self.game.discriminator
            landscape(axes, judge, reach=reach, level=level, real=real, fake=some, pull=pull)
        else:
            axes.scatter(*real.T, s=5, color=style.REAL, linewidths=0, alpha=0.6)
            axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.scatter(*fakes.T, s=5, color=style.GENERATOR, linewidths=0, alpha=0.7)
        axes.set(title=title or f"step {self.step:,}", xticks=[], yticks=[])

    def picture(self, title=None, size=3.2, dpi=90):
        """What there is to see now, as a Pillow image."""
        with style.look({"axes.titlepad": 5, "axes.titlesize": 9}):
            figure, (axes,) = new_figure(size=(size, size + 0.2), dpi=dpi)
            self.draw(axes, title)
            return as_image(figure)

    def widgets(self, alt="The map of D with data, fakes and their arrows"):
        """Picture, buttons and settings for a notebook; without a kernel, the picture alone."""
        from gan_scratch.book.board import Board

        return Board(self, alt)
