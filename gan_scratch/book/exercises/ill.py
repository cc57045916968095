"""Exercises of chapter 11: the AUC by its curve, its variance from all orders, places by counting.
"""

import functools
import itertools
import math

import numpy as np

from gan_scratch.book.exercises import Wrong, expect, number

LARGEST = 500  # numbers of scores whose deviation is worked out


def auc(answer):
    """answer(high, low): the area under the curve of hits over false alarms, in trapezoids."""
    rng = np.random.default_rng(1)
    for n, m, values in ((5, 7, 1000), (12, 8, 6), (4, 4, 2)):  # many ties where values are few
        high, low = rng.integers(values, size=n) + 0.5, rng.integers(values, size=m) + 0.5
        given, truth = number(answer, high, low), area(high, low)
        hints = {
            "; have you changed the places of the two sets?": 1 - truth,
            "; equal numbers count half": area(high, low + 0.1),
            "; equal numbers count half, not whole": area(high + 0.1, low),
        }
        hint = next((words for words, value in hints.items() if np.isclose(given, value)), "")
        expect(given, truth, f"the AUC of {n} numbers against {m}", hint=hint)


def area(high, low):
    thresholds = [math.inf, *sorted({*high, *low}, reverse=True)]
    hits, alarms = (
        [sum(x >= limit for x in some) / len(some) for limit in thresholds] for some in (high, low)
    )
    return sum(
        (alarms[i] - alarms[i - 1]) * (hits[i] + hits[i - 1]) / 2 for i in range(1, len(thresholds))
    )


def samples_needed(answer):
    """answer(t): the variance follows from who has the largest of all scores, again and again."""
    for t in (0.3, 0.2, 0.1, 0.07, 0.05):
        truth = next(n for n in itertools.count(1) if deviation(n) <= t)
        given = number(answer, t)
        if not (given >= 1 and given == np.floor(given) < np.inf):
            raise Wrong(
                f"for t = {t} your answer is {given:g}; samples come in whole numbers, 1 or more"
            )
        if given > LARGEST:
            raise Wrong(f"for t = {t} your answer is {given:g}; far fewer will do")
        if given != truth:
            raise Wrong(
                f"{given:g} scores against as many have a standard deviation of "
                f"{deviation(int(given)):.4f} where at most {t} is wanted"
                + "; fewer will do" * bool(given > truth)
            )


@functools.cache
def deviation(n):
    """The standard deviation of the AUC of n against n scores in random order."""
    mean, of_square = moments(n)
    return math.sqrt(of_square - mean**2) / n**2


def moments(n):
    """The mean of U and of U², U the number of pairs in which a training score is larger. Row by
    row: the largest of i + j scores is one of the i with probability i / (i + j), and then larger
    than all j."""
    row = [(0.0, 0.0)] * (n + 1)
    for i in range(1, n + 1):
        new = [(0.0, 0.0)]
        for j in range(1, n + 1):
            (one, two), (left, left_two), p = row[j], new[-1], i / (i + j)
            new.append((
                p * (one + j) + (1 - p) * left,
                p * (two + 2 * j * one + j * j) + (1 - p) * left_two,
            ))
        row = new
    return row[n]


def noise_of_place(answer):
    """answer(spread, n, m): all batches of numbers that are -1 or 1 with equal probability."""
    for spread, n, m in ((1, 4, 4), (2, 3, 5), (0.5, 1, 6), (0, 2, 3)):
        batches = itertools.product((-1, 1), repeat=n + m)
        places = [spread * sum(b[:n]) / n - sum(b[n:]) / m for b in batches]
        truth, given = np.std(places), number(answer, spread, n, m)
        hints = {
            "; have you added standard deviations instead of variances?":
                abs(spread) / n**0.5 + 1 / m**0.5,
            "; is that the variance?": truth**2,
            "; the spread belongs to the fakes": (1 / n + spread**2 / m) ** 0.5,
            "; is the spread a standard deviation?": (spread / n + 1 / m) ** 0.5,
        }
        hint = next((words for words, value in hints.items() if np.isclose(given, value)), "")
        what = f"the standard deviation for a spread of {spread}, {n} fakes and {m} real samples"
        expect(given, truth, what, hint=hint)


CHECKS = {"1": auc, "2": samples_needed, "3": noise_of_place}
