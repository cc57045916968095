"""What chapter 5 says, asserted on its own variables, and of its long games on the figures of every
seed."""

import re

import numpy as np
import pytest
from boards import board_of, follow, section, widgets

from gan_scratch import datasets
from gan_scratch.book.playground import Playground
from gan_scratch.book.seeds import table
from gan_scratch.game import generator_step
from gan_scratch.metrics.modes import coverage
from gan_scratch.optimizers import Adam

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


def every_seed(figure):
    rows = table(figure)
    assert sorted(rows) == [0, 1, 2, 3]
    return rows.values()


def test_r1_finds_all_modes_and_a_slow_teacher_few():
    for row in every_seed("5 modes found"):
        assert row["R1, in the end"] == 8 and row["slow D, at most"] <= 2


def test_g_loses_modes_against_a_healthy_d_at_rest():
    for row in every_seed("5 modes with D at rest"):
        assert row["before"] == 8 and row["2,400 steps later"] <= 3


def test_slowed_down_early_it_collapses_and_late_it_does_not():
    for row in every_seed("5 modes"):
        assert row["early, before"] <= 3 and row["early, at most after"] <= 2
        assert row["late, before"] == row["late, at least after"] == 8
        assert row["late, D at rest"] == 8
    for row in every_seed("5 valleys to peaks"):
        assert row["early"] < 0.05 and 0.45 < row["with R1"] < 0.65 and row["late"] > 0.85


def test_what_each_cure_does():
    steps = zip(
        every_seed("5 modes at a quarter"), every_seed("5 modes in the end"), strict=True
    )  # fmt: skip
    for early, end in steps:
        for name in ("fast D", "R1", "relativistic, R1"):
            assert early[name] == end[name] == 8
        assert end["slow D, packs of 4"] >= 7
        for name in ("slow D", "slow D, R1"):
            assert max(early[name], end[name]) <= 1
        assert early["β₁ = 0.9"] <= 1 and 3 <= end["β₁ = 0.9"] <= 8
    assert [row["equal rates"] for row in every_seed("5 modes in the end")] == [0, 8, 8, 8]
    for row in every_seed("5 high quality"):
        assert min(row[name] for name in ("fast D", "R1", "relativistic, R1")) > 0.7
        assert 0.135 < row["slow D, packs of 4"] < 0.225 and row["β₁ = 0.9"] < 0.25


def test_the_grid_lacks_one_mode_at_most():
    for modes, quality in zip(
        every_seed("5 modes of 25"), every_seed("5 high quality of 25"), strict=True
    ):
        assert min(modes.values()) >= 24
        assert 0.3 < min(quality.values()) and max(quality.values()) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("r1, factor", [(0.1, 10.0), (0.0, 0.1)])
@pytest.mark.parametrize("seed", range(4))
def test_the_size_of_the_scores_does_not_hold_the_fakes(ring, r1, factor, seed):
    """Of the D with R1 made ten times as steep, and of the late D made a tenth as steep."""
    playground = Playground(ring, r1=r1, seed=seed).play(2400)
    game = playground.game
    for parameter in list(game.discriminator.parameters().values())[-2:]:  # of the last layer
        parameter.value[...] *= factor
    game.generator_optimizer = Adam(game.generator.parameters(), 2e-3, beta1=0.5, beta2=0.9)
    for _ in range(3000):
        generator_step(game, game.noise(128))
    modes = playground.count().modes
    assert modes <= 3 if r1 else modes >= 7


@pytest.fixture
def ring():
    return datasets.ring(10_000, np.random.default_rng(1), sigma=0.05)


STEPS = [  # of the chapter's playground: what comes of each
    ("move about together, and never cover more than two modes at a time.", lambda m: max(m) <= 2),
    ("G finds all eight modes.", lambda modes: modes[-1] == 8),
    ("Now all eight stay.", lambda modes: min(modes) == 8),
]


@pytest.mark.parametrize("seed", [
    pytest.param(0, marks=pytest.mark.thorough),
    *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2, 3)),
])  # fmt: skip
def test_the_playground_shows_what_the_reader_is_told(seed):
    """The three steps of the chapter's last cell, as they are written, and the way back."""
    text, _ = section(CHAPTER)
    board = board_of(CHAPTER, seed)
    playground, start = board.playground, board.screen.value
    assert playground.step == 300 and "The game has played 300 rounds" in text
    assert playground.history[-1][1] <= 3 and "G has found few of the modes" in text
    told, reset, new = re.search(
        r"following: (1\. .*) Then .*(Press \*reset\* to go back to step 300.*) (To see .*)", text
    ).groups()
    for step, (claim, holds) in zip(re.split(r" ?\d\. ", told)[1:], STEPS, strict=True):
        modes = follow(step, board)
        assert step.endswith(claim) and holds(modes), (step, modes)
    follow(reset, board)
    assert playground.step == 300 and board.screen.value == start
    assert playground.game.discriminator_optimizer.learning_rate == pytest.approx(1e-4)
    widgets(board)["seed"].value = seed + 1
    follow(new, board)
    assert playground.step == 0 and board.says.value.startswith(f"seed {seed + 1}, ")


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
