"""What chapter 9 says, asserted on its own variables, and on the figures that the committed
notebook shows where only the long games can tell."""

import ast
import re

import numpy as np
import pytest
from reading import ROOT, printed

CHAPTER = "09"


def test_both_derivations_give_the_same(chapter):
    assert chapter["np.abs(one - other).max()"] < 1e-14
    assert "BatchNormByAlgebra: passed" in chapter.said
    assert chapter["gradient_check(graph, np.random.default_rng(1).standard_normal((6, 3))).passed"]


def test_the_formula_is_the_librarys(chapter):
    chapter.evaluate(
        "theirs = layers.BatchNorm(3).astype('float64')\n"
        "tried = np.arange(12.0).reshape(4, 3) ** 1.5\n"
        "tried_y, tried_cache = theirs.forward(tried)\n"
        "tried_dy = np.cos(tried)\n"
        "tried_dx = theirs.backward(tried_dy, tried_cache)\n"
        "own = BatchNormByAlgebra(3)\n"
        "own_dx = own.backward(tried_dy, own.forward(tried)[1])"
    )
    assert chapter["own_dx"] == pytest.approx(chapter["tried_dx"], rel=1e-10)


def test_what_is_projected_away(chapter):
    assert chapter["vanishing['dy = 1']"] < 1e-14 and chapter["vanishing['dy = x_hat']"] < 1e-3
    assert chapter["radial"] < 1e-2


def test_batch_norm_hides_the_level(chapter):
    assert chapter["apart"] < 1e-4 and chapter["together"] > 0.5


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(9)


SAID = printed(ROOT / "notebooks" / "09_batch_norm_and_the_dcgan.ipynb")


def test_what_each_part_is_for():
    (distances,) = re.findall(r"^\{'all of it': \d.*\}$", SAID, re.M)
    distances = ast.literal_eval(distances)
    whole = distances.pop("all of it")
    assert distances["no batch norm"] > 4 * whole and distances["beta1 = 0.9"] > 4 * whole
    assert distances["another start"] > 1.3 * whole
    assert distances["no strides"] < 1.2 * whole
    assert distances["slope 0 in D"] == pytest.approx(whole, rel=0.35)
    seconds = ast.literal_eval(re.search(r"seconds: (\{.*\})", SAID).group(1))
    assert seconds["no strides"] > 2 * seconds["all of it"]


def test_a_digit_hardly_changes_with_its_neighbours():
    between, among = map(float, re.search(
        r"varies by ([\d.]+) between batches, by ([\d.]+) between digits", SAID
    ).groups())  # fmt: skip
    assert between < 0.1 * among


def test_the_players_are_those_of_the_text():
    """64 to 7 × 7 × 32, 4 × 4 kernels to 16 channels and to the pixel, γ and β of 32 and 16."""
    count = 64 * 7 * 7 * 32 + 2 * 32 + 16 * 32 * 16 + 2 * 16 + 16 * 16 + 1
    assert f"({count:,} parameters)" in SAID
    assert np.prod((7, 7, 32)) == 1568
