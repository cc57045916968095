"""Stacked digits: does a generator of images find 100 or 1,000 modes, and evenly?

Two or three digits lie in the channels of one image, drawn independently; a classifier reads the
samples, a channel at a time. The rules are PacGAN's (Lin et al. 2018, section 4.2): 26,000 samples,
the number of label combinations found, and KL(their distribution ‖ uniform).

    python -m gan_scratch.benchmarks.stacked DIGITS SEED [--steps N]        one training, as JSON
"""

import argparse
import json
import statistics
import time

import numpy as np

from gan_scratch.benchmarks import markdown
from gan_scratch.benchmarks.jobs import run_all
from gan_scratch.datasets import stacked_digits
from gan_scratch.drawing import host_samples
from gan_scratch.metrics.classifier import load_classifier
from gan_scratch.metrics.modes import kl_to_uniform
from gan_scratch.recipes import Steps
from gan_scratch.recipes.dcgan import DCGAN_DIGITS
from gan_scratch.training.loop import play as play_to_the_end

SAMPLES = 26_000
SAMPLES_AT_ONCE = 1_000
TRAINED_ON = {2: 20_000, 3: 60_000}  # digits -> stacks, drawn once a training

STACKED = DCGAN_DIGITS.but(
    name="stacked-digits",
    summary="convolutions write several digits at once, by the recipe of dcgan-digits, half as "
    "wide again",
    players={"width": 24}, steps=Steps(5000),
)

# digits -> the recipe
RECIPES = {2: STACKED, 3: STACKED.but(steps=Steps(9000))}

# Rows of the literature for three digits: (method, source, modes of 1,000, KL).
PUBLISHED = (
    ("DCGAN", "VEEGAN, Srivastava et al. 2017", 99, 3.40),
    ("ALI", "VEEGAN, Srivastava et al. 2017", 16, 5.40),
    ("Unrolled GAN", "VEEGAN, Srivastava et al. 2017", 48.7, 4.32),
    ("VEEGAN", "VEEGAN, Srivastava et al. 2017", 150, 2.95),
    ("PacDCGAN2", "PacGAN, Lin et al. 2018", 1000, 0.06),
    ("GAN + R1 + R2", "R3GAN, Huang et al. 2024", 693, 0.927),
    ("relativistic + R1 + R2", "R3GAN, Huang et al. 2024", 1000, 0.0781),
)

COLUMNS = ("digits", "seed", "modes", "kl", "seconds", "cpu_seconds", "steps")


def play(recipe, digits, seed):
    """One training; returns its row of the table, as plain data."""
    dataset = stacked_digits(TRAINED_ON[digits], np.random.default_rng([seed, 1]), digits=digits)
    wall, cpu = time.perf_counter(), time.process_time()
    game = recipe.game(dataset.sample_shape, seed=seed)
    play_to_the_end(game, dataset, **recipe.training())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    counts = counts_of_samples(game, digits, seed)
    return {
        "digits": digits, "seed": seed, "modes": int((counts > 0).sum()),
        "kl": round(kl_to_uniform(counts), 4), "seconds": round(wall), "cpu_seconds": round(cpu),
        "steps": game.step,
    }


def counts_of_samples(game, digits, seed):
    """How often each number occurs among SAMPLES samples, as the classifier reads them."""
    rng = np.random.default_rng([seed, 2])
    classifier = load_classifier("digits")
    batches = (game.noise(SAMPLES_AT_ONCE, rng) for _ in range(SAMPLES // SAMPLES_AT_ONCE))
    labels = [read(host_samples(game, noise), classifier) for noise in batches]
    return np.bincount(np.concatenate(labels), minlength=10**digits)


def read(images, classifier):
    """The number in each image (N, 28, 28, digits), leading digit first."""
    number = np.zeros(len(images), np.int64)
    for channel in range(images.shape[-1]):
        number = 10 * number + classifier.classify(images[..., channel : channel + 1])
    return number


def rows(digits, seeds, folder, *, steps=None, at_once=None):
    """The row of each training, one by one as they are done, or as their files in `folder` say."""
    more = ("--steps", steps) if steps else ()
    recipe = RECIPES[digits].but(steps={"rounds": steps})
    jobs = [((digits, seed, *more), recipe) for seed in range(seeds)]
    return run_all("gan_scratch.benchmarks.stacked", jobs, folder, at_once=at_once)


def table(measured):
    """The table as lines of Markdown, the published rows below where they are of 1,000 modes."""
    digits = measured[0]["digits"]
    lines = [
        f"ours | {mean(measured, 'modes'):.1f} | {mean(measured, 'kl'):.3f} "
        f"(worst {max(row['kl'] for row in measured):.3f}) | {mean(measured, 'seconds') / 60:.1f} "
        f"| {mean(measured, 'cpu_seconds') / 60:.1f} | {len(measured)}"
    ]
    for method, source, modes, kl in PUBLISHED if digits == 3 else ():
        lines.append(f"{method} ({source}) | {modes:g} | {kl:g} | – | – |")
    accuracy = load_classifier("digits").held_out_accuracy
    perfect = (10**digits - 1) / (2 * SAMPLES)  # the mean of KL(counts / N ‖ uniform), for large N
    return [
        *markdown(f"method | modes of {10**digits:,} | KL | minutes | CPU minutes | seeds", lines),
        "",
        f"{SAMPLES:,} samples, read by a classifier that is right on {100 * accuracy:.1f} % of "
        f"held-out digits; a perfect sampler would have KL {perfect:.3f}.",
    ]


def mean(measured, column):
    return statistics.mean(row[column] for row in measured)


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("digits", type=int, choices=RECIPES)
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    recipe = RECIPES[options.digits].but(steps={"rounds": options.steps})
    print(json.dumps(play(recipe, options.digits, options.seed)))


if __name__ == "__main__":
    main()
