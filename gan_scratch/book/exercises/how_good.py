"""Exercises of chapter 10: KID pair by pair, coverage ball by ball, birthdays by factorials."""

import itertools
import math

import numpy as np

from gan_scratch.book.exercises import Wrong, expect, number


def kernel_distance(answer):
    """answer(a, b): the sum over all pairs, one after the other."""
    rng = np.random.default_rng(1)
    for count, features in ((4, 1), (6, 3)):
        a, b = rng.standard_normal((2, count, features)) * [[[1]], [[1.5]]]
        pairs = list(itertools.product(range(count), repeat=2))
        within = [kernel(a[i], a[j]) + kernel(b[i], b[j]) for i, j in pairs if i != j]
        between = [kernel(a[i], b[j]) for i, j in pairs]
        own = [kernel(a[i], a[i]) + kernel(b[i], b[i]) for i in range(count)]
        truth = sum(within) / (count * (count - 1)) - 2 * sum(between) / count**2
        given = number(answer, a, b)
        hints = {
            "; are there pairs of a sample with itself in it?":
                (sum(within) + sum(own)) / count**2 - 2 * sum(between) / count**2,
            "; have you divided by the number of pairs in the sum?":
                (sum(within) + sum(own)) / (count * (count - 1)) - 2 * sum(between) / count**2,
        }
        hint = next((words for words, value in hints.items() if np.isclose(given, value)), "")
        what = f"KID of {count} and {count} samples with D = {features}"
        expect(given, truth, what, hint=hint)


def kernel(x, y):
    return (sum(p * q for p, q in zip(x, y, strict=True)) / len(x) + 1) ** 3


def coverage(answer):
    """answer(real, fake, k): one real sample after the other, with all its distances in a list."""
    rng = np.random.default_rng(2)
    for n, m, k in ((6, 5, 1), (12, 20, 3), (20, 9, 5)):
        real, fake = rng.standard_normal((n, 2)), 1.5 * rng.standard_normal((m, 2))
        given = number(answer, real, fake, k)
        hints = {
            "; is each real sample its own nearest neighbour?": covered(real, fake, k - 1),
            "; have you changed the places of real samples and fakes?": covered(fake, real, k),
        }
        hint = next((words for words, value in hints.items() if np.isclose(given, value)), "")
        what = f"the coverage of {n} real samples by {m} fakes with k = {k}"
        expect(given, covered(real, fake, k), what, hint=hint)


def covered(real, fake, k):
    """The share of the balls up to the k-th other real sample that hold a fake."""
    inside = []
    for i, centre in enumerate(real):
        others = sorted(math.dist(centre, x) for j, x in enumerate(real) if j != i)
        inside.append(k > 0 and min(math.dist(centre, x) for x in fake) < others[k - 1])
    return sum(inside) / len(inside)


def draws_needed(answer):
    """answer(n, chance): the smallest s with 1 - n! / ((n - s)! nˢ) of at least `chance`."""
    for n, chance in ((365, 0.5), (365, 0.99), (12, 0.8), (10_000, 0.5), (5, 0.999)):
        truth = next(s for s in itertools.count(1) if duplicate(n, s) >= chance)
        given = number(answer, n, chance)
        if not (given >= 1 and given == np.floor(given) < np.inf):
            raise Wrong(
                f"of {n} with a chance of {chance} wanted, your answer is {given:g}; draws come "
                "in whole numbers, 1 or more"
            )
        if given != truth:
            raise Wrong(
                f"{given:g} draws of {n} have a duplicate with probability "
                f"{duplicate(n, int(given)):.4f} where {chance} is wanted"
                + "; fewer will do" * bool(given > truth)
            )


def duplicate(n, s):
    """The probability of a duplicate among s draws of n, by factorials."""
    if s > n:
        return 1.0
    return 1 - math.exp(math.lgamma(n + 1) - math.lgamma(n - s + 1) - s * math.log(n))


CHECKS = {"1": kernel_distance, "2": coverage, "3": draws_needed}
