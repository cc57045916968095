"""The script that made the classifiers: its loss, its augmentation, a short training."""

import math
import re

import numpy as np
import pytest
import train_classifiers
from train_classifiers import cross_entropy, make, moved, train

from gan_scratch import datasets
from gan_scratch.gradient_check import numeric_gradient
from gan_scratch.metrics.classifier import CLASSIFIERS, unpack


class TestCrossEntropy:
    def test_the_gradient_is_that_of_the_loss(self):
        rng = np.random.default_rng(0)
        scores, labels = rng.standard_normal((5, 4)), rng.integers(4, size=5)
        loss, d_scores = cross_entropy(scores, labels)
        numeric = numeric_gradient(lambda s: cross_entropy(s, labels)[0], scores)
        np.testing.assert_allclose(d_scores, numeric, atol=1e-9)
        assert d_scores.shape == scores.shape and loss.shape == ()

    def test_known_values(self):
        loss, d_scores = cross_entropy(np.zeros((3, 10)), np.array([0, 5, 9]))
        assert loss == pytest.approx(math.log(10))
        assert d_scores[1, 5] == pytest.approx(-0.9 / 3)
        assert d_scores[1, 4] == pytest.approx(0.1 / 3)

    def test_large_scores_do_not_overflow(self):
        scores = np.array([[1e4, 0], [0, 1e4]], "float32")
        loss, d_scores = cross_entropy(scores, np.array([0, 0]))
        assert loss == 5000 and d_scores.tolist() == [[0, 0], [-0.5, 0.5]]
        assert d_scores.dtype == "float32"


def test_images_are_moved_by_up_to_so_many_pixels_each_way():
    image = np.zeros((1, 7, 7, 1), "float32")
    image[0, 3, 3] = 1
    found = moved(image.repeat(500, axis=0), 2, np.random.default_rng(0))
    assert found.shape == (500, 7, 7, 1) and (found.sum(axis=(1, 2, 3)) == 1).all()
    places = {tuple(place) for place in np.argwhere(found[..., 0] == 1)[:, 1:].tolist()}
    assert places == {(row, column) for row in range(1, 6) for column in range(1, 6)}
    edge = moved(np.ones((500, 7, 7, 1), "float32"), 1, np.random.default_rng(0))
    assert edge.sum(axis=(1, 2, 3)).min() == 36  # black comes in
    np.testing.assert_array_equal(moved(image, 0, np.random.default_rng(0)), image)


def test_a_short_training_learns_and_comes_out_the_same_again():
    content, right = make("digits", steps=60)
    assert 0.5 < right < 0.95
    kept = unpack(content, CLASSIFIERS["digits"].class_names)
    assert kept.held_out_accuracy == right
    training = datasets.load("digits", value_range=(0, 1))
    first, second = (train(training, 2, steps=3).state() for _ in range(2))
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])


def test_the_command_writes_both_files_and_prints_their_checksums(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(train_classifiers, "make", lambda name: (name.encode(), 0.5))
    train_classifiers.main(["--out", str(tmp_path / "new")])
    printed = capsys.readouterr().out
    for name, weights in CLASSIFIERS.items():
        assert (tmp_path / "new" / weights.file_name).read_bytes() == name.encode()
        assert f"{name}: right on 50.0% of the held-out images" in printed
    assert len(re.findall("SHA-256 [0-9a-f]{64}\n", printed)) == 2
