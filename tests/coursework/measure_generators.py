"""What the two tasks that train pay for, on several draws: a table for docs/results.

    python tests/coursework/measure_generators.py --out docs/results/generators.csv

BASELINES[task][what](data, rng, carried) are samples of what is no generator of this data, with as
many as the judge takes; `carried` are the weights of a generator that was trained on other data.
LEGITIMATE are generators of it that nobody trained in a game.
"""

import argparse
import csv
import itertools
import time
from pathlib import Path

import numpy as np

from gan_scratch.coursework import generators, source
from gan_scratch.coursework.cases import cases_of, reference_of
from gan_scratch.files import whole_file

NAMES = {"3.4": "images", "5.4": "collapse"}
COUNTS = {"3.4": 2000, "5.4": 4000}
WIDTH = generators.WIDTH
COLUMNS = ["task", "what", "draw", "share", "first", "second", "seconds"]


def reference(task):
    return reference_of(source.load(NAMES[task], "ada"))


def centres_of(data, count, rng, rounds=20):
    """Centres (count, F) by k-means, which are all found in nearly every draw."""
    data = data.reshape(len(data), -1)
    centres = data[rng.integers(len(data), size=1)]
    while len(centres) < count:  # each one far from those before
        far = generators.distances(data, centres).min(axis=1).argmax()
        centres = np.vstack([centres, data[far]])
    for _ in range(rounds):
        nearest = generators.distances(data, centres).argmin(axis=1)
        centres = np.stack([data[nearest == i].mean(axis=0) for i in range(count)])
    return centres


def drawn_from(rows, count, rng):
    return rows[rng.integers(len(rows), size=count)]


def principal_components(data, rng, rank, sharpen):
    """A Gaussian with the mean and the first principal components, pushed towards -1 and 1."""
    flat = data.reshape(len(data), -1)
    middle = flat.mean(axis=0)
    _, size, axes = np.linalg.svd(flat - middle, full_matrices=False)
    z = rng.standard_normal((2000, rank)) * size[:rank] / np.sqrt(len(flat))
    return np.tanh(sharpen * (middle + z @ axes[:rank])).reshape(-1, 14, 14, 1)


def turned_to_fit(images, data):
    """The one of 8 turns and reflections and 2 signs whose mean is most like that of `data`."""
    views = [
        sign * np.rot90(one, turn, axes=(1, 2))
        for one in (images, images.transpose(0, 2, 1, 3))
        for turn, sign in itertools.product(range(4), (-1, 1))
    ]
    mean = data.mean(axis=0)
    return min(views, key=lambda view: np.linalg.norm(view.mean(axis=0) - mean))


def from_weights(task, weights, rng):
    code = reference(task)
    noise = rng.standard_normal((COUNTS[task], code.LATENT))
    return generators.sampled(code.generate, weights, code.SHAPES, noise)


def noise_around_the_mean(data, rng):
    z = rng.standard_normal((2000, *data.shape[1:]))
    return np.tanh(np.arctanh(0.99 * data.mean(axis=0)) + z)


def still(sample, count):
    return np.repeat(np.asarray(sample)[None], count, axis=0)


def gaussian(points, rng):
    return rng.multivariate_normal(points.mean(axis=0), np.cov(points.T), 4000)


def around(centres, width, rng):
    return drawn_from(centres, 4000, rng) + width * rng.standard_normal((4000, 2))


