"""Which figure notices what: our figures on cases of which the right answer is known.

    python tests/metrics/sanity_checks.py --out docs/results/sanity-checks.csv

In the manner of Räisä et al., "Position: all current generative fidelity and diversity metrics are
flawed" (2025, arXiv:2505.22450), with cases and rules of our own.

The data are a mixture of ten Gaussians in 64 dimensions, as features of digits might be: 1,000 real
samples and, unless the case says otherwise, 1,000 fakes. A figure notices a case if it is worse
than in each of 40 comparisons of real with real. It is right about a case that it should notice if
it does from at least 4 of 5 seeds, and about one that it should not if it does from at most 1.
A case says nothing of figures whose right answer is open to dispute.
"""

import argparse
import csv
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gan_scratch.metrics.birthday import birthday, threshold
from gan_scratch.metrics.frechet import frechet_distance
from gan_scratch.metrics.kernel import kid
from gan_scratch.metrics.nearest import copying
from gan_scratch.metrics.neighbours import clipped, density_coverage, precision_recall
from gan_scratch.metrics.sliced import mind

SIZE, FEATURES, MODES, REAL, SEEDS = 1000, 64, 10, 40, 5
CENTRES = 2 * np.random.default_rng(0).standard_normal((MODES, FEATURES))

KINDS = {  # of figures, and which way is worse
    "Fréchet distance": ("distance", +1), "KID": ("distance", +1), "MIND": ("distance", +1),
    "precision": ("fidelity", -1), "density": ("fidelity", -1), "clipped density": ("fidelity", -1),
    "recall": ("diversity", -1), "coverage": ("diversity", -1),
    "clipped coverage": ("diversity", -1),
    "birthday size": ("repetition", -1), "nearest ratio": ("memory", -1),
}


@dataclass
class Sets:
    """real     the training set, with which the fakes are compared
    held_out    more of the same kind
    fake        (M, FEATURES)
    """

    real: np.ndarray
    held_out: np.ndarray
    fake: np.ndarray


def sample(rng, count=SIZE, spread=1.0, weights=None):
    """Of the mixture: `spread` is the standard deviation around a centre."""
    mode = rng.choice(MODES, count, p=None if weights is None else np.divide(weights, sum(weights)))
    return CENTRES[mode] + spread * rng.standard_normal((count, FEATURES))


class Case(NamedTuple):
    """change(sets, rng) makes the case of three real sets; `noticed` says which kinds of figure
    should notice it, True or False; a kind that is not named is not judged."""

    change: object
    noticed: dict


NOTHING = {
    "distance": False, "fidelity": False, "diversity": False, "repetition": False, "memory": False,
}
CASES = {}


def case(name, **noticed):
    def add(change):
        CASES[name] = Case(change, noticed)
        return change

    return add


@case("same distribution", **NOTHING)
def same(sets, rng):
    pass


