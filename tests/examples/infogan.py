"""Digits sorted by a code that nobody labelled (InfoGAN, Chen et al. 2016).

G is given 62 numbers of noise, a code of ten values and two continuous codes. D reads the code off
each fake, and both players gain where it reads it right, so G gives each value a kind of digit.
After the best matching of codes and digits, D's code names 54 % of 1,000 held-out digits right:
the median of five seeds, which range from 41 to 61 % (docs/results/infogan.csv). Chance is 10 %.
"""

import sys
import time

import numpy as np

from gan_scratch import datasets, training
from gan_scratch.game import Game
from gan_scratch.layers import Dense, Heads, Sequential
from gan_scratch.losses import NonSaturating
from gan_scratch.models import dcgan
from gan_scratch.optimizers import Adam
from gan_scratch.penalties import R1
from gan_scratch.terms import Codes, MutualInformation
from gan_scratch.training.schedules import linear


def best_matching(table):
    """The most samples that are right where each code (row) stands for a digit of its own."""
    best = {0: 0}  # digits that are taken, as bits -> most samples that are right
    for row in table:
        found = {}
        for taken, right in best.items():
            for digit in (d for d in range(len(row)) if not taken >> d & 1):
                key = taken | 1 << digit
                found[key] = max(found.get(key, 0), right + row[digit])
        best = found
    return best[2 ** len(table) - 1]


def play(steps=3000, seed=0):
    """Train, and let D read the code of real digits that it has not seen: a dict of figures."""
    codes, rng = Codes(62, categorical=(10,), continuous=2), np.random.default_rng(seed)
    size = {"width": 16, "hidden": 256, "rng": rng}
    generator = dcgan.generator(latent=codes.size, output="sigmoid", **size)
    *body, score = dcgan.discriminator(normalization="none", **size)
    code = Dense(256, codes.outputs, rng=rng)
    discriminator = Sequential(*body, Heads(score=score, code=code))
    moves = [Adam(player.parameters(), 4e-3, beta1=0.0) for player in (generator, discriminator)]
    game = Game(generator, discriminator, NonSaturating(), *moves, [R1(0.3)], rng=rng,
                latent=codes, terms=[MutualInformation(codes, 0.3)])  # fmt: skip
    digits = datasets.load("digits", value_range=(0, 1))
    training.play(game, digits, steps=steps, batch_size=64, schedule=linear)
    held_out, table = datasets.load("digits", "held-out", value_range=(0, 1)), np.zeros((10, 10))
    read = discriminator(held_out.images)["code"][:, :10].argmax(axis=1)
    np.add.at(table, (read, held_out.labels), 1)
    return {"accuracy": float(best_matching(table) / len(held_out))}


if __name__ == "__main__":
    for seed in map(int, sys.argv[1:] or ["0"]):
        start, found = time.process_time(), play(seed=seed)
        print(f"{seed},{found['accuracy']:.3f},{time.process_time() - start:.0f}", flush=True)
