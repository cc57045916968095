"""Generated points: means, spread, labels, and where the randomness comes from."""

import numpy
import pytest

from gan_scratch.datasets import grid, ring, swiss_roll, two_moons
from gan_scratch.datasets.mixtures import MIXTURES


def test_the_ring_has_eight_different_modes_on_the_unit_circle():
    mixture = ring(10, numpy.random.default_rng(0)).mixture
    assert mixture.means.shape == (8, 2) and mixture.sigma == 0.01
    numpy.testing.assert_allclose(numpy.hypot(*mixture.means.T), 1, rtol=1e-15)
    gaps = numpy.linalg.norm(mixture.means[:, None] - mixture.means[None], axis=-1)
    # Neighbours on a regular octagon: a spacing with both ends would give seven modes.
    closest = gaps[~numpy.eye(8, dtype=bool)].min()
    assert closest == pytest.approx(2 * numpy.sin(numpy.pi / 8))


def test_the_grid_is_the_one_of_the_literature():
    mixture = grid(10, numpy.random.default_rng(0)).mixture
    expected = [(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)]
    numpy.testing.assert_array_equal(mixture.means, expected)
    assert mixture.sigma == 0.05


@pytest.mark.parametrize("draw", [ring, grid])
def test_points_lie_around_the_mean_that_their_label_names(draw):
    dataset = draw(50_000, numpy.random.default_rng(5))
    mixture = dataset.mixture
    offsets = dataset.points - mixture.means[dataset.labels]
    assert offsets.std() == pytest.approx(mixture.sigma, rel=0.02)
    assert numpy.abs(offsets.mean(axis=0)).max() < 0.02 * mixture.sigma
    # Three sigma in two dimensions hold 1 - exp(-9/2) = 98.9 %.
    inside = numpy.linalg.norm(offsets, axis=1) < 3 * mixture.sigma
    assert inside.mean() == pytest.approx(1 - numpy.exp(-4.5), abs=0.002)
    shares = numpy.bincount(dataset.labels) / len(dataset)
    assert len(shares) == len(mixture.means)
    assert numpy.abs(shares * len(shares) - 1).max() < 0.12


def test_settings_are_obeyed():
    rng = numpy.random.default_rng(0)
    dataset = ring(100, rng, modes=3, radius=5.0, sigma=0.0)
    numpy.testing.assert_allclose(numpy.hypot(*dataset.points.T), 5, rtol=1e-6)
    assert set(dataset.labels) == {0, 1, 2}
    ticks = numpy.unique(grid(100, rng, side=2, spacing=3.0, sigma=0.0).points)
    numpy.testing.assert_array_equal(ticks, [-1.5, 1.5])


def test_the_swiss_roll_is_a_spiral():
    dataset = swiss_roll(5_000, numpy.random.default_rng(0), sigma=0.0)
    radius = numpy.hypot(*dataset.points.T.astype(float))
    assert radius.min() == pytest.approx(1 / 3, abs=0.01)
    assert radius.max() == pytest.approx(1, abs=0.01)
    # The radius is proportional to the angle, so it tells the whole angle.
    angle = radius * 4.5 * numpy.pi
    spiral = radius[:, None] * numpy.stack([numpy.cos(angle), numpy.sin(angle)], axis=1)
    numpy.testing.assert_allclose(dataset.points, spiral, atol=1e-5)
    assert dataset.labels is None and dataset.mixture is None
    noisy = swiss_roll(5_000, numpy.random.default_rng(0), sigma=0.1)
    assert (noisy.points - dataset.points).std() == pytest.approx(0.1, rel=0.05)


def test_the_moons_are_half_circles():
    dataset = two_moons(4_000, numpy.random.default_rng(0), sigma=0.0)
    upper, lower = dataset.points[dataset.labels == 0], dataset.points[dataset.labels == 1]
    assert abs(len(upper) - len(lower)) < 250
    numpy.testing.assert_allclose(numpy.hypot(*upper.T), 1, atol=1e-6)
    numpy.testing.assert_allclose(numpy.hypot(*(lower - [1, 0.5]).T), 1, atol=1e-6)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0.5


@pytest.mark.parametrize("name", MIXTURES)
def test_the_generator_decides_everything(name):
    def draw(seed):
        return MIXTURES[name](100, numpy.random.default_rng(seed))

    assert draw(1).name == name and draw(1).points.shape == (100, 2)
    assert draw(1).digest() == draw(1).digest() != draw(2).digest()


@pytest.mark.parametrize("name", MIXTURES)
def test_wrong_arguments(name):
    rng = numpy.random.default_rng(0)
    for wrong in (None, 0, numpy.random.RandomState(0)):
        with pytest.raises(TypeError, match="rng must be a numpy.random.Generator"):
            MIXTURES[name](10, wrong)
    with pytest.raises(ValueError, match="count must be a positive whole number, got 0"):
        MIXTURES[name](0, rng)
    for sigma in (-1.0, numpy.nan):
        with pytest.raises(ValueError, match="sigma must be"):
            MIXTURES[name](10, rng, sigma=sigma)
