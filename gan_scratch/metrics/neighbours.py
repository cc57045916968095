"""Precision and recall, density and coverage: do fakes lie where reals do, and everywhere there?

Around each real sample stands a ball that reaches to its k-th nearest real neighbour. A fake in no
ball is unrealistic; a real sample whose ball holds no fake has been missed.

    precision   share of fakes that are in a real ball          Kynkäänniemi et al. 2019
    recall      share of reals that are in a fake's ball        Kynkäänniemi et al. 2019
    density     mean number of real balls around a fake, / k    Naeem et al. 2020
    coverage    share of real balls that hold a fake            Naeem et al. 2020
    clipped     density and coverage, calibrated                Salvy et al. 2025

Two sets from one distribution do not score 1: it depends on N, M and k, and for the first two on
the distribution as well, so put two sets of real samples beside every figure.

What is exactly at the radius is outside, so the ball of a real sample with k copies is empty. If
half of them are, no fakes could score well, and ValueError is raised. Fakes may be all equal.
"""

import numpy as np

from gan_scratch.metrics.features import two_sets

BLOCK = 500  # rows of a matrix of distances that are made at a time
ROUNDING = 1e-12  # a squared distance below this share of |a|² + |b|² counts as 0


def precision_recall(real, fake, k=3):
    """(precision, recall) of features fake (M, D) beside real (N, D)."""
    real, fake, radius = with_balls(real, fake, k)
    precision = balls_around(fake, real, radius) > 0
    recall = balls_around(real, fake, radii(fake, k)) > 0
    return float(precision.mean()), float(recall.mean())


def density_coverage(real, fake, k=5):
    """(density, coverage). For equal distributions E[density] is 1; it has no upper end."""
    real, fake, radius = with_balls(real, fake, k)
    covered = nearest_distances(real, fake, 1)[:, 0] < radius
    return float(balls_around(fake, real, radius).mean() / k), float(covered.mean())


def clipped(real, fake, k=5):
    """(clipped density, clipped coverage), both near the share of good fakes, from 0 to 1.

    Density: no ball larger than the median one, and the mean over fakes of min(balls around it / k,
    1), over the same figure of the reals among the other reals. Coverage: the mean over real balls
    of min(fakes inside / k, 1), which for m good fakes has the expectation e(m), if the others are
    in no ball; the result is the m / M with e(m) as found.
    """
    real, fake, radius = with_balls(real, fake, k)
    inside = nearest_distances(real, fake, k) < radius[:, None]
    good = np.arange(len(fake) + 1)
    expected = 1 - (1 - np.arange(k) / k) @ ball_counts(len(real), good, k)
    coverage = np.interp(inside.mean(), expected, good) / len(fake)
    radius = np.minimum(radius, np.median(radius))
    of_fakes = balls_around(fake, real, radius)
    # Without its own ball, but with those at whose edge it stands.
    of_reals = balls_around(real, real, np.nextafter(radius, np.inf)) - 1
    density = np.minimum(of_fakes, k).mean() / np.minimum(of_reals, k).mean()
    return min(float(density), 1.0), float(coverage)


def expected_coverage(n, m, k):
    """E[coverage] of n reals and m fakes from one distribution, whichever it is.

    A ball is empty if k of the n - 1 other reals come before all m fakes in the order of distance:
    1 - Π_{i<k} (n - 1 - i) / (m + n - 1 - i).
    """
    return float(1 - ball_counts(n, np.array([m]), k)[0, 0])


def ball_counts(n, m, k):
    """(k, len(m)): the probability that a ball among n reals holds 0 ... k - 1 of m good fakes.

    All orders of the n - 1 reals and m fakes by distance are equally likely, so this is a negative
    hypergeometric distribution: P(j + 1) = P(j) (j + k) (m - j) / ((j + 1) (m - j + n - 1 - k)).
    """
    i = np.arange(k)[:, None]
    rows = [np.prod((n - 1 - i) / (m + n - 1 - i), axis=0)]
    for j in range(k - 1):
        others = np.maximum(m - j + n - 1 - k, 1)  # 0 only where P(j + 1) is 0
        rows.append(rows[j] * (j + k) * (m - j) / ((j + 1) * others))
    return np.stack(rows)


def with_balls(real, fake, k):
    real, fake = two_sets(real, fake, k + 1, f"k = {k}")
    radius = radii(real, k)
    if np.median(radius) == 0:
        raise ValueError(f"k = {k} takes reals that differ, got half of them with {k} copies")
    return real, fake, radius


def radii(points, k):
    return nearest_distances(points, points, k + 1)[:, k]  # the nearest is the point itself


def nearest_distances(points, others, k):
    """(N, k): the distances from each of `points` to the nearest k of `others`, in order."""
    found = [np.partition(block, k - 1)[:, :k] for block in distances(points, others)]
    return np.sort(np.concatenate(found))


def balls_around(points, centres, radius):
    """(N,): in how many of the balls around `centres`, each with its `radius`, each point is."""
    blocks = np.split(radius, range(BLOCK, len(radius), BLOCK))
    pairs = zip(distances(centres, points), blocks, strict=True)
    return sum((block < radius[:, None]).sum(axis=0) for block, radius in pairs)


def distances(a, b):
    """The Euclidean distances from rows of a to rows of b, BLOCK rows of (N, M) at a time."""
    for start in range(0, len(a), BLOCK):
        block = a[start : start + BLOCK]
        squares = (block**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)
        apart = squares - 2 * block @ b.T
        yield np.sqrt(np.where(apart < ROUNDING * squares, 0, apart))
