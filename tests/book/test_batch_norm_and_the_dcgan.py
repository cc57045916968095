"""What chapter 9 says, asserted on its own variables, and on the figures that the committed
notebook shows where only the long games can tell."""

import ast
import re

import numpy as np
import pytest
from reading import ROOT, printed

from gan_scratch.book.seeds import table

CHAPTER = "09"


def test_both_derivations_give_the_same(chapter):
    assert chapter["np.abs(one - other).max()"] < 1e-14
    assert re.search(r"^BatchNormByAlgebra\n(  .*\n)+passed$", chapter.said, re.M)
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


PARTS = ["no batch norm", "no strides", "slope 0 in D", "another start", "beta1 = 0.9"]


def test_all_of_it_ends_near_the_same_distance_with_each_seed():
    whole = [row["all of it"] for row in table("9 distance").values()]
    assert len(whole) == 4 and 60 < min(whole) and max(whole) < 70
    longer = [row["800 rounds of 64"] for row in table("9 distance").values()]
    assert 40 < min(longer) and max(longer) < 50


def test_what_each_part_is_for():
    """Each seed without a part, beside the best and the worst seed with all of them."""
    rows = table("9 distance").values()
    best, worst = (pick(row["all of it"] for row in rows) for pick in (min, max))
    without = {name: [row[name] for row in rows] for name in PARTS}
    assert min(without["no batch norm"]) > 2 * worst
    assert min(without["beta1 = 0.9"]) > 1.5 * worst
    assert max(without["beta1 = 0.9"]) > 3 * min(without["beta1 = 0.9"])
    assert min(without["another start"]) > 1.3 * worst
    assert max(without["no strides"]) < 0.95 * best
    further = [row["slope 0 in D"] - row["all of it"] for row in rows]
    assert 0 < min(further) and max(further) < min(0.11 * best, worst - best)
    seconds = ast.literal_eval(re.search(r"seconds: (\{.*\})", SAID).group(1))
    assert seconds["no strides"] > 2 * seconds["all of it"]


def test_without_batch_norm_little_gets_through_at_the_start(chapter):
    pixels, scores = chapter["start['none']"].T
    assert pixels == pytest.approx(0.002, rel=0.15) and scores.max() < 0.0055
    pixels, scores = chapter["start['batch']"].T
    assert pixels == pytest.approx(0.08, rel=0.15) and scores.min() > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_without_batch_norm_a_larger_start_helps(chapter, seed):
    chapter.evaluate(
        f"rng = np.random.default_rng({seed})\n"
        "tried = players(rng, normalization='none', init='he')\n"
        "tried, _ = play(*tried, digits, rng, 300, batch=32, frames=8)\n"
        "tried = tried.generator(tried.noise(1000, np.random.default_rng(4)))"
    )
    assert chapter["float(distance(tried))"] < table("9 distance")[seed]["no batch norm"] / 1.2
    assert chapter["float(distance(tried))"] < 140


def test_a_digit_hardly_changes_with_its_neighbours():
    for row in table("9 a pixel varies").values():
        assert row["between batches"] < 0.03 * row["between digits"]


def test_the_players_are_those_of_the_text():
    """64 to 7 × 7 × 32, 4 × 4 kernels to 16 channels and to the pixel, γ and β of 32 and 16."""
    count = 64 * 7 * 7 * 32 + 2 * 32 + 16 * 32 * 16 + 2 * 16 + 16 * 16 + 1
    assert f"({count:,} parameters)" in SAID
    assert np.prod((7, 7, 32)) == 1568