BASELINES = {
    "3.4": {
        "zeros": lambda data, rng, carried: np.zeros((2000, 14, 14, 1)),
        "the mean image": lambda data, rng, carried: still(data.mean(axis=0), 2000),
        "one digit": lambda data, rng, carried: still(data[0], 2000),
        "seven digits": lambda data, rng, carried: drawn_from(data[:7], 2000, rng),
        "ten centres": lambda data, rng, carried: drawn_from(
            centres_of(data, 10, rng), 2000, rng).reshape(-1, 14, 14, 1),
        "noise": lambda data, rng, carried: np.tanh(rng.standard_normal((2000, 14, 14, 1))),
        "noise around the mean": lambda data, rng, carried: noise_around_the_mean(data, rng),
        "carried in": lambda data, rng, carried: from_weights("3.4", carried, rng),
        "carried in, turned to fit": lambda data, rng, carried: turned_to_fit(
            from_weights("3.4", carried, rng), data),
    },
    "5.4": {
        "zeros": lambda data, rng, carried: np.zeros((4000, 2)),
        "the mean": lambda data, rng, carried: still(data.mean(axis=0), 4000),
        "one point": lambda data, rng, carried: still(data[0], 4000),
        "one cloud": lambda data, rng, carried: around(centres_of(data, 8, rng)[:1], WIDTH, rng),
        "half of the clouds": lambda data, rng, carried: around(
            centres_of(data, 8, rng)[:4], WIDTH, rng),
        "centres": lambda data, rng, carried: around(centres_of(data, 8, rng), 0, rng),
        "centres with a fifth of the width": lambda data, rng, carried: around(
            centres_of(data, 8, rng), 0.2 * WIDTH, rng),
        "a Gaussian": lambda data, rng, carried: gaussian(data, rng),
        "noise": lambda data, rng, carried: 2 * rng.standard_normal((4000, 2)),
        "even in a rectangle": lambda data, rng, carried: rng.uniform(
            data.min(axis=0), data.max(axis=0), (4000, 2)),
        "carried in": lambda data, rng, carried: from_weights("5.4", carried, rng),
    },
}
LEGITIMATE = {
    "3.4": {
        "principal components": lambda data, rng, carried: principal_components(data, rng, 32, 1),
        "principal components, sharpened": lambda data, rng, carried: principal_components(
            data, rng, 32, 2),
    },
    "5.4": {
        "centres with the width": lambda data, rng, carried: around(
            centres_of(data, 8, rng), WIDTH, rng),
    },
}


def carried_in(task):
    """Weights of the solution, trained on upright digits or on a ring."""
    code = reference(task)
    if task == "3.4":
        return code.train_digits(generators.small_digits()[: generators.TRAINING], 0, 30.0)
    angles = np.arange(8) * np.pi / 4
    ring = 3 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return code.train(generators.draw_points(ring, 20_000, np.random.default_rng(0)), 0, 25.0)


def judged(task, make, draw, carried=None):
    """The Judgement of what `make` gives for the data of this draw."""
    rng = np.random.default_rng([int(task[0]), draw])
    if task == "3.4":
        view = generators.draw_view(rng)
        data = generators.seen(generators.small_digits()[: generators.TRAINING], view)
        return generators.judge_digits(generators.unseen(make(data, rng, carried), view))
    centres = generators.draw_centres(rng)
    points = generators.draw_points(centres, 20_000, rng)
    return generators.judge_points(make(points, rng, carried), centres)


def grading(task, draw):
    """(Judgement of the solution by its case, seconds of computing)."""
    case, = (case for case in cases_of(source.load(NAMES[task], "ada")) if case.task == task)
    start = time.process_time()
    answers = {
        name: np.array(value)
        for name, value in case.script(reference(task), np.random.default_rng(draw))
    }
    return case.judge(answers), time.process_time() - start


def row(task, what, draw, judgement, seconds=""):
    numbers = [f"{number:.4g}" for number in judgement.figures.values()]
    return dict(zip(COLUMNS, [task, what, draw, round(judgement.share, 3), *numbers, seconds],
                    strict=True))


def rows(draws, gradings):
    for task in NAMES:
        carried = carried_in(task)
        for what, make in {**BASELINES[task], **LEGITIMATE[task]}.items():
            for draw in range(draws):
                yield row(task, what, draw, judged(task, make, draw, carried))
        for draw in range(gradings):
            judgement, seconds = grading(task, draw)
            yield row(task, "the solution", draw, judgement, round(seconds, 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--gradings", type=int, default=20)
    options = parser.parse_args()
    with whole_file(options.out, "w", encoding="utf-8", newline="\n") as stream:
        stream.write("# 3.4: first is coverage, second distance; 5.4: modes found, good samples\n")
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for each in rows(options.draws, options.gradings):
            writer.writerow(each)
            print(*each.values(), flush=True)


if __name__ == "__main__":
    main()
