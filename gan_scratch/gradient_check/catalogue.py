"""Everything in the library that has a derivative, with inputs to check it at.

`gan-scratch gradcheck all` and the contract tests walk these tables. A layer that is not in them
fails a test, so that a new one cannot go unchecked.
"""

import inspect
import math
from contextlib import nullcontext

import numpy as np

from gan_scratch import layers, losses
from gan_scratch.game import Game
from gan_scratch.gradient_check.checks import check, gradient_row
from gan_scratch.gradient_check.examples import Labels, draw_input, examples
from gan_scratch.gradient_check.games import check_game
from gan_scratch.gradient_check.report import Report
from gan_scratch.layers import Layer, LinearMap, PiecewiseLinear, Smooth, kernels
from gan_scratch.layers.convolution import Convolution
from gan_scratch.layers.pooling import Pool2D
from gan_scratch.models import dcgan, mlp
from gan_scratch.optimizers import SGD
from gan_scratch.penalties import R1, R2, GradientPenalty

BASES = Layer, LinearMap, PiecewiseLinear, Smooth  # what one derives layers of one's own from
DEFAULT_INPUT = (3, 5)


def layer_classes():
    """name -> class, for every layer that the library offers."""
    return {
        name: value
        for name, value in vars(layers).items()
        if inspect.isclass(value) and issubclass(value, Layer) and value not in BASES
    }


def input_for(layer):
    """A small input, as examples.py writes it, that suits a layer made from somebody's settings."""
    if isinstance(layer, Convolution):
        places = (reach + step for reach, step in zip(layer.reach, layer.stride, strict=True))
        return (2, *places, layer.in_channels)
    if isinstance(layer, Pool2D):
        places = (k + step for k, step in zip(layer.kernel_size, layer.stride, strict=True))
        return (2, *places, 2)
    if isinstance(layer, (layers.GroupNorm, layers.InstanceNorm)):
        return (2, 3, 2, layer.num_features)
    if isinstance(layer, layers.SelfAttention):
        return (2, 3, 2, layer.channels)
    if isinstance(layer, (layers.GRU, layers.LSTM)):
        return (2, 4, layer.in_features)
    if isinstance(layer, layers.LayerNorm):
        return (3, *layer.num_features)
    if isinstance(layer, layers.Augment):
        return (2, 8, 8, 2)
    if isinstance(layer, layers.Pack):
        return (2 * layer.m, 3)
    if isinstance(layer, layers.PixelShuffle):
        return (2, 2, 2, layer.r**2)
    if isinstance(layer, layers.Embedding):
        return Labels((4,), layer.num)
    if isinstance(layer, layers.ConcatenateCondition):
        return [(3, 5), Labels((3,), layer.classes) if layer.classes else (3, 2)]
    if isinstance(layer, layers.Reshape):
        return (3, math.prod(layer.shape))
    for name in ("in_features", "num_features"):
        if hasattr(layer, name):
            return (3, getattr(layer, name))
    return DEFAULT_INPUT


def objective_classes():
    """name -> class, for every objective that has both sides."""
    return {
        name: value
        for name, value in vars(losses).items()
        if inspect.isclass(value)
        and issubclass(value, losses.Objective)
        and "generator" in vars(value)
        and value is not losses.Objective
    }


def check_objective(objective, real_score, fake_score):
    """Check the derivatives of both losses by the scores; returns a Report."""
    report = Report(type(objective).__name__)
    _, d_real, d_fake = objective.discriminator(real_score, fake_score)
    _, d_score = objective.generator(fake_score, real_score)
    for quantity, analytic, loss, score in (
        ("D real", d_real, lambda s: objective.discriminator(s, fake_score)[0], real_score),
        ("D fake", d_fake, lambda s: objective.discriminator(real_score, s)[0], fake_score),
        ("G fake", d_score, lambda s: objective.generator(s, real_score)[0], fake_score),
    ):
        report.rows.append(
            gradient_row(quantity, analytic, loss, score, 1.0, np.random.default_rng(0))
        )
    return report


