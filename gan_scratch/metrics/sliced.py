"""MIND: a sliced Wasserstein distance between two sets of features (Berthet et al. 2026).

The paper takes features of an Inception network; with ours no value compares with one of theirs.
"""

import numpy as np

from gan_scratch.metrics.features import two_sets


def mind(a, b, rng, directions=1000):
    """3 D · mean over directions u and ranks i of (sort(a u)_i - sort(b u)_i)²; a, b are (N, D).

    Along a direction the optimal transport takes the smallest to the smallest, the second to the
    second, and so on. The u are random unit vectors; a shift by s gives 3 |s|² on average. Two sets
    from one distribution are not at 0, and the fewer the samples, the further apart they are.
    """
    a, b = two_sets(a, b, 1, "MIND")
    if len(a) != len(b):
        raise ValueError(f"MIND takes as many rows in both sets, got {len(a)} and {len(b)}")
    total = 0.0
    for _ in range(directions):
        u = rng.standard_normal(a.shape[1])
        u /= np.linalg.norm(u)
        total += np.square(np.sort(a @ u) - np.sort(b @ u)).mean()
    return float(3 * a.shape[1] * total / directions)