@case("half as many fakes", **NOTHING)
def halved(sets, rng):
    sets.fake = sets.fake[: SIZE // 2]


@case("features in other units", **NOTHING)
def scaled(sets, rng):
    sets.real, sets.held_out, sets.fake = 10 * sets.real, 10 * sets.held_out, 10 * sets.fake


@case("one real outlier", **NOTHING)
def real_outlier(sets, rng):
    sets.real[0] = 10 * sets.real[0]


@case("one fake outlier", **NOTHING)
def fake_outlier(sets, rng):
    sets.fake[0] = 10 * sets.fake[0]


@case("too wide", distance=True, fidelity=True, repetition=False, memory=False)
def wide(sets, rng):
    sets.fake = sample(rng, spread=1.3)


@case("too narrow", distance=True, diversity=True)
def narrow(sets, rng):
    sets.fake = sample(rng, spread=1 / 1.3)


@case("shifted", distance=True, fidelity=True, diversity=True, memory=False)
def shifted(sets, rng):
    sets.fake = sets.fake + 0.5


@case("features shuffled", distance=True, fidelity=True, diversity=True, memory=False)
def shuffled(sets, rng):
    sets.fake = rng.permuted(sets.fake, axis=0)


@case("half of the fakes rubbish", distance=True, fidelity=True, repetition=False, memory=False)
def rubbish(sets, rng):
    sets.fake[::2] = 3 * rng.standard_normal((SIZE // 2, FEATURES)) + 10


@case("half at one real outlier", distance=True, fidelity=True, repetition=True)
def at_outlier(sets, rng):
    sets.real[0] = 10 * sets.real[0]
    sets.fake[::2] = sets.real[0] + 0.01 * rng.standard_normal((SIZE // 2, FEATURES))


@case("3 of 10 modes dropped", **NOTHING | {"distance": True, "diversity": True})
def dropped(sets, rng):
    sets.fake = sample(rng, weights=[0] * 3 + [1] * 7)


@case("1 of 10 modes dropped", **NOTHING | {"distance": True, "diversity": True})
def one_dropped(sets, rng):
    sets.fake = sample(rng, weights=[0] + [1] * 9)


@case("1 of 10 modes half as often", **NOTHING | {"distance": True, "diversity": True})
def half_as_often(sets, rng):
    sets.fake = sample(rng, weights=[0.5] + [1] * 9)


@case("3 dropped, one noisy feature", **NOTHING | {"distance": True, "diversity": True})
def noisy(sets, rng):
    dropped(sets, rng)
    for part in (sets.real, sets.held_out, sets.fake):
        part[:, 0] = 30 * rng.standard_normal(len(part))


@case("one sample, over and over", distance=True, fidelity=False, diversity=True, repetition=True,
      memory=True)
def collapsed(sets, rng):
    sets.fake = np.tile(sets.real[:1], (SIZE, 1))


@case("50 new samples, over and over", distance=True, fidelity=False, diversity=True,
      repetition=True, memory=False)
def few(sets, rng):
    sets.fake = sets.fake[rng.integers(50, size=SIZE)]


@case("copies of the training set", **NOTHING | {"memory": True})
def copies(sets, rng):
    sets.fake = rng.permutation(sets.real)


def figures(sets, rng):
    """name -> value of all the figures, by the order of KINDS."""
    real, fake = sets.real, sets.fake
    limit = threshold(sets.held_out, real)
    return dict(zip(KINDS, [
        frechet_distance(real, fake),
        kid(real, fake, rng, subsets=1, size=len(fake)).mean,
        mind(real[: len(fake)], fake, rng, directions=200),
        *(pair[i] for i in (0, 1) for pair in (
            precision_recall(real, fake), density_coverage(real, fake), clipped(real, fake))),
        birthday(fake, limit, rng).size,
        copying(fake.astype("float32"), sets.held_out.astype("float32"),
                real.astype("float32"))["ratio"],
    ], strict=True))


def drawn(name, seed):
    """The figures of a case; None is real beside real."""
    rng = np.random.default_rng([seed, 0 if name is None else 1 + list(CASES).index(name)])
    sets = Sets(*(sample(rng) for _ in range(3)))
    if name is not None:
        CASES[name].change(sets, rng)
    return figures(sets, rng)


def real_beside_real():
    """figure -> its values in REAL comparisons of real with real."""
    values = [drawn(None, seed) for seed in range(REAL)]
    return {figure: np.array([value[figure] for value in values]) for figure in KINDS}


def judged(name, real, seeds=range(SEEDS)):
    """A row of the table for each figure of a case: `value` is its mean over the seeds."""
    values = [drawn(name, seed) for seed in seeds]
    for figure, (kind, worse) in KINDS.items():
        found = np.array([value[figure] for value in values])
        noticed = worse * found > (worse * real[figure]).max()
        yield {
            "case": name, "figure": figure,
            "should notice": {True: "yes", False: "no", None: ""}[CASES[name].noticed.get(kind)],
            "noticed": int(noticed.sum()), "of": len(found), "value": f"{found.mean():.4g}",
            "seed 0": f"{found[0]:.4g}",
            "real": f"{real[figure].mean():.4g}", "real deviation": f"{real[figure].std():.2g}",
        }


def right(row):
    """True or False, and None where the case does not say. Four of five seeds decide."""
    if not row["should notice"]:
        return None
    noticed = int(row["noticed"])
    return noticed >= 4 if row["should notice"] == "yes" else noticed <= 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="the table, a .csv file")
    options = parser.parse_args()
    real = real_beside_real()
    rows = []
    for name in CASES:
        rows += judged(name, real)
        words = {True: "right", False: "WRONG", None: "-"}
        verdicts = (f"{row['figure']} {row['noticed']} {words[right(row)]}" for row in rows[-11:])
        print(name, *verdicts, sep="; ", flush=True)
    with open(options.out, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
