"""gan-scratch evaluate: what it prints and leaves, and what it says where it cannot judge."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from gan_scratch import datasets
from gan_scratch.cli import evaluate as command
from gan_scratch.cli import main
from gan_scratch.metrics import evaluation
from gan_scratch.recipes import RECIPES, find
from gan_scratch.runs import Run

FILES = {"evaluation.json", "nearest.png"}
FEW = 500  # samples, as 2,500 take seconds


@pytest.fixture(autouse=True)
def few_samples(monkeypatch):
    for module in (command, evaluation):
        monkeypatch.setattr(module, "SAMPLES", FEW)


@pytest.fixture
def say(capsys):
    """Run a command; returns (exit code, stdout, stderr)."""

    def run(*words):
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def trained(folder, recipe, **changes):
    run = Run(folder, find(recipe).but(batch_size=16, steps=5, **changes))
    for _ in run.train():
        pass
    return folder


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "digits", "mlp-digits")


@pytest.fixture(scope="module")
def conditional_run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "told", "conditional-digits", width=2)


@pytest.fixture(scope="module")
def ring_run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "ring", "mlp-classic", data="ring")


def figures_in(folder):
    return json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))


def number_beside(words, out):
    """The two numbers of the line that begins with these words."""
    (line,) = [line for line in out.splitlines() if line.strip().startswith(words)]
    return [float(number.rstrip("%")) for number in line.split()[-2:]]


def test_a_generator_that_has_learnt_nothing_yet(say, digits_run):
    code, out, err = say("evaluate", digits_run)
    assert (code, err) == (0, "")
    figures = figures_in(digits_run)
    assert figures["recipe"] == "mlp-digits"
    assert figures["data"] == figures["classifier"] == "digits"
    assert (figures["step"], figures["sample_count"], figures["seed"]) == (5, FEW, 0)
    assert figures["frechet"]["samples"] > 30 * figures["frechet"]["real"]
    assert "obedience" not in figures and "asked" not in out
    # What is printed is what was written.
    samples, real = number_beside("Fréchet distance", out)
    assert samples == pytest.approx(figures["frechet"]["samples"], abs=0.01)
    assert real == pytest.approx(figures["frechet"]["real"], abs=0.01)
    for label in range(10):
        shares = [100 * figures["class_shares"][who][label] for who in ("samples", "real")]
        assert number_beside(f"{label} ", out) == pytest.approx(shares, abs=0.051)
    medians = [figures["nearest"][who] for who in ("samples", "held_out")]
    assert number_beside("median distance", out) == pytest.approx(medians, abs=0.01)
    assert number_beside("ratio", out)[0] == pytest.approx(figures["nearest"]["ratio"], abs=0.01)
    assert re.search(r"classifier, right on 99\.\d% of its held-out images", out)
    assert all(str(digits_run / name) in out for name in FILES)
    assert max(map(len, out.splitlines()[:-2])) <= 100


def test_the_picture_shows_each_sample_above_its_nearest_training_image(say, digits_run):
    training = datasets.load("digits", value_range=(0, 1)).images
    picture = np.array(command.pairs(training[5:15], training))
    sample, nearest = picture[:56, :56], picture[56:112, :56]
    np.testing.assert_array_equal(sample, nearest)
    expected = np.rint(255 * training[5, ..., 0]).repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(sample, expected)
    say("evaluate", digits_run)
    with Image.open(digits_run / "nearest.png") as image:
        assert image.size == (10 * 56 + 9 * 6, 4 * 112 + 3 * 6)


def test_a_seed_gives_the_same_figures_again_and_another_seed_others(say, digits_run):
    found = []
    for seed in (7, 7, 8):
        assert say("evaluate", digits_run, "--seed", seed)[0] == 0
        found.append(figures_in(digits_run))
    assert found[0] == found[1] and found[0]["frechet"] != found[2]["frechet"]
    assert found[2]["seed"] == 8
    assert found[0]["frechet"]["real"] == found[2]["frechet"]["real"]


def test_a_run_that_is_told_the_class_is_asked_for_each(say, conditional_run, monkeypatch):
    """The draws are replaced by real images of the class asked for, with one class disobeyed."""
    everything = datasets.load("digits", "all", value_range=(0, 1))
    asked = []

    def draw_samples(game, count, seed, label):
        asked.append((count, seed, label))
        shown = 0 if label == 4 else label
        return everything.images[everything.labels == shown][:count]

    monkeypatch.setattr(command, "draw_samples", draw_samples)
    code, out, err = say("evaluate", conditional_run, "--seed", 3)
    assert (code, err) == (0, "")
    assert [(count, label) for count, _, label in asked] == [(50, label) for label in range(10)]
    assert len({seed for _, seed, _ in asked}) == 10  # each class has noise of its own
    obedience = figures_in(conditional_run)["obedience"]
    assert obedience["samples"]["classes"][4] == 0 and obedience["samples"]["classes"][3] > 0.97
    assert obedience["samples"]["all"] == pytest.approx(0.9, abs=0.02)
    assert obedience["real"]["all"] > 0.98
    assert number_beside("classified as asked", out)[0] == pytest.approx(90, abs=2)
    assert number_beside("ratio", out) == [0, 1]  # and these are copies


def test_a_conditional_generator_is_drawn_from(say, conditional_run):
    code, out, _ = say("evaluate", conditional_run)
    assert code == 0 and "classified as asked" in out
    assert figures_in(conditional_run)["obedience"]["samples"]["all"] < 0.5  # after five steps


def test_data_that_no_classifier_knows(say, ring_run, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for index in range(20):
        Image.new("L", (28, 28), 10 * index).save(pictures / f"{index}.png")
    own_run = trained(tmp_path / "run", "mlp-classic", data=str(pictures))
    for folder, data in ((ring_run, "ring"), (own_run, str(pictures))):
        before = set(folder.iterdir())
        code, out, err = say("evaluate", folder)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert f"no classifier to judge samples of '{data}'; evaluate takes runs on digits" in err
        assert set(folder.iterdir()) == before


def test_the_full_sets_are_judged_as_the_embedded_ones():
    judges = {name: command.judge_of(name) for name in ("mnist", "fashion-mnist", "fashion")}
    assert judges == {"mnist": "digits", "fashion-mnist": "fashion", "fashion": "fashion"}
    for recipe in RECIPES.values():
        assert recipe.data in datasets.MIXTURES or command.judge_of(recipe.data)


def test_bad_input_is_one_sentence(say, tmp_path, digits_run):
    for words, sentence in (
        (["nowhere"], "nowhere holds no run"),
        ([digits_run, "--seed", "-1"], "--seed must not be negative, got -1"),
        ([digits_run, "--seed", "x"], "--seed: invalid int value"),
        ([], "required: RUN"),
    ):
        code, out, err = say("evaluate", *words)
        assert (code, out, err.count("\n")) == (2, "", 1) and sentence in err
