"""Precision, recall, density, coverage: against brute force, exact expectations, known cases."""

import itertools

import numpy as np
import pytest

from gan_scratch.metrics import neighbours
from gan_scratch.metrics.neighbours import (
    clipped,
    density_coverage,
    expected_coverage,
    precision_recall,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def brute_force(real, fake, k):
    """The four figures with every difference taken, and all balls at once."""
    def between(a, b):
        return np.linalg.norm(a[:, None] - b[None], axis=2)

    def radius(points):
        return np.sort(between(points, points), axis=1)[:, k]

    in_real_ball = between(real, fake) < radius(real)[:, None]
    in_fake_ball = between(fake, real) < radius(fake)[:, None]
    return (
        in_real_ball.any(axis=0).mean(), in_fake_ball.any(axis=0).mean(),
        in_real_ball.sum(axis=0).mean() / k, in_real_ball.any(axis=1).mean(),
    )


@pytest.mark.parametrize("block", [7, 500])
def test_the_blocks_give_what_brute_force_gives(rng, monkeypatch, block):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    real, fake = 100 + rng.standard_normal((60, 3)), 100.3 + rng.standard_normal((45, 3))
    for k in (1, 4):
        expected = brute_force(real, fake, k)
        assert precision_recall(real, fake, k) == pytest.approx(expected[:2], rel=1e-12)
        assert density_coverage(real, fake, k) == pytest.approx(expected[2:], rel=1e-12)


SIZES = [(100, 100, 5), (200, 100, 5), (100, 200, 5), (150, 150, 3), (120, 60, 1)]


@pytest.mark.parametrize("n, m, k", SIZES, ids=str)
def test_equal_distributions_have_the_expected_coverage_and_density_1(rng, n, m, k):
    found = np.array([
        density_coverage(rng.standard_normal((n, 4)), rng.standard_normal((m, 4)), k)
        for _ in range(100)
    ])
    means, errors = found.mean(axis=0), found.std(axis=0) / np.sqrt(len(found))
    assert abs(means[0] - 1) < 3 * errors[0]
    assert abs(means[1] - expected_coverage(n, m, k)) < 3 * errors[1]


def test_as_many_fakes_as_reals_are_expected_to_cover_1_less_a_power_of_2():
    assert expected_coverage(10**6, 10**6, 5) == pytest.approx(1 - 2**-5, abs=1e-5)
    assert expected_coverage(3, 1, 1) == pytest.approx(1 / 3)  # one of two reals and a fake


def test_the_counts_inside_a_ball_are_a_distribution():
    """All orders of 3 reals and 4 fakes around the centre, counted."""
    orders = list(itertools.combinations(range(7), 4))  # the places of the fakes
    # A ball of n = 4 reals has 3 others; the third of them is its edge.
    inside = [sum(place < max(set(range(7)) - set(fakes)) for place in fakes) for fakes in orders]
    expected = np.bincount(inside, minlength=5)[:3] / len(orders)
    found = neighbours.ball_counts(4, np.array([0, 4]), 3)
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-12)
    np.testing.assert_allclose(found[:, 0], [1, 0, 0])  # no fakes: none inside


class TestKnownCases:
    @pytest.fixture
    def real(self, rng):
        return rng.standard_normal((300, 8))

    def test_collapse_has_precision_1_and_recall_0_not_the_reverse(self, real):
        """torch-fidelity's issue 58: a new figure there had the two swapped."""
        fake = np.tile(real[:1], (300, 1))
        assert precision_recall(real, fake) == (1, 0)
        nearly = real[:1] + 1e-3 * np.random.default_rng(1).standard_normal((300, 8))
        precision, recall = precision_recall(real, nearly)
        assert precision == 1 and recall < 0.01
        assert density_coverage(real, fake)[1] < 0.1
        assert clipped(real, fake)[1] < 0.05

    def test_half_of_the_fakes_far_away(self, real, rng):
        """The clipped figures are about the share of good fakes, which coverage is not."""
        figures = []
        for seed in range(8):
            rng = np.random.default_rng(seed)
            good, reals = rng.standard_normal((250, 8)), rng.standard_normal((500, 8))
            fake = np.concatenate([good, 100 + rng.standard_normal((250, 8))])
            figures.append((*clipped(reals, fake), density_coverage(reals, fake)[1]))
        density, coverage, unclipped = np.mean(figures, axis=0)
        assert density == pytest.approx(0.5, abs=0.02)
        assert coverage == pytest.approx(0.5, abs=0.02)
        assert unclipped > 0.8

    def test_one_real_outlier_cannot_lift_the_clipped_density(self, real):
        real[0] = 60
        fake = np.tile(real[:1] / 2, (300, 1))  # in the outlier's ball, and in no other
        assert precision_recall(real, fake)[0] == 1
        assert clipped(real, fake)[0] == 0

    def test_a_generator_slightly_too_narrow(self, rng):
        real, fake = rng.standard_normal((2, 500, 64))
        assert precision_recall(real, fake / 1.3)[0] > 0.99
        assert precision_recall(real, fake / 1.3)[1] < 0.1
        density, coverage = density_coverage(real, fake / 1.3)
        assert density > 5 and coverage == 1


class TestEqualSamples:
    def test_reals_that_are_all_equal_are_refused(self, rng):
        """Their squared distances, |a|² + |b|² - 2 a · b, are not 0 but for rounding."""
        equal = np.repeat(rng.standard_normal((5, 64)), 10, axis=0)
        for figure in (precision_recall, density_coverage, clipped):
            with pytest.raises(ValueError, match="takes reals that differ, got half of them with"):
                figure(equal, equal)

    def test_some_equal_reals_are_missed_and_the_others_are_not(self, rng):
        real = rng.standard_normal((100, 3))
        real[:20] = real[0]
        assert density_coverage(real, real)[1] == pytest.approx(0.8)


def test_features_that_do_not_fit_are_one_sentence():
    with pytest.raises(ValueError, match=r"k = 5 takes .* at least 6, got \(5, 2\) and \(9, 2\)"):
        clipped(np.ones((5, 2)), np.ones((9, 2)))
