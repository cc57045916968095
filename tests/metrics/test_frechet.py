"""The Fréchet distance: against closed forms, what must not change it, and the floor."""

from pathlib import Path

import numpy as np
import pytest

import gan_scratch
from gan_scratch.metrics.frechet import SAMPLES, frechet_distance, real_parts


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def gaussian(mean, covariance, rng, count=200):
    """Samples whose own mean and covariance are exactly these."""
    mean, covariance = np.asarray(mean, float), np.asarray(covariance, float)
    draws = rng.standard_normal((count, len(mean)))
    draws -= draws.mean(axis=0)
    white = draws @ np.linalg.inv(np.linalg.cholesky(np.cov(draws, rowvar=False))).T
    return mean + white @ np.linalg.cholesky(covariance).T


def some_covariance(size, rng):
    factor = rng.standard_normal((size, size))
    return factor @ factor.T + 0.1 * np.eye(size)


class TestClosedForms:
    def test_equal_covariances_leave_the_distance_of_the_means(self, rng):
        covariance = some_covariance(3, rng)
        a = gaussian([0, 0, 0], covariance, rng)
        b = gaussian([3, 4, 12], covariance, rng, count=77)
        assert frechet_distance(a, b) == pytest.approx(169, rel=1e-10)

    def test_diagonal_covariances(self, rng):
        """|μ|² + Σ (σa - σb)²."""
        a = gaussian([1, 0], np.diag([4, 9]), rng)
        b = gaussian([0, 0], np.diag([1, 25]), rng)
        assert frechet_distance(a, b) == pytest.approx(1 + 1 + 4, rel=1e-10)

    def test_one_feature(self):
        """Of two points at ±1 the variance is 2, of ±3 it is 18."""
        a, b = np.array([[-1.0], [1.0]]), np.array([[-3.0], [3.0]])
        assert frechet_distance(a, b) == pytest.approx(8, rel=1e-12)

    def test_covariances_that_do_not_commute(self, rng):
        """Tr (Σa Σb)^½ as the roots of the eigenvalues of that product, which is not symmetric."""
        first, second = some_covariance(5, rng), some_covariance(5, rng)
        assert np.abs(first @ second - second @ first).max() > 1
        both = np.sqrt(np.linalg.eigvals(first @ second).real).sum()
        expected = 5 * 4 + first.trace() + second.trace() - 2 * both
        a, b = gaussian([0] * 5, first, rng), gaussian([2] * 5, second, rng)
        assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-10)


class TestWhatChangesIt:
    @pytest.fixture
    def sets(self, rng):
        a, b = rng.standard_normal((90, 4)), rng.standard_normal((60, 4)) ** 2
        return a, b, frechet_distance(a, b)

    def test_it_is_0_from_a_set_to_itself_and_the_same_both_ways(self, sets):
        a, b, distance = sets
        assert 0 <= frechet_distance(a, a) < 1e-12 < distance
        assert frechet_distance(b, a) == pytest.approx(distance, rel=1e-10)

    def test_order_shifts_and_rotations_do_not(self, sets, rng):
        a, b, distance = sets
        rotation, _ = np.linalg.qr(rng.standard_normal((4, 4)))
        assert frechet_distance(rng.permutation(a), b) == pytest.approx(distance, rel=1e-10)
        assert frechet_distance(a + 7, b + 7) == pytest.approx(distance, rel=1e-10)
        assert frechet_distance(a @ rotation, b @ rotation) == pytest.approx(distance, rel=1e-10)

    def test_scale_does_as_a_square(self, sets):
        a, b, distance = sets
        assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * distance, rel=1e-10)

    def test_fewer_samples_raise_the_floor(self, rng):
        floors = [
            np.mean([
                frechet_distance(rng.standard_normal((count, 8)), rng.standard_normal((count, 8)))
                for _ in range(10)
            ])
            for count in (50, 500)
        ]
        assert floors[0] > 5 * floors[1]


class TestDegenerateCovariances:
    def test_points_without_spread(self, rng):
        a = np.full((5, 3), 2.0)
        assert frechet_distance(a, a) == 0
        b = gaussian([0, 0, 0], np.diag([1, 2, 3]), rng)
        assert frechet_distance(a, b) == pytest.approx(12 + 6, rel=1e-10)
        assert frechet_distance(b, a) == pytest.approx(12 + 6, rel=1e-10)

    def test_fewer_samples_than_features(self, rng):
        a = rng.standard_normal((6, 40))
        assert 0 <= frechet_distance(a, a) < 1e-10
        assert frechet_distance(a, a + 1) == pytest.approx(40, rel=1e-10)

    def test_spread_along_two_lines_at_right_angles(self):
        a, b = np.zeros((2, 4)), np.zeros((2, 4))
        a[:, 0], b[:, 1] = (-1, 1), (-1, 1)
        assert frechet_distance(a, b) == pytest.approx(2 + 2, rel=1e-10)

    def test_a_feature_that_is_always_0(self, rng):
        a, b = rng.standard_normal((2, 30, 3))
        padded = [np.concatenate([x, np.zeros((30, 1))], axis=1) for x in (a, b)]
        assert frechet_distance(*padded) == pytest.approx(frechet_distance(a, b), rel=1e-10)


def test_float32_features_are_summed_in_float64(rng):
    a = (1000 + rng.standard_normal((400, 3))).astype("float32")
    b = (1001 + rng.standard_normal((400, 3))).astype("float32")
    exact = frechet_distance(a.astype("float64"), b.astype("float64"))
    assert frechet_distance(a, b) == exact


@pytest.mark.parametrize(
    "a, b, sentence",
    [
        (np.ones((5, 3)), np.ones((5, 4)), r"got \(5, 3\) and \(5, 4\)"),
        (np.ones((1, 3)), np.ones((5, 3)), r"N and M at least 2, got \(1, 3\)"),
        (np.ones(5), np.ones((5, 1)), r"got \(5,\)"),
        (np.ones((5, 0)), np.ones((5, 0)), r"got \(5, 0\)"),
        (np.full((5, 3), np.nan), np.ones((5, 3)), "finite features, got nan"),
    ],
)
def test_bad_features_are_one_sentence(a, b, sentence):
    with pytest.raises(ValueError, match=sentence):
        frechet_distance(a, b)


def test_the_two_parts_of_the_real_images_are_disjoint_and_always_the_same():
    first, second = real_parts(6000)
    assert len(first) == len(second) == SAMPLES == 2500
    assert len({*first, *second}) == 2 * SAMPLES
    for part in (first, second):  # from all of the images, and mixed
        assert 5900 < max(part) < 6000 and np.abs(np.diff(part)).mean() > 1000
    assert np.array_equal(first, real_parts(6000)[0])


def test_too_few_real_images_for_a_floor():
    with pytest.raises(ValueError, match="two disjoint parts of 2,500 real images each, got 4,999"):
        real_parts(4999)


def test_it_bears_its_own_name():
    """Not the name of the distance on Inception features, with which it does not compare."""
    package = Path(gan_scratch.__file__).parent
    for path in [*(package / "metrics").glob("*.py"), package / "cli" / "evaluate.py"]:
        assert "FID" not in path.read_text(encoding="utf-8")
