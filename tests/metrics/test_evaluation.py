"""The figures of a set of samples: what perfect, collapsed and copying generators get."""

import json
import subprocess
import sys

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.metrics.classifier import load_classifier
from gan_scratch.metrics.evaluation import class_shares, evaluate, obedience, share_sure
from gan_scratch.metrics.frechet import SAMPLES, real_parts

PROBABILITIES = np.array([[0.95, 0.05, 0], [0.1, 0.9, 0], [0.5, 0.4, 0.1], [0.2, 0.7, 0.1]])


@pytest.fixture(scope="module")
def digits():
    return [
        datasets.load("digits", split, value_range=(0, 1)) for split in ("train", "held-out", "all")
    ]


@pytest.fixture(scope="module")
def judge():
    return load_classifier("digits")


@pytest.fixture(scope="module")
def of_real(digits, judge):
    """The evaluation of a generator that gives real images: those that the floor is made of."""
    training, held_out, everything = digits
    _, second = real_parts(len(everything))
    return evaluate(
        everything.images[second], training, held_out, judge, everything.labels[second]
    )


def test_real_images_are_at_the_floor_and_obey(of_real, judge):
    assert of_real["frechet"]["samples"] == of_real["frechet"]["real"] > 0
    assert of_real["sure"]["samples"] > 0.97 and of_real["sure"]["real"] > 0.97
    assert of_real["obedience"]["samples"]["all"] > 0.99
    assert of_real["obedience"]["real"]["all"] == pytest.approx(judge.held_out_accuracy, abs=2e-3)
    for who in ("samples", "real"):
        assert sum(of_real["class_shares"][who]) == pytest.approx(1)
        assert 0.08 < min(of_real["class_shares"][who]) < max(of_real["class_shares"][who]) < 0.13
    assert json.loads(json.dumps(of_real)) == of_real


def test_training_images_are_seen_as_copies(of_real):
    assert of_real["nearest"]["ratio"] == 0  # nine of ten real images are training images
    assert of_real["nearest"]["copies"] == pytest.approx(0.9, abs=0.03)


def test_a_collapsed_generator(digits, judge, of_real):
    """Held-out sevens, again and again: sure of themselves, no copies, and far away."""
    training, held_out, _ = digits
    sevens = held_out.images[held_out.labels == 7]
    samples = np.resize(sevens, (SAMPLES, *sevens.shape[1:]))
    figures = evaluate(samples, training, held_out, judge)
    assert figures["class_shares"]["samples"][7] > 0.97
    assert figures["frechet"]["samples"] > 50 * figures["frechet"]["real"]
    assert figures["frechet"]["real"] == of_real["frechet"]["real"]
    assert figures["nearest"]["ratio"] > 0.7 and figures["nearest"]["copies"] < 0.05
    assert "obedience" not in figures


def test_another_number_of_samples_is_refused(digits, judge):
    training, held_out, _ = digits
    with pytest.raises(ValueError, match="takes 2,500 samples, got 1,000"):
        evaluate(held_out.images, training, held_out, judge)


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
