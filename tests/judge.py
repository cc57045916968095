"""A judge from outside: scikit-learn says which digit a sample is, and how sure it is.

    python tests/judge.py --seeds 0 1 2 3 --out docs/results/mlp-digits.csv

trains the default recipe once a seed and writes a table; tests/test_mlp_digits.py asserts it.
"""

import argparse
import csv
import functools
import platform
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from gan_scratch import datasets
from gan_scratch.cli import main as gan_scratch
from gan_scratch.drawing import draw_samples
from gan_scratch.runs import load_game

SURE = 0.9
SAMPLES = 5000


@functools.cache
def classifier():
    """A network trained on the digits and on the same digits moved by a pixel each way."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    train = datasets.load("digits", value_range=(0, 1))
    moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    images = np.concatenate([np.roll(train.images, move, axis=(1, 2)) for move in moves])
    labels = np.tile(train.labels, len(moves))
    network = MLPClassifier((256,), alpha=1e-3, batch_size=256, max_iter=12, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # twelve epochs are enough
        return network.fit(flat(images), labels)


def flat(images):
    return images.reshape(len(images), -1)


def accuracy():
    """The judge's share of right answers on held-out digits."""
    held_out = datasets.load("digits", "held-out", value_range=(0, 1))
    return classifier().score(flat(held_out.images), held_out.labels)


def verdict(images):
    """(share of images the judge is sure of, share of each class)."""
    probability = classifier().predict_proba(flat(images))
    classes = np.bincount(probability.argmax(axis=1), minlength=10) / len(images)
    return float((probability.max(axis=1) >= SURE).mean()), classes


def train_and_judge(seed, folder):
    """A row of the table: one training with the default recipe, judged on 5,000 samples."""
    started = time.perf_counter()
    assert gan_scratch(["train", "--seed", str(seed), "--out", str(folder)]) == 0
    seconds = time.perf_counter() - started
    sure, classes = verdict(draw_samples(load_game(folder), SAMPLES, seed=0))
    return {
        "seed": seed,
        "seconds": round(seconds),
        "sure": round(sure, 3),
        "rarest_class": round(float(classes.min()), 3),
        "commonest_class": round(float(classes.max()), 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    held_out = datasets.load("digits", "held-out", value_range=(0, 1))
    real, _ = verdict(held_out.images)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in options.seeds:
            rows.append(train_and_judge(seed, Path(folder) / str(seed)))
            print(rows[-1], flush=True)
    with open(options.out, "w", newline="", encoding="utf-8") as file:
        file.write(f"# python tests/judge.py --seeds {' '.join(map(str, options.seeds))}\n")
        file.write(f"# {platform.machine()}, {SAMPLES} samples a seed; the judge is right on ")
        file.write(f"{accuracy():.1%} of held-out digits and sure of {real:.1%} of them\n")
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
