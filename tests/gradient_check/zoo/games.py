"""Mistakes in losses, penalties and steps of the game.

A loss is a function (scores, ...) -> (loss, gradient of each score); a penalty has the library's
`add_gradients`, and a step is one of game.py's.
"""

import numpy as np

from gan_scratch.game import Game
from gan_scratch.layers import frozen
from gan_scratch.losses import NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import SGD
from gan_scratch.passes import pass_at
from gan_scratch.penalties import R1, GradientPenalty, slope_of
from zoo import right
from zoo.mistake import mistake

SCORES = (6, 1)


def scores_and_targets(rng):
    return rng.standard_normal(SCORES), rng.integers(0, 2, SCORES)


def two_scores(rng):
    return rng.standard_normal(SCORES), rng.standard_normal(SCORES)


@mistake("scale", "batch", x=scores_and_targets, kind="loss")
def logistic_sum(score, target):
    loss, slope = right.logistic_loss(score, target)
    return loss, slope * score.size


@mistake("without the sigmoid", x=scores_and_targets, kind="loss")
def logistic_of_scores(score, target):
    return right.logistic_loss(score, target)[0], (score - target) / score.size


@mistake("sigmoid twice", x=scores_and_targets, kind="loss")
def logistic_twice(score, target):
    p = 1 / (1 + np.exp(-score))
    return right.logistic_loss(score, target)[0], (p - target) * p * (1 - p) / score.size


@mistake("labels swapped", x=scores_and_targets, kind="loss")
def logistic_swapped(score, target):
    p = 1 / (1 + np.exp(-score))
    return right.logistic_loss(score, target)[0], (p - (1 - target)) / score.size


@mistake("sign", x=scores_and_targets, kind="loss")
def logistic_uphill(score, target):
    loss, slope = right.logistic_loss(score, target)
    return loss, -slope


@mistake("scale", "0.5", x=two_scores, kind="loss")
def squared_half(score, target):
    return ((score - target) ** 2).mean(), (score - target) / score.size, None


@mistake("mask", x=two_scores, kind="loss")
def hinge_other_side(real, fake):
    loss, _, d_fake = right.hinge_loss(real, fake)
    return loss, -1.0 * (real > 1) / real.size, d_fake


@mistake("mask", x=two_scores, kind="loss")
def hinge_without_margin(real, fake):
    loss, _, d_fake = right.hinge_loss(real, fake)
    return loss, -np.ones_like(real) / real.size, d_fake


@mistake("zero", x=two_scores, kind="loss")
def relativistic_fakes_only(real, fake):
    loss, _, d_fake = right.relativistic_loss(real, fake)
    return loss, np.zeros_like(real), d_fake


@mistake("sign", x=two_scores, kind="loss")
def relativistic_same_sign(real, fake):
    loss, d_real, d_fake = right.relativistic_loss(real, fake)
    return loss, -d_real, d_fake


# Penalties: what a critic gets from `add_gradients`.


@mistake("scale", "batch", kind="penalty")
class R1Sum(R1):
    def __init__(self):
        super().__init__(0.7)

    def cost(self, slope):
        value, v = super().cost(slope)
        return value, v * len(slope)


@mistake("scale", "2", kind="penalty")
class R1FactorTwo(R1):
    def __init__(self):
        super().__init__(0.7)

    def cost(self, slope):
        value, v = super().cost(slope)
        return value, 2 * v


@mistake("direction term", kind="penalty")
class PenaltyWithoutDirection(GradientPenalty):
    """∂|g|/∂g taken as 1: the norm's direction is forgotten."""

    def __init__(self):
        super().__init__(10.0)

    def cost(self, slope):
        norm = np.sqrt((slope**2).sum(axis=1, keepdims=True))
        value = self.weight * ((norm - self.target) ** 2).mean()
        return value, 2 * self.weight / len(slope) * (norm - self.target) * np.ones_like(slope)


@mistake("first order", kind="penalty")
class R1WithoutSecondOrder(R1):
    """The slope is taken as a constant score gradient: v goes back once, without the tangent."""

    def __init__(self):
        super().__init__(0.7)

    def add_gradients(self, critic, real, fake, rng):
        at = pass_at(critic, real)
        slope, _ = slope_of(at)
        value, _ = self.cost(slope.reshape(len(at.y), -1))
        critic.backward(np.full_like(at.y, value / len(at.y)), at.cache, need_dx=False)
        return value


@mistake("zero", kind="penalty")
class R1ValueOnly(R1):
    def __init__(self):
        super().__init__(0.7)

    def add_gradients(self, critic, real, fake, rng):
        slope, _ = slope_of(pass_at(critic, real))
        return self.cost(slope.reshape(len(slope), -1))[0]


# Steps of the game.


def a_game(rng):
    generator = mlp.generator((3, 3, 1), latent=4, hidden=(6, 5), rng=rng).astype("float64")
    discriminator = mlp.discriminator((3, 3, 1), hidden=(6, 5), rng=rng).astype("float64")
    return Game(
        generator, discriminator, NonSaturating(),
        SGD(generator.parameters(), 0.1), SGD(discriminator.parameters(), 0.1), rng=rng, latent=4,
    )


def scores(game, real, noise):
    with frozen(game.generator):
        fake = game.generator(noise, training=True)
    return game.discriminator.forward(real), game.discriminator.forward(fake)


@mistake("path missing", "real", x=a_game, kind="D")
def cleared_too_soon(game, real, noise):
    (real_score, real_cache), (fake_score, fake_cache) = scores(game, real, noise)
    loss, d_real, d_fake = game.objective.discriminator(real_score, fake_score)
    game.discriminator.zero_gradients()
    game.discriminator.backward(d_real, real_cache, need_dx=False)
    game.discriminator.zero_gradients()
    game.discriminator.backward(d_fake, fake_cache, need_dx=False)
    return loss


@mistake("wrong cache", x=a_game, kind="D")
def overwritten_cache(game, real, noise):
    (real_score, _), (fake_score, fake_cache) = scores(game, real, noise)
    loss, d_real, d_fake = game.objective.discriminator(real_score, fake_score)
    game.discriminator.zero_gradients()
    game.discriminator.backward(d_real, fake_cache, need_dx=False)
    game.discriminator.backward(d_fake, fake_cache, need_dx=False)
    return loss


@mistake("not cleared", x=a_game, kind="D")
def never_cleared(game, real, noise):
    (real_score, real_cache), (fake_score, fake_cache) = scores(game, real, noise)
    loss, d_real, d_fake = game.objective.discriminator(real_score, fake_score)
    game.discriminator.backward(d_real, real_cache, need_dx=False)
    game.discriminator.backward(d_fake, fake_cache, need_dx=False)
    return loss


@mistake("sign", x=a_game, kind="G")
def generator_uphill(game, noise, real=None):
    fake, cache = game.generator.forward(noise)
    with frozen(game.discriminator):
        fake_score, fake_cache = game.discriminator.forward(fake)
        loss, d_score = game.objective.generator(fake_score)
        d_fake = game.discriminator.backward(-d_score, fake_cache)
    game.generator.zero_gradients()
    game.generator.backward(d_fake, cache, need_dx=False)
    return loss


@mistake("zero", x=a_game, kind="G")
def generator_detached(game, noise, real=None):
    fake = game.generator(noise, training=True)
    loss, _ = game.objective.generator(game.discriminator(fake, training=True))
    game.generator.zero_gradients()
    return loss
