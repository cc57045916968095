"""KID: how far apart two sets of features are, by the similarity of pairs (Bińkowski et al. 2018).

Its expectation does not depend on the number of samples, and is 0 for two sets from one
distribution, so half of these are negative. The name says Inception, and our features are others:
no value compares with one in a paper.
"""

from dataclasses import dataclass

import numpy as np

from gan_scratch.metrics.features import two_sets

BLOCK = 1000  # rows of a kernel matrix that are made at a time


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation."""

    mean: float
    deviation: float


def kid(a, b, rng, subsets=100, size=1000):
    """The squared kernel distance of features a (N, D) and b (M, D), a `Spread` over subsets.

    With the kernel k(x, y) = (x · y / D + 1)³, and m rows drawn from each of the two sets,

        MMD² = Σ_{i≠j} [k(a_i, a_j) + k(b_i, b_j)] / (m (m - 1)) - 2 Σ_{i,j} k(a_i, b_j) / m²

    m is `size`, or half of the smaller set if that has fewer rows. Subsets of 1,000 from 2,500 rows
    overlap: `deviation` is that of one subset, and how far the mean moves only new samples show.
    """
    a, b = two_sets(a, b, 4, "KID")
    size = size if size <= min(len(a), len(b)) else min(len(a), len(b)) // 2
    # Each row has a 1 for what is in its subset. With two such, u and v, a sum over both is u K vᵀ.
    orders = (rng.random((subsets, len(x))).argsort(axis=1) for x in (a, b))
    in_a, in_b = ((order < size).astype("float64") for order in orders)
    within = kernel_sums(a, a, in_a, in_a) + kernel_sums(b, b, in_b, in_b)
    values = within / (size * (size - 1)) - 2 * kernel_sums(a, b, in_a, in_b) / size**2
    return Spread(float(values.mean()), float(values.std()))


def kernel_sums(x, y, in_x, in_y):
    """(subsets,): Σ k(x_i, y_j) over each, without i = j where x is y."""
    total = np.zeros(len(in_x))
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        kernel = (x[rows] @ y.T / x.shape[1] + 1) ** 3
        if x is y:
            np.fill_diagonal(kernel[:, rows], 0)
        total += np.einsum("sm,sm->s", in_x[:, rows] @ kernel, in_y)
    return total