def small_game(objective, rng, penalties=None):
    """A float64 game of a few hundred parameters, and one batch for it.

    D's loss has these penalties in it, R1 where none are given.
    """
    generator = mlp.generator((3, 3, 1), latent=4, hidden=(6, 5), rng=rng).astype("float64")
    discriminator = mlp.discriminator((3, 3, 1), hidden=(6, 5), rng=rng).astype("float64")
    game = Game(
        generator, discriminator, objective,
        SGD(generator.parameters(), 0.1), SGD(discriminator.parameters(), 0.1),
        penalties=[R1(0.7)] if penalties is None else penalties, rng=rng, latent=4,
    )
    # Samples of both signs: D's leaky ReLUs treat them differently from fakes, which are positive.
    # Else a critic's bias has the same slope on both, and nothing is left to compare.
    return game, rng.standard_normal((5, 3, 3, 1)), game.noise(5)


def small_dcgan_game(objective, rng, classes=None):
    """The same with convolutions, batch norm in G, and perhaps players that are told the class."""
    shape, width = (8, 8, 1), 2
    generator = dcgan.generator(shape, 3, width, classes=classes, rng=rng).astype("float64")
    discriminator = dcgan.discriminator(shape, width, "none", classes, rng=rng).astype("float64")
    for parameter in (*generator.parameters().values(), *discriminator.parameters().values()):
        # Where G's ReLUs are all 0, a bias of 0 would put D's leaky ReLUs at their very kink.
        parameter.value += 0.1 * rng.standard_normal(parameter.value.shape)
    game = Game(
        generator, discriminator, objective,
        SGD(generator.parameters(), 0.1), SGD(discriminator.parameters(), 0.1),
        penalties=[R1(0.7)], rng=rng, latent=3,
    )
    real = rng.random((5, *shape))
    if not classes:
        return game, real, game.noise(5)
    labels = rng.integers(classes, size=5)
    return game, (real, labels), game.noise(5, condition=labels)


def paths(layer):
    """(words, context manager) of each kernel that may compute this layer; first the usual one."""
    yield "", nullcontext
    if isinstance(layer, (layers.BatchNorm, Convolution, PiecewiseLinear)):
        yield ", plain kernel", kernels.plain
    if isinstance(layer, Convolution) and layer.kernel_size == (4, 4) and layer.stride == (2, 2):
        yield ", nine products", kernels.nine_products


def reports(seed=0):
    """A Report of each layer setting, each objective, its whole game, and games with convolutions.

    Where a fast kernel runs, the layer is checked once more on the plain one, and a convolution
    that could take the nine products on these too.
    """
    rng = np.random.default_rng(seed)
    for settings in examples(rng).values():
        for layer, kind in settings:
            for words, path in paths(layer):
                with path():
                    report = check(layer, draw_input(kind, rng), rng=rng)
                report.subject = f"{' '.join(repr(layer).split())} on {kind}{words}"
                yield report
    for objective in objective_classes().values():
        yield check_objective(
            objective(), rng.standard_normal((5, 1)), 2 * rng.standard_normal((5, 1))
        )
    for objective in objective_classes().values():
        yield check_game(*small_game(objective(), rng), rng=rng)
    for objective in (losses.NonSaturating(), losses.Relativistic()):  # without real scores, with
        for classes in (None, 3):
            report = check_game(*small_dcgan_game(objective, rng, classes), rng=rng)
            report.subject += ", DCGAN" + (", told the class" if classes else "")
            yield report
    for objective, penalties in (
        (losses.Wasserstein(), [GradientPenalty()]),
        (losses.Relativistic(), [R1(0.7), R2(0.4)]),
    ):
        report = check_game(*small_game(objective, rng, penalties), rng=rng)
        report.subject += " with " + " and ".join(type(penalty).__name__ for penalty in penalties)
        yield report
