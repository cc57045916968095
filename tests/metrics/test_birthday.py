"""The birthday test: generators of which the number of samples is known, and the threshold."""

import math

import numpy as np
import pytest

from gan_scratch.metrics.birthday import birthday, threshold


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def atoms(count, rng, samples=2500):
    """Samples of a generator that can make `count` different ones, one apart."""
    return rng.integers(count, size=(samples, 1)).astype("float64")


@pytest.mark.parametrize("count", [100, 1000, 10_000])
def test_a_generator_of_n_atoms_has_the_size_of_the_birthday_paradox(rng, count):
    found = birthday(atoms(count, rng), 0.5, rng)
    assert found.size == pytest.approx(1.18 * math.sqrt(count), rel=0.1)
    assert found.support == pytest.approx(count, rel=0.2)
    assert found.pairs > 200 and not found.at_least


def test_365_days(rng):
    sizes = [birthday(atoms(365, rng), 0.5, rng).size for _ in range(5)]
    assert np.median(sizes) == pytest.approx(22.8, abs=1)  # 22 people: 0.476, 23: 0.507


def test_copies_of_one_sample_among_new_ones(rng):
    """Two of s samples are copies: 1 - 0.9^s - s 0.1 0.9^(s-1) passes 1/2 at s = 17, where
    the share of pairs alone, 1 %, would have said 12."""
    features = rng.uniform(0, 1e9, (2500, 1))
    features[:250] = -1
    assert birthday(features, 0.5, rng).size == pytest.approx(17, abs=1)


def test_without_a_duplicate_it_is_a_lower_bound(rng):
    found = birthday(np.arange(300.0)[:, None], 0.5, rng)
    assert (found.size, found.pairs, found.at_least) == (300, 0, True)
    assert found.support == pytest.approx(300 * 299 / (2 * math.log(2)))


def test_collapse_and_two_samples(rng):
    assert birthday(np.zeros((700, 4)), 0.5, rng).size == 2
    two = birthday(np.zeros((2, 4)), 0.5, rng)
    assert (two.pairs, two.at_least) == (1, False)
    with pytest.raises(ValueError, match=r"a birthday test takes .* at least 2, got \(1, 4\)"):
        birthday(np.zeros((1, 4)), 0.5, rng)


def test_the_threshold_is_what_one_real_sample_in_a_hundred_is_closer_than(rng):
    training = np.zeros((3, 2))
    held_out = np.stack([np.arange(1.0, 102), np.zeros(101)], axis=1)  # at 1, 2, ... 101
    assert threshold(held_out, training) == pytest.approx(2)
