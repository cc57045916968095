"""In a conditional game each fake has the class of the real sample beside it."""

import numpy as np
import pytest
from training_helpers import BATCH, dense_game

from gan_scratch.batch import Batch
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import (
    Conv1D,
    ConvTranspose1D,
    Dense,
    Flatten,
    LeakyReLU,
    Reshape,
    Sequential,
)
from gan_scratch.losses import Hinge, Relativistic, Wasserstein
from gan_scratch.models.conditional import ConditionalDiscriminator, ConditionalGenerator
from gan_scratch.optimizers import Adam
from gan_scratch.penalties import R1, GradientPenalty
from gan_scratch.training import StepDone, train
from gan_scratch.unrolling import unrolled_generator_step

LENGTH, CLASSES = 64, 3


def sines(count, rng):
    """Sequences of 1, 2 or 4 periods with a random phase, and noise; the class is which."""
    labels = rng.integers(CLASSES, size=count)
    phase = rng.uniform(0, 2 * np.pi, (count, 1))
    waves = np.sin(2 * np.pi * 2.0 ** labels[:, None] * np.arange(LENGTH) / LENGTH + phase)
    series = waves + 0.05 * rng.standard_normal(waves.shape)
    return Dataset("sines", sequences=series[..., None], labels=labels)


def series_game(objective, penalties, seed, latent=8, dim=4, width=16, rate=1e-3):
    rng = np.random.default_rng(seed)
    generator = ConditionalGenerator(
        Sequential(
            Dense(latent + dim, 16 * width, rng=rng), LeakyReLU(0.2), Reshape((16, width)),
            ConvTranspose1D(width, width, 4, 2, 1, rng=rng), LeakyReLU(0.2),
            ConvTranspose1D(width, 1, 4, 2, 1, rng=rng),
        ), latent, CLASSES, dim, rng=rng,
    )
    discriminator = ConditionalDiscriminator(
        Sequential(
            Conv1D(1, width, 4, 2, 1, rng=rng), LeakyReLU(0.2),
            Conv1D(width, width, 4, 2, 1, rng=rng), LeakyReLU(0.2), Flatten(),
            Dense(16 * width, 32, rng=rng), LeakyReLU(0.2),
        ), 32, CLASSES, rng=rng,
    )
    adams = (Adam(p.parameters(), rate, 0.0, 0.9) for p in (generator, discriminator))
    return Game(generator, discriminator, objective, *adams, penalties, rng=rng, latent=latent)


@pytest.mark.parametrize(
    "settings", [{}, {"share_fakes": True}, {"discriminator_steps": 2}], ids=str
)
def test_in_training_the_labels_are_those_of_the_batch(settings, monkeypatch):
    seen = []

    def recorded(step):
        def with_labels(game, real, noise, *more, **others):
            seen.append((real.condition, noise.condition))
            return step(game, real, noise, *more, **others)

        return with_labels

    from gan_scratch.training import rounds

    monkeypatch.setattr(rounds, "discriminator_step", recorded(discriminator_step))
    monkeypatch.setattr(rounds, "generator_step", lambda game, noise, real, *more: recorded(
        lambda game, real, noise, *more: generator_step(game, noise, real, *more)
    )(game, real, noise, *more))
    game = series_game(Wasserstein(), [GradientPenalty(1.0)], 0)
    data = sines(64, np.random.default_rng(1))
    list(train(game, data, steps=5, batch_size=16, **settings))
    assert len(seen) == 5 * (1 + settings.get("discriminator_steps", 1))
    assert all(np.array_equal(real, fake) for real, fake in seen)
    assert len(np.unique(np.concatenate([fake for _, fake in seen]))) == CLASSES


def test_latent_vectors_are_drawn_as_in_an_unconditional_game():
    data = sines(64, np.random.default_rng(1))
    game = series_game(Hinge(), [R1(1.0)], 0)
    twin = np.random.default_rng()
    twin.bit_generator.state = game.rng.bit_generator.state
    (event,) = [e for e in train(game, data, steps=1, batch_size=16) if isinstance(e, StepDone)]
    twin.standard_normal((16, 8), dtype="float32")  # D's, then the order of the data, then G's
    twin.permutation(64)
    np.testing.assert_array_equal(
        event.noise.values, twin.standard_normal((16, 8), dtype="float32")
    )


PAIRING = {
    "gradient penalty": (Wasserstein, [GradientPenalty(1.0)]),
    "relativistic": (Relativistic, []),
}


@pytest.mark.parametrize("pairing", PAIRING)
def test_a_step_that_compares_pairs_refuses_other_classes(pairing):
    objective, penalties = PAIRING[pairing]
    game = series_game(objective(), penalties, 0)
    series = sines(8, np.random.default_rng(1))
    real = Batch(series.samples, np.arange(8) % 3)
    before = game.state()
    noise = game.noise(8, condition=(np.arange(8) + 1) % 3)
    steps = [lambda: discriminator_step(game, real, noise)]
    if objective is Relativistic:
        steps += [lambda: generator_step(game, noise, real),
                  lambda: unrolled_generator_step(game, noise, real)]
    for step in steps:
        with pytest.raises(ValueError, match="both must have the same condition"):
            step()
    assert all(np.array_equal(v, game.discriminator.state()[n])
               for n, v in before["discriminator"].items())
    discriminator_step(game, real, game.noise(8, condition=real.condition))


def test_a_step_that_compares_no_pairs_takes_any():
    game = series_game(Hinge(), [R1(1.0)], 0)
    real = sines(8, np.random.default_rng(1)).samples, np.zeros(8, int)
    discriminator_step(game, real, game.noise(8, condition=np.ones(8, int)))


def test_unconditional_games_are_asked_nothing():
    layer = Sequential(Dense(2, 2, rng=np.random.default_rng(0)))
    critic = Sequential(Dense(2, 1, rng=np.random.default_rng(0)))
    game = dense_game(layer, critic, latent=2)
    discriminator_step(game, np.ones((BATCH, 2), "float32"), game.noise(BATCH))


def losses_of_d(seed, steps=2400):
    game = series_game(Wasserstein(), [GradientPenalty(10.0)], seed)
    data = sines(3000, np.random.default_rng(seed + 100))
    events = train(game, data, steps=steps, batch_size=64)
    return [float(e.discriminator_loss) for e in events if isinstance(e, StepDone)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_conditional_wgan_gp_on_series_settles(seed):
    last = losses_of_d(seed)[-200:]
    assert -3 <= min(last) and max(last) <= 0, (min(last), max(last))


def test_the_scores_of_the_head_are_not_written_into():
    """No pass writes into what another layer returned, which may still be needed there."""

    class Remembers(Dense):
        def forward(self, x, training=True):
            self.y, cache = super().forward(x, training)
            self.kept = self.y.copy()
            return self.y, cache

        def tangent_forward(self, x_dot, cache):
            self.y, tangent_cache = super().tangent_forward(x_dot, cache)
            self.kept = self.y.copy()
            return self.y, tangent_cache

    rng = np.random.default_rng(0)
    critic = ConditionalDiscriminator(Dense(4, 5, rng=rng), 5, CLASSES, rng=rng)
    critic.head = Remembers(5, 1, rng=rng)
    x, labels = rng.standard_normal((6, 4), "float32"), np.arange(6) % CLASSES
    _, cache = critic.forward((x, labels))
    assert np.array_equal(critic.head.y, critic.head.kept)
    critic.tangent_forward((x, None), cache)
    assert np.array_equal(critic.head.y, critic.head.kept)
