"""The nearest training image, and whether a generator that memorises is seen."""

import tracemalloc

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.metrics import nearest as module
from gan_scratch.metrics.nearest import copying, nearest


@pytest.fixture(scope="module")
def digits():
    """(training images, one half of the held-out images, the other half)."""
    training, held_out = (
        datasets.load("digits", split, value_range=(0, 1)).images for split in ("train", "held-out")
    )
    return training[:5000], held_out[::2], held_out[1::2]


class TestNearest:
    @pytest.mark.parametrize("block", [1, 7, 50, 2048])
    def test_it_is_what_all_distances_say(self, monkeypatch, block):
        monkeypatch.setattr(module, "BLOCK", block)
        rng = np.random.default_rng(0)
        samples, training = rng.random((23, 4, 3, 1)), rng.random((50, 4, 3, 1))
        apart = np.sqrt(((samples[:, None] - training[None]) ** 2).sum(axis=(2, 3, 4)))
        index, distance = nearest(samples, training)
        np.testing.assert_array_equal(index, apart.argmin(axis=1))
        np.testing.assert_allclose(distance, apart.min(axis=1), rtol=1e-6)

    def test_a_copy_is_at_distance_0_exactly(self, digits):
        training, *_ = digits
        chosen = np.random.default_rng(0).permutation(len(training))[:300]
        index, distance = nearest(training[chosen], training)
        np.testing.assert_array_equal(index, chosen)
        assert (distance == 0).all()

    @pytest.mark.parametrize("block", [1, 3, 2048])
    def test_of_two_that_are_equally_near_the_first_counts(self, monkeypatch, block):
        monkeypatch.setattr(module, "BLOCK", block)
        training = np.array([[5.0], [1.0], [3.0], [1.0]])
        index, distance = nearest(np.array([[2.0], [0.0]]), training)
        assert index.tolist() == [1, 1] and distance.tolist() == [1, 1]

    def test_memory_stays_bounded(self):
        rng = np.random.default_rng(0)
        samples, training = (rng.random((count, 8), dtype="float32") for count in (6000, 9000))
        tracemalloc.start()
        nearest(samples, training)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40e6 < 6000 * 9000 * 4

    def test_memory_stays_bounded_for_large_images_in_bytes(self):
        rng = np.random.default_rng(0)
        training = rng.integers(256, size=(3000, 64, 64, 3), dtype="uint8")
        samples = training[::-10] / np.float32(255)
        tracemalloc.start()
        index, distance = nearest(samples, training)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        np.testing.assert_array_equal(index, np.arange(3000)[::-10])
        assert distance.max() < 1e-4 and peak < 80e6 < training.size * 4

    def test_bytes_are_what_they_stand_for(self, digits):
        training, held_out, _ = digits
        as_bytes = [np.rint(255 * images).astype("uint8") for images in (held_out, training)]
        for found, expected in zip(nearest(*as_bytes), nearest(held_out, training), strict=True):
            np.testing.assert_array_equal(found, expected)

    def test_samples_that_are_no_numbers_are_refused(self):
        with pytest.raises(ValueError, match="finite, got nan or infinity"):
            nearest(np.array([[1.0], [np.nan]]), np.ones((2, 1)))

    @pytest.mark.parametrize(
        "samples, training",
        [((2, 4), (3, 5)), ((2, 4), (0, 4)), ((2, 4), (3, 4, 1)), ((0, 4),) * 2],
    )
    def test_what_does_not_fit_is_one_sentence(self, samples, training):
        with pytest.raises(ValueError, match=r"of one shape, at least one of each, got \("):
            nearest(np.ones(samples), np.ones(training))


class TestCopying:
    def test_training_images_are_seen(self, digits):
        training, held_out, _ = digits
        seen = copying(training[:500], held_out, training)
        assert seen["samples"] == seen["ratio"] == 0 and seen["copies"] == 1
        assert seen["held_out"] > 1

    def test_training_images_with_a_little_noise_are_seen(self, digits):
        training, held_out, _ = digits
        noise = 0.03 * np.random.default_rng(0).standard_normal(training[:500].shape)
        seen = copying((training[:500] + noise).clip(0, 1), held_out, training)
        assert 0 < seen["ratio"] < 0.3 and seen["copies"] > 0.9

    def test_new_images_are_not(self, digits):
        training, held_out, other = digits
        seen = copying(other, held_out, training)
        assert seen["ratio"] == pytest.approx(1, abs=0.06) and seen["copies"] < 0.04
        same = copying(held_out, held_out, training)
        assert same["ratio"] == 1 and same["samples"] == same["held_out"]

    def test_there_is_no_ratio_where_held_out_images_are_training_images(self, digits):
        training, held_out, other = digits
        seen = copying(other, np.concatenate([training[:500], held_out[:499]]), training)
        assert seen["held_out"] == 0 and seen["ratio"] is None

    def test_who_copies_a_third_of_the_time_is_seen_in_the_share(self, digits):
        training, held_out, other = digits
        seen = copying(np.concatenate([training[:250], other]), held_out, training)
        assert seen["ratio"] > 0.6 and seen["copies"] > 1 / 3
