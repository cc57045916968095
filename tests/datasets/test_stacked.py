"""Stacked digits: independent channels, even classes, labels that read them."""

import numpy as np
import pytest

from gan_scratch.benchmarks.stacked import read
from gan_scratch.datasets import load_embedded, stacked_digits
from gan_scratch.metrics.classifier import load_classifier

RNG = np.random.default_rng


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_shapes_range_and_labels(digits):
    data = stacked_digits(200, RNG(0), digits=digits)
    assert data.images.shape == (200, 28, 28, digits)
    assert data.images.dtype == "float32" and data.images.min() == 0 and data.images.max() == 1
    assert data.labels.min() >= 0 and data.labels.max() < 10**digits


def test_each_channel_is_an_embedded_digit_of_the_class_that_the_label_says():
    data, single = stacked_digits(50, RNG(1), digits=2), load_embedded("digits", value_range=(0, 1))
    known = {image.tobytes(): label for image, label in zip(
        single.images, single.labels, strict=True
    )}
    for image, label in zip(data.images, data.labels, strict=True):
        read_off = [known[np.ascontiguousarray(image[..., [c]]).tobytes()] for c in range(2)]
        assert read_off[0] * 10 + read_off[1] == label


def test_classes_are_even_and_channels_independent():
    labels = stacked_digits(20_000, RNG(2), digits=2).labels
    counts = np.bincount(labels, minlength=100)
    assert counts.min() > 140 and counts.max() < 260  # 200 ± 14


@pytest.mark.parametrize("digits", [2, 3])
def test_the_classifier_reads_them_nearly_all(digits):
    data = stacked_digits(500, RNG(3), digits=digits, split="held-out")
    assert (read(data.images, load_classifier("digits")) == data.labels).mean() > 0.97


def test_the_seed_decides():
    one, same, other = (stacked_digits(20, RNG(seed)).images for seed in (4, 4, 5))
    assert (one == same).all() and (one != other).any()


def test_no_generator_no_digits():
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator"):
        stacked_digits(3, 0)
