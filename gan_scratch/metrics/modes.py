"""How much of a known distribution a generator reaches: its modes, and how evenly.

The rules are those of PacGAN (Lin et al. 2018, section 4.1), for points of a mixture of Gaussians
and for labels that are equally likely.
"""

from dataclasses import dataclass

import numpy as np

WITHIN = 3  # standard deviations from its mean that a sample of high quality may be off


@dataclass(frozen=True)
class Coverage:
    """modes           how many have at least one sample of high quality
    high_quality    the share of samples that are
    reverse_kl      KL(their distribution over the modes ‖ uniform), in nats
    """

    modes: int
    high_quality: float
    reverse_kl: float


def coverage(points, mixture):
    """How samples (N, 2) cover a datasets.Mixture.

    A sample belongs to the mode of the nearest mean, and is of high quality within 3 σ of it. Of
    perfect samples 1 - e^(-9/2) = 98.9 % are.
    """
    points = np.asarray(points, dtype="float64")
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"coverage takes at least one point, shape (N, 2), got {points.shape}")
    distance = np.linalg.norm(points[:, None] - mixture.means[None], axis=2)
    good = distance.min(axis=1) <= WITHIN * mixture.sigma
    counts = np.bincount(distance.argmin(axis=1)[good], minlength=len(mixture.means))
    return Coverage(int((counts > 0).sum()), float(good.mean()), kl_to_uniform(counts))


def kl_to_uniform(counts):
    """KL(p ‖ uniform) = log K - H(p), p the shares of K counts, in nats; infinite without any."""
    counts = np.asarray(counts, dtype="float64")
    if not counts.sum():
        return float("inf")
    shares = counts[counts > 0] / counts.sum()
    return float(np.log(len(counts)) + (shares * np.log(shares)).sum())
