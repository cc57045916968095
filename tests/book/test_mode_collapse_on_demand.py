"""What chapter 5 says, asserted on its own variables, and on the figures that the committed
notebook shows where only the long games can tell."""

import ast
import re

import numpy as np
import pytest
from reading import ROOT, printed

from gan_scratch import datasets
from gan_scratch.metrics.modes import coverage

CHAPTER = "05"


def test_counting(chapter):
    covered = chapter["covered"]
    assert covered["the data"].modes == 8
    assert covered["the data"].high_quality == pytest.approx(0.989, abs=0.007)
    assert (covered["one point"].modes, covered["one point"].high_quality) == (1, 1)
    assert covered["a spray"].modes == 8 and covered["a spray"].high_quality < 0.15


def test_the_slow_teacher_from_the_same_weights(chapter):
    assert chapter["slow.watched.shape"] == chapter["healthy.watched.shape"] == (400, 2)
    assert len(chapter["healthy.history"]) >= 24
    assert chapter["slow.game.discriminator_optimizer.initial_learning_rate"] == 1e-4


def test_packs_see_more(chapter):
    assert chapter["distance"][1][6] == pytest.approx(1 / 8)
    assert chapter["distance"][4][6] == pytest.approx(1 - (7 / 8) ** 4)
    # By counting: the share of packs of data that G can never make.
    packs = np.random.default_rng(0).integers(8, size=(200_000, 4))
    assert (packs == 7).any(axis=1).mean() == pytest.approx(1 - (7 / 8) ** 4, abs=0.005)


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(5)


def test_modes_lost_and_regained_in_the_long_games():
    said = printed(ROOT / "notebooks" / "05_mode_collapse_on_demand.ipynb")
    healthy, slow = re.search(r"in the end: \((\d+), .*slow D at most: (\d+)", said).groups()
    assert int(healthy) == 8 and int(slow) <= 3
    (left,) = re.findall(r"alone: (\[.*\])", said)
    left = ast.literal_eval(left)
    assert left[0] == 8 and left[-1] <= 3
    (early,) = re.findall(r"quarter of the steps: (\{.*\})", said)
    early = ast.literal_eval(early)
    assert all(early[name] == 8 for name in ("fast D", "R1", "relativistic, R1"))
    assert early["slow D, packs of 4"] >= 7 and early["slow D, R1"] <= 2 and early["slow D"] <= 2
    assert early["equal rates"] <= 2 and early["β₁ = 0.9"] <= 2
    grids = ast.literal_eval(re.findall(r"^\{'non-sat.*\}$", said, re.M)[0])
    assert min(grids.values()) == 25


def test_what_an_even_circle_would_have():
    angle = np.linspace(0, 2 * np.pi, 80_000, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    mixture = datasets.ring(10, np.random.default_rng(0), sigma=0.05).mixture
    assert coverage(circle, mixture).high_quality == pytest.approx(0.38, abs=0.005)


def test_the_last_missing_mode_costs_little():
    p, q = np.full(8, 1 / 8), np.array([1 / 7] * 7 + [0])
    m = (p + q) / 2
    twice_jsd = (p * np.log(p / m)).sum() + (q[:7] * np.log(q[:7] / m[:7])).sum()
    assert twice_jsd == pytest.approx(0.09, abs=0.005)
    assert np.log(8 / 7) - twice_jsd == pytest.approx(0.04, abs=0.005)
