"""MIND: against transports that are known exactly."""

from statistics import NormalDist

import numpy as np
import pytest

from gan_scratch.metrics.sliced import mind


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def quantiles(mean, deviation, count=2000):
    """A Gaussian as its sorted quantiles, in some other order."""
    shares = (np.arange(count) + 0.5) / count
    values = [NormalDist(mean, deviation).inv_cdf(share) for share in shares]
    return np.random.default_rng(1).permutation(values)[:, None]


def test_gaussians_of_one_dimension_have_a_closed_form(rng):
    """W₂² = (μ - ν)² + (σ - τ)², and 3 D = 3."""
    found = mind(quantiles(1, 2), quantiles(-1, 0.5), rng, directions=3)
    assert found == pytest.approx(3 * (2**2 + 1.5**2), rel=2e-3)  # 2,000 quantiles miss the tails


def test_a_shift_gives_three_times_its_square(rng):
    a, shift = rng.standard_normal((50, 5)), np.array([3.0, 0, 4, 0, 0])
    values = np.array([mind(a, a + shift, rng, directions=200) for _ in range(30)])
    assert abs(values.mean() - 3 * 25) < 3 * values.std() / np.sqrt(len(values))


def test_a_scale_leaves_the_order_along_each_direction(rng):
    """(c - 1)² · 3 D · mean (x · u)², which is 3 (c - 1)² mean |x|² on average over u."""
    a = rng.standard_normal((400, 4))
    found = mind(a, 1.5 * a, rng, directions=4000)
    assert found == pytest.approx(3 * 0.25 * (a**2).sum(axis=1).mean(), rel=0.03)


def test_order_does_not_matter_and_a_set_is_at_0_from_itself(rng):
    a, b = rng.standard_normal((2, 60, 3))
    one, other = (np.random.default_rng(2) for _ in range(2))
    assert mind(a, rng.permutation(a), rng) == pytest.approx(0, abs=1e-25)
    assert mind(a, b, one) == pytest.approx(mind(rng.permutation(b), a, other), rel=1e-12) != 0


def test_unequal_numbers_are_one_sentence(rng):
    with pytest.raises(ValueError, match="MIND takes as many rows in both sets, got 9 and 8"):
        mind(np.ones((9, 2)), np.ones((8, 2)), rng)
