"""What chapter 6 says, asserted on its own variables, and on the figures that the committed
notebook shows where only the long games can tell."""

import re

import numpy as np
import pytest
from reading import ROOT, printed

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


def test_the_same_game_under_all_six():
    said = printed(ROOT / "notebooks" / "06_six_objectives.ipynb")
    rows = re.findall(r"^([a-zA-Z][\w -]*?) +(\d) modes, +\d+% +(\d) modes, +(\d+)%$", said, re.M)
    assert len(rows) == 6
    alone = {name: int(modes) for name, modes, _, _ in rows}
    assert all(int(modes) == 8 for _, _, modes, _ in rows)
    assert max(alone["hinge"], alone["Wasserstein"]) <= 1
    assert alone["minimax"] == alone["least squares"] == alone["relativistic"] == 8
    quality = [int(share) for *_, share in rows]
    assert max(quality) - min(quality) < 15  # which is best is decided by little


def test_the_loss_of_the_discriminator_decides():
    said = printed(ROOT / "notebooks" / "06_six_objectives.ipynb")
    rows = re.findall(r"^D (\w+) +G (\S+) +modes: \[(\d), (\d), (\d)\]$", said, re.M)
    modes = {(d, g): [int(m) for m in found] for d, g, *found in rows}
    assert len(modes) == 8
    assert modes["NonSaturating", "-f"] == [8, 8, 8]
    for g in ("-f", "ζ(-f)"):
        assert modes["LeastSquares", g] == [8, 8, 8]
        assert max(modes["Wasserstein", g]) <= 1
    assert modes["NonSaturating", "ζ(-f)"][1:] == [8, 8]
    assert sum(m == 8 for g in ("-f", "ζ(-f)") for m in modes["Hinge", g]) == 2
