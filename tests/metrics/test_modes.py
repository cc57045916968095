"""Coverage of a known mixture: PacGAN's rules on samples whose figures are known by hand."""

import math

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.metrics.modes import coverage, kl_to_uniform

RNG = np.random.default_rng


def test_perfect_samples_score_what_a_gaussian_says():
    data = datasets.ring(100_000, RNG(0))
    found = coverage(data.points, data.mixture)
    assert found.modes == 8
    assert found.high_quality == pytest.approx(1 - math.exp(-9 / 2), abs=1e-3)  # 98.9 %
    assert 0 < found.reverse_kl < 1e-3


@pytest.mark.parametrize("name, modes", [("ring", 8), ("grid", 25)])
def test_samples_of_some_modes_only(name, modes):
    mixture = datasets.load(name, rng=RNG(0)).mixture
    points = np.repeat(mixture.means[:3], [10, 10, 20], axis=0)
    found = coverage(points, mixture)
    shares = np.array([0.25, 0.25, 0.5])
    assert (found.modes, found.high_quality) == (3, 1.0)
    assert found.reverse_kl == pytest.approx(math.log(modes) + (shares * np.log(shares)).sum())


def test_a_sample_counts_within_three_sigma_and_no_further():
    mixture = datasets.ring(1, RNG(0)).mixture
    away = np.array([[0.0, 1.0]]) * mixture.sigma
    inside, outside = mixture.means[:1] + 2.99 * away, mixture.means[1:2] + 3.01 * away
    found = coverage(np.concatenate([inside, outside]), mixture)
    assert (found.modes, found.high_quality) == (1, 0.5)


def test_where_nothing_is_of_high_quality_the_divergence_is_infinite():
    mixture = datasets.ring(1, RNG(0)).mixture
    found = coverage(np.zeros((5, 2)), mixture)
    assert (found.modes, found.high_quality, found.reverse_kl) == (0, 0.0, math.inf)


def test_the_divergence_of_even_counts_is_zero_and_of_one_class_log_k():
    assert kl_to_uniform([7] * 10) == pytest.approx(0, abs=1e-12)
    assert kl_to_uniform([0, 5, 0, 0]) == pytest.approx(math.log(4))


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((3, 3)), np.zeros(4)])
def test_other_shapes_are_refused(points):
    mixture = datasets.ring(1, RNG(0)).mixture
    with pytest.raises(ValueError, match=r"coverage takes at least one point, shape \(N, 2\)"):
        coverage(points, mixture)
