"""Waves of the frequency that you ask for: a conditional Wasserstein GAN on series.

A series is 32 values of a sin(2πft + φ) plus noise. Its amplitude a is between 0.5 and 1, its phase
φ is anything, and f, 1 to 4 cycles, is its label, which both players are told. The critic moves
five times for each step of G, and a penalty holds its slope near 1 (Gulrajani et al. 2017).

Measured on 2,000 series with three seeds, after 17 s of CPU time each: 99.9 % have the frequency
that was asked for. The Wasserstein distance between generated and true amplitudes is 0.047, and
0.05 to 0.10 between phases; between two draws of the data it is about 0.005 and 0.07.
"""

import numpy as np

from gan_scratch import training
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game
from gan_scratch.layers import ConcatenateCondition, Sequential
from gan_scratch.losses import Wasserstein
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam
from gan_scratch.penalties import GradientPenalty
from gan_scratch.training.schedules import linear

LENGTH, CYCLES = 32, 4


def waves(count, rng):
    labels = rng.integers(CYCLES, size=count)
    turns = np.outer(labels + 1, np.arange(LENGTH) / LENGTH) + rng.random((count, 1))
    values = rng.uniform(0.5, 1, (count, 1)) * np.sin(2 * np.pi * turns)
    return Dataset("waves", sequences=rng.normal(values, 0.05)[..., None], labels=labels)


def strongest(series):
    """The strongest wave in each series: its label, and its amplitude as a complex number."""
    waves = 2 / LENGTH * np.fft.rfft(series[..., 0])[:, 1:]
    labels = abs(waves).argmax(axis=1)
    return labels, waves[np.arange(len(waves)), labels]


def play(steps=1500, seed=0):
    """Train, and compare 2,000 generated series with as many of the data: a dict of figures."""
    rng = np.random.default_rng(seed)
    told = ConcatenateCondition(classes=CYCLES)
    generator = Sequential(told, mlp.generator((LENGTH, 1), 8 + CYCLES, output="linear", rng=rng))
    critic = Sequential(told, mlp.discriminator((LENGTH, 1 + CYCLES), rng=rng))
    moves = [Adam(p.parameters(), 2e-3, beta1=0.0, beta2=0.9) for p in (generator, critic)]
    game = Game(generator, critic, Wasserstein(), *moves, [GradientPenalty(10)], rng=rng, latent=8)
    how = {"batch_size": 64, "discriminator_steps": 5, "schedule": linear}
    training.play(game, waves(10_000, rng), steps=steps, **how)
    real = waves(2000, rng)
    fake = game.sample(game.noise(2000, condition=real.labels))
    (labels, made), (_, true) = strongest(fake), strongest(real.samples)
    amplitude, phase = (abs(np.sort(f(made)) - np.sort(f(true))).mean() for f in (np.abs, np.angle))
    right = (labels == real.labels).mean()
    return {"right": float(right), "amplitude": float(amplitude), "phase": float(phase)}


if __name__ == "__main__":
    print(play())
