"""The tasks in which a generator is trained: what is drawn for it, and how its samples are judged.

The grader and the student's tests call the same functions, each with a draw of its own.
"""

import numpy as np

from gan_scratch import cores, datasets
from gan_scratch.coursework.cases import Judgement
from gan_scratch.metrics.classifier import load_classifier
from gan_scratch.metrics.frechet import frechet_distance

CLASSIFIER = load_classifier("digits")  # both now, as behind the wall no file can be opened
cores.blas()

SIDE = 14  # pixels of a small digit
TRAINING, HELD_OUT = 7000, 2000  # of the 9,000 digits
NEIGHBOURS = 5
MODES, WIDTH, RADIUS, APART = 8, 0.2, 4.0, 1.8


def sampled(generate, weights, shapes, noise):
    """The samples of these weights, in float64; ValueError where they are none."""
    weights = [np.asarray(weight) for weight in weights]
    for weight, shape in zip(weights, shapes, strict=True):
        if weight.shape != shape or weight.dtype.kind != "f" or not np.isfinite(weight).all():
            raise ValueError(f"the weights must be finite numbers of the shapes {shapes}")
    with np.errstate(all="ignore"):
        fakes = generate([weight.astype(np.float64) for weight in weights], noise)
    if not np.isfinite(fakes).all():
        raise ValueError("the samples hold numbers that are not finite")
    return fakes


def ramp(value, none, full):
    """The share of the points: 0 at `none`, 1 at `full`, a straight line between them."""
    return float(np.clip((value - none) / (full - none), 0, 1))


# Digits ------------------------------------------------------------------------------------------


def small_digits():
    """(9000, 14, 14, 1) in [-1, 1]."""
    images = datasets.load("digits").images
    return images.reshape(len(images), SIDE, 2, SIDE, 2, 1).mean(axis=(2, 4))


def draw_view(rng):
    """(places (196,), sign): digits sheared, then turned or mirrored, perhaps in negative.

    The shear moves each row as far as the one above or one pixel further, around the edge, 6 to 10
    pixels in all. Neighbours stay neighbours, so a convolution is worth what it was.
    """
    steps = rng.permutation(SIDE - 1) < rng.integers(6, 11)
    moved = np.concatenate([[0], np.cumsum(steps)])
    rows = np.arange(SIDE**2).reshape(SIDE, SIDE)
    places = np.stack([np.roll(row, move) for row, move in zip(rows, moved, strict=True)])
    if rng.random() < 0.5:
        places = places.T
    return np.rot90(places, rng.integers(4)).ravel(), rng.choice([-1.0, 1.0])


def seen(images, view):
    """Images (N, 14, 14, 1) as they look in this view."""
    places, sign = view
    return sign * images.reshape(len(images), -1)[:, places].reshape(images.shape)


def unseen(images, view):
    """The inverse of `seen`."""
    places, sign = view
    return seen(images, (np.argsort(places), sign))


def digit_features(images):
    """What the classifier of digits makes of small ones, (N, 64)."""
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    return CLASSIFIER.features(((1 + large) / 2).astype(np.float32))


def distances(a, b):
    """Between the rows of a (N, F) and of b (M, F), (N, M)."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def coverage(real, fake):
    """The share of real features with a fake one nearer than their fifth real neighbour.

    Naeem et al., "Reliable fidelity and diversity metrics for generative models" (2020).
    """
    radius = np.partition(distances(real, real), NEIGHBOURS, axis=1)[:, NEIGHBOURS]
    return float((distances(real, fake).min(axis=1) < radius).mean())


def judge_digits(fakes):
    """Of digits (N, 14, 14, 1) that no longer are in their view."""
    real, fake = digit_features(small_digits()[TRAINING:]), digit_features(fakes)
    distance, covered = frechet_distance(fake, real), coverage(real, fake)
    return Judgement(
        min(ramp(distance, 40, 20), ramp(covered, 0.15, 0.3)),
        f"the Fréchet distance to real digits is {distance:.1f} (wanted at most 20), and "
        f"{covered:.1%} of them are covered (wanted at least 30 %)",
        {"coverage": round(covered, 4), "distance": round(distance, 2)},
    )


# Points ------------------------------------------------------------------------------------------


def draw_centres(rng):
    """(8, 2): places in a disc of radius 4, itself anywhere, at least 1.8 from each other."""
    while True:
        centres = np.empty((0, 2))
        for place in rng.uniform(-RADIUS, RADIUS, (200, 2)):
            free = (np.linalg.norm(centres - place, axis=1) >= APART).all()
            if free and np.linalg.norm(place) <= RADIUS:
                centres = np.vstack([centres, place])
            if len(centres) == MODES:
                return centres + rng.uniform(-RADIUS, RADIUS, 2)


def draw_points(centres, count, rng):
    """(count, 2), of equally likely clouds of width 0.2 around the centres."""
    return centres[rng.integers(len(centres), size=count)] + WIDTH * rng.standard_normal((count, 2))


def judge_points(fakes, centres):
    """Of points (N, 2), which are to come from clouds around these centres."""
    off = fakes[:, None] - centres
    distance = np.linalg.norm(off, axis=2)
    nearest, good = distance.argmin(axis=1), distance.min(axis=1) <= 3 * WIDTH
    found = 0
    for mode in range(len(centres)):
        own = off[good & (nearest == mode), mode]
        enough = len(own) >= max(0.25 * good.sum() / len(centres), 2)
        found += bool(enough and (own.std(axis=0) >= 0.3 * WIDTH).all())
    half = len(centres) / 2
    return Judgement(
        ramp(found, half, len(centres)) * ramp(good.mean(), 0.4, 0.7),
        f"{found} of {len(centres)} modes found, {good.mean():.0%} of the samples good (wanted all "
        "of them, and 70 %)",
        {"modes found": found, "good samples": round(float(good.mean()), 4)},
    )
