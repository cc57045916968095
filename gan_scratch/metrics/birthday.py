"""The birthday test: how many different samples can a generator make? (Arora, Zhang 2017)

Of n equally likely values the first repeats after about 1.18 √n draws: 23 people suffice for two to
share a birthday. So early duplicates mean a small support. Here two samples are duplicates if they
are closer than a threshold; real samples have a figure too, which should stand beside it.
"""

import math
from dataclasses import dataclass

import numpy as np

from gan_scratch.metrics.features import two_sets
from gan_scratch.metrics.nearest import nearest
from gan_scratch.metrics.neighbours import distances

PAIRS = ORDERS = 1000  # duplicates that are enough for an estimate; random orders to look in


@dataclass(frozen=True)
class Birthday:
    """size        among so many samples there is a duplicate with probability 1/2
    support     n with size (size - 1) = 2 n log 2: of so many equally likely ones that is the size
    pairs       duplicates that were found; fewer than 10 make both figures rough
    at_least    True where there is none: both are lower bounds, size the number of samples
    """

    size: float
    support: float
    pairs: int
    at_least: bool


def birthday(features, threshold, rng):
    """The `Birthday` of samples with features (N, D): of as many as have 1,000 duplicates, or all.

    `size` is the median, over 1,000 random orders, of where the first duplicate shows.
    """
    features = rng.permutation(two_sets(features, features, 2, "a birthday test")[0])
    count, first = 1, ()
    while len(first) < PAIRS and count < len(features):
        count = min(2 * count, len(features))
        some = features[:count]
        near = np.concatenate([block < threshold for block in distances(some, some)])
        first, second = np.nonzero(np.triu(near, 1))
    size = count
    if len(first):
        orders = (rng.permutation(count) for _ in range(ORDERS))
        shown = [np.maximum(at[first], at[second]).min() + 1 for at in orders]
        size = max(2, np.median(shown - rng.random(ORDERS)))  # so that it is no whole number
    support = size * (size - 1) / (2 * math.log(2))
    return Birthday(float(size), float(support), len(first), not len(first))


def threshold(held_out, training):
    """The distance that 1 % of held-out real samples are closer than to a training sample.

    Both are features (N, D), or images (N, ...) in [0, 1].
    """
    return float(np.quantile(nearest(held_out, training)[1], 0.01))
