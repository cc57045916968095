"""Passes of D in its step: who is handed them, and who gets samples."""

import numpy as np
import pytest

from gan_scratch.game import Game, discriminator_step
from gan_scratch.layers import Dense, Sequential, Softplus
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD
from gan_scratch.passes import takes_passes
from gan_scratch.penalties import R1, R2, GradientPenalty

RNG = np.random.default_rng


class Midway(R1):
    def points(self, critic, real, fake, rng):
        return (real + fake) / 2


class Logged(R1):
    def add_gradients(self, critic, real, fake, rng):
        return len(real) / len(fake) * super().add_gradients(critic, real, fake, rng)


class Marked(R1):
    @takes_passes
    def add_gradients(self, critic, real, fake, rng):
        return super().add_gradients(critic, real, fake, rng)


class Decay:
    def add_gradients(self, critic, real, fake, rng):
        strength = (real - fake).std()
        critic[0].weight.gradient += strength * critic[0].weight.value
        return strength / 2 * (critic[0].weight.value ** 2).sum()


class Counted(Sequential):
    forwards = 0

    def forward(self, x, training=True):
        self.forwards += 1
        return super().forward(x, training)


def small_game(penalties):
    rng = RNG(0)
    generator = Sequential(Dense(2, 3, rng=rng)).astype("float64")
    critic = Counted(Dense(3, 5, rng=rng), Softplus(), Dense(5, 1, rng=rng)).astype("float64")
    optimizers = (SGD(player.parameters(), 0.1) for player in (generator, critic))
    return Game(generator, critic, NonSaturating(), *optimizers, penalties, rng=rng)


def step_with(penalties):
    """(loss, D's gradients, D's forward passes) of a step of D."""
    game = small_game(penalties)
    game.discriminator.forwards = 0
    loss = discriminator_step(game, RNG(1).standard_normal((4, 3)), RNG(2).standard_normal((4, 2)))
    return loss, game.discriminator_optimizer.gradients, game.discriminator.forwards


@pytest.mark.parametrize("penalty, passes_of_its_own", [
    (R1(0.7), 0), (R2(0.7), 0), (GradientPenalty(0.7), 1), (Midway(0.7), 1), (Logged(0.7), 1),
    (Marked(0.7), 0), (Decay(), 0),
])  # fmt: skip
def test_in_a_step_a_penalty_adds_what_it_adds_to_samples(penalty, passes_of_its_own):
    loss, gradients, forwards = step_with([penalty])
    plain_loss, plain_gradients, plain_forwards = step_with([])

    game = small_game([])
    fake = game.generator(RNG(2).standard_normal((4, 2)))
    value = penalty.add_gradients(
        game.discriminator, RNG(1).standard_normal((4, 3)), fake, game.rng
    )
    assert value > 1e-3
    assert loss == pytest.approx(plain_loss + value, rel=1e-13)
    np.testing.assert_allclose(
        gradients, plain_gradients + game.discriminator_optimizer.gradients, rtol=1e-11, atol=1e-15
    )
    assert (plain_forwards, forwards) == (2, 2 + passes_of_its_own)


def test_on_samples_a_penalty_makes_the_pass_that_it_needs_and_no_other():
    critic, real = small_game([]).discriminator, RNG(1).standard_normal((4, 3))
    critic.forwards = 0
    R1(1.0).add_gradients(critic, real, None, RNG(0))
    assert critic.forwards == 1
