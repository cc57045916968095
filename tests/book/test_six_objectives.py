"""What chapter 6 says, asserted on its own variables, and of its long games on the figures of every
seed."""

import re

import numpy as np
import pytest
from boards import board_of, follow, section, widgets

from gan_scratch import datasets
from gan_scratch.book.playground import OBJECTIVES, Playground
from gan_scratch.book.seeds import table
from gan_scratch.plots.figures import new_figure

CHAPTER = "06"


def test_every_derivative_is_right(chapter):
    assert len(chapter["errors"]) == 6 and max(chapter["errors"].values()) < 1e-9


def test_whom_each_objective_moves(chapter):
    push, scores = chapter["push"], chapter["s[:, 0]"]
    sigmoid = 1 / (1 + np.exp(-scores))
    assert push["minimax"] == pytest.approx(sigmoid)
    assert push["non-saturating"] == pytest.approx(1 - sigmoid)
    assert push["least squares"] == pytest.approx(1 - scores)
    assert push["least squares"][-1] < 0  # down, what D likes too much
    assert (push["hinge"] == 1).all() and (push["Wasserstein"] == 1).all()
    assert push["relativistic"] == pytest.approx(1 / (1 + np.exp(scores - 1)))
    of_fake = chapter["of_fake"]
    assert (of_fake["hinge"][scores < -1] == 0).all() and (of_fake["Wasserstein"] == 1).all()


def test_what_a_trained_discriminator_means(chapter):
    far = chapter["far"]
    assert far["minimax"] < 0.3 and far["relativistic"] < 0.3
    assert far["least squares"] < 0.05
    side = chapter["np.sign(learned['hinge']) == np.sign(best['hinge'])"]
    assert side.mean() > 0.9
    learned = chapter["learned"]["Wasserstein"]
    slope = np.polyfit(chapter["x"], learned, 1)[0]
    assert slope == pytest.approx(-1, abs=0.4)


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(6)


def every_seed(figure):
    rows = table(figure)
    assert sorted(rows) == [0, 1, 2, 3]
    return rows.values()


def test_what_a_trained_discriminator_means_from_every_seed():
    for row in every_seed("6 mean distance from the best"):
        assert row["minimax"] < 0.3 and row["relativistic"] < 0.3
        assert row["least squares"] < 0.05
    for row in every_seed("6 slope"):
        assert row["Wasserstein"] == pytest.approx(-1.2, abs=0.05)


def test_with_r1_all_six_find_all_modes():
    for row in every_seed("6 modes, with R1"):
        assert set(row.values()) == {8.0} and len(row) == 6
    for row in every_seed("6 high quality, with R1"):
        assert max(row.values()) - min(row.values()) < 0.15  # which is best is decided by little


def test_alone_wasserstein_fails_and_three_do_not():
    rows = list(every_seed("6 modes, alone"))
    for row in rows:
        assert row["minimax"] == row["least squares"] == row["relativistic"] == 8
        assert row["Wasserstein"] <= 1
    assert [row["non-saturating"] for row in rows] == [2, 8, 8, 7]
    assert [row["hinge"] for row in rows] == [1, 1, 8, 1]


def test_the_loss_of_the_discriminator_decides():
    failed = 0
    for seed, row in enumerate(every_seed("6 modes of crossed pairs")):
        assert len(row) == 8
        assert row["NonSaturating D, G -f"] == row["LeastSquares D, G -f"] == 8
        assert row["LeastSquares D, G ζ(-f)"] == 8
        assert (row["NonSaturating D, G ζ(-f)"] == 8) == (seed in (1, 2))
        assert max(row["Wasserstein D, G -f"], row["Wasserstein D, G ζ(-f)"]) <= 1
        failed += (row["Hinge D, G -f"] < 8) + (row["Hinge D, G ζ(-f)"] < 8)
    assert failed == 7


COLUMNS = (  # of the table beside the playground
    ["least squares"], ["minimax", "non-saturating", "relativistic"], ["hinge"], ["Wasserstein"],
)  # fmt: skip


def ends_of_the_colours(playground):
    """The two scores that the line under the map names."""
    _, (axes,) = new_figure()
    playground.draw(axes)
    words = axes.get_xlabel().replace("−", "-")
    return [float(end) for end in re.fullmatch(r"D from (\S+) to (\S+)", words).groups()]


@pytest.mark.parametrize("seed", [
    pytest.param(0, marks=pytest.mark.thorough),
    *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2, 3)),
])  # fmt: skip
def test_the_playground_shows_what_the_reader_is_told(seed):
    """Each objective chosen as the chapter says, in its own cell, and the way back between them."""
    text, _ = section(CHAPTER)
    ((play,),) = [re.findall(r"choose an objective, (.* six times), and read the line under", text)]
    ((reset, step),) = re.findall(r"(Press \*reset\*) before .* goes back to step (\d+)", text)
    board = board_of(CHAPTER, seed)
    playground, reach = board.playground, {}
    assert playground.history[-1][1] == 8
    for name in OBJECTIVES:
        assert playground.step == int(step)
        widgets(board)["objective"].value = name
        follow(play, board)
        assert playground.step == int(step) + 600 and playground.game.penalties == ()
        assert playground.history[-1][1] == 8 and "All eight modes stay" in text
        low, high = ends_of_the_colours(playground)
        reach[name] = (high - low) / 2
        follow(reset, board)
    told = re.findall(r"([\d.]+) to ([\d.]+)", text.partition("|---|")[2])
    for names, ends in zip(COLUMNS, told, strict=True):
        low, high = map(float, ends)
        for name in names:
            assert low - 0.1 < reach[name] < high + 0.1, name
    assert reach["hinge"] < reach["Wasserstein"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_tenth_of_r1_is_too_little_for_wasserstein(seed):
    ring = datasets.ring(10_000, np.random.default_rng(1), sigma=0.05)
    game = Playground(ring, objective="Wasserstein", r1=0.1, seed=seed).play(2400, until=2400)
    assert game.count().modes < 8
