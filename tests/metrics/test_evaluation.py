"""The figures of a set of samples: what perfect, collapsed and copying generators get."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.metrics.evaluation import (
    CHOICES,
    KEYS,
    class_shares,
    evaluate,
    obedience,
    of_real,
    share_sure,
)
from gan_scratch.metrics.features import features_for
from gan_scratch.metrics.frechet import frechet_distance, real_parts
from gan_scratch.metrics.neighbours import expected_coverage
from gan_scratch.plots.words import FIGURES, measured

SAMPLES = 1000
PROBABILITIES = np.array([[0.95, 0.05, 0], [0.1, 0.9, 0], [0.5, 0.4, 0.1], [0.2, 0.7, 0.1]])


class Real(NamedTuple):
    """Some digits, training and held-out ones, and all of these."""

    training: np.ndarray
    held_out: np.ndarray
    held_out_labels: np.ndarray
    images: np.ndarray
    labels: np.ndarray


@pytest.fixture(scope="module")
def digits():
    training, held_out = (
        datasets.load("digits", split, value_range=(0, 1)) for split in ("train", "held-out")
    )
    parts = training.images[:2000], held_out.images
    labels = np.concatenate([training.labels[:2000], held_out.labels])
    return Real(*parts, held_out.labels, np.concatenate(parts), labels)


@pytest.fixture(scope="module")
def features():
    return features_for((28, 28, 1), "digits")


@pytest.fixture(scope="module")
def known(digits, features):
    return of_real(digits.training, digits.held_out, features, SAMPLES)


@pytest.fixture(scope="module")
def perfect(digits, features, known):
    """The evaluation of a generator that gives real images: those of the second real part."""
    _, second = real_parts(len(digits.images), SAMPLES)
    return evaluate(
        digits.images[second], digits.training, digits.held_out, features, digits.labels[second],
        digits.held_out_labels, known,
    )


def test_real_images_have_the_figures_of_real_images_and_obey(perfect, features):
    for key in KEYS:
        samples, real, spread = perfect[key].values()
        assert 0 < spread and abs(samples - real) < 3 * spread, key
    assert perfect["n"] == SAMPLES
    assert perfect["coverage"]["real"] == pytest.approx(
        expected_coverage(SAMPLES, SAMPLES, 5), abs=0.01
    )
    assert perfect["sure"]["samples"] > 0.96 and perfect["sure"]["real"] > 0.97
    assert perfect["sure"]["spread"] == pytest.approx(0.005, abs=0.001)  # √(0.976 · 0.024 / 1000)
    assert perfect["obedience"]["samples"]["all"] > 0.99
    accuracy = features.classifier.held_out_accuracy
    assert perfect["obedience"]["real"]["all"] == pytest.approx(accuracy, abs=2e-3)
    for who in ("samples", "real"):
        assert sum(perfect["class_shares"][who]) == pytest.approx(1)
        assert 0.08 < min(perfect["class_shares"][who]) < max(perfect["class_shares"][who]) < 0.13
    assert json.loads(json.dumps(perfect)) == perfect


def test_the_real_figure_is_the_mean_over_choices_of_two_disjoint_parts(known, perfect):
    distances = []
    for choice in range(CHOICES):
        parts = real_parts(len(known["features"]), SAMPLES, choice)
        assert not set(parts[0]) & set(parts[1])
        distances.append(frechet_distance(*(known["features"][part] for part in parts)))
    assert len(set(distances)) == CHOICES
    assert perfect["frechet"]["samples"] == pytest.approx(distances[0])
    assert perfect["frechet"]["real"] == pytest.approx(np.mean(distances))
    assert perfect["frechet"]["spread"] == pytest.approx(np.std(distances, ddof=1))


def test_training_images_are_seen_as_copies(perfect):
    assert perfect["nearest"]["ratio"] == 0  # two of three real images are training images
    assert perfect["nearest"]["copies"] == pytest.approx(0.67, abs=0.03)


def test_every_figure_has_its_words_once(perfect):
    rows = list(measured({**perfect, "modes": {"samples": 3, "real": 8}}))
    of_points = {"high_quality"}
    assert [row[0] for row in rows] == [f for key, f in FIGURES.items() if key not in of_points]
    words = {row[0].words.strip(): row for row in rows}
    assert len(words) == len(rows) and max(map(len, words)) <= 40
    assert words["classified as asked"][1:3] == tuple(
        perfect["obedience"][who]["all"] for who in ("samples", "real")
    )
    assert words["ratio (near 0: copied)"][1:3] == (0, 1)
    page = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text(encoding="utf-8")
    for figure in FIGURES.values():
        assert f"| {figure.words.strip()} | {figure.better} | {figure.perfect} |" in page
    assert words["modes found"][3] is None and words["recall (k = 3)"][3] > 0


def test_a_collapsed_generator(digits, features, known, perfect):
    """Held-out sevens, again and again: sure of themselves, no copies, and far away."""
    sevens = digits.held_out[digits.held_out_labels == 7]
    samples = np.resize(sevens, (SAMPLES, *sevens.shape[1:]))
    figures = evaluate(samples, digits.training, digits.held_out, features, real=known)
    assert figures["class_shares"]["samples"][7] > 0.97
    assert figures["frechet"]["samples"] > 50 * figures["frechet"]["real"]
    assert figures["frechet"]["real"] == perfect["frechet"]["real"]
    assert figures["precision"]["samples"] > 0.8 and figures["recall"]["samples"] < 0.01
    assert figures["coverage"]["samples"] < 0.15 and figures["birthday"]["samples"] < 30
    assert figures["nearest"]["ratio"] > 0.7 and figures["nearest"]["copies"] < 0.05
    assert "obedience" not in figures


def figures_of(samples, training, held_out):
    features = features_for(samples.shape[1:])
    return evaluate(samples, training, held_out, features), features.words


def test_fewer_real_samples_make_a_smaller_comparison():
    rng = np.random.default_rng(0)
    samples, training, held_out = (rng.random((count, 4, 4, 3)) for count in (70, 40, 21))
    figures, words = figures_of(samples, training, held_out)
    assert figures["n"] == 30 and figures["features"] == words == "the values themselves"
    # Of 30 samples there is no duplicate, and that is said.
    assert figures["birthday"]["samples"] == 30
    assert figures["notes"] == ["no duplicate in 30 samples: their birthday size is larger"]
    assert "sure" not in figures and "class_shares" not in figures


def test_too_few_real_samples_are_not_compared_and_that_is_said():
    rng = np.random.default_rng(0)
    samples, training, held_out = (rng.random((count, 4, 4, 3)) for count in (70, 35, 4))
    figures, _ = figures_of(samples, training, held_out)
    assert figures["n"] == 0 and not set(KEYS) & set(figures)
    assert figures["notes"] == [
        "not measured: Fréchet distance to birthday size, as these take 20 real samples beside 20 "
        "others, and there are 39 in all"
    ]
    assert figures["nearest"]["ratio"] > 0


def test_what_one_figure_refuses_costs_no_other():
    """Real samples of which most are copies of one have no balls around them."""
    rng = np.random.default_rng(0)
    samples, training, held_out = (rng.random((count, 2)) for count in (60, 50, 50))
    training[5:] = training[0]
    figures, _ = figures_of(samples, training, held_out)
    refused = [note for note in figures["notes"] if "k = 3 takes reals that differ" in note]
    assert len(refused) == 1 and "not measured: precision and recall" in refused[0]
    assert "precision" not in figures and "frechet" in figures and "kid" in figures


def test_bytes_are_the_values_that_they_stand_for(digits, features):
    images = digits.held_out[:50]
    np.testing.assert_allclose(
        features(np.rint(images * 255).astype("uint8")), features(images), atol=1e-4
    )


def test_shares():
    assert share_sure(PROBABILITIES) == 0.5  # 0.9 itself is sure
    assert class_shares(PROBABILITIES) == [0.5, 0.5, 0]


def test_obedience():
    assert obedience(PROBABILITIES, [0, 1, 1, 1]) == {"all": 0.75, "classes": [1, 2 / 3, None]}
    with pytest.raises(ValueError, match=r"one class asked for a sample, got \(3,\) for 4"):
        obedience(PROBABILITIES, [0, 1, 1])


def test_metrics_stand_below_training_and_pictures():
    code = "import sys, gan_scratch.metrics.evaluation; print(' '.join(sys.modules))"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    above = {"game", "recipes", "runs", "training", "models", "plots", "cli"}
    assert not {f"gan_scratch.{name}" for name in above} & set(child.stdout.split())
    assert not {"matplotlib", "PIL", "pooch"} & set(child.stdout.split())
