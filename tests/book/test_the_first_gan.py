"""What chapter 4 says, asserted on its own variables; the long training's claims on the figures
that the committed notebook shows."""

import ast
import math
import re

import pytest
from reading import ROOT, printed

CHAPTER = "04"


def test_sizes(chapter):
    assert chapter["sizes"] == {"G": 130_576, "D": 117_121}


def test_the_loop_is_the_librarys(chapter):
    assert chapter["same_bits"]


def test_mistakes_have_the_curves_that_are_told(chapter):
    records = chapter["records"]
    d_fake, loss_g = (lambda name, column=c: records[name][-1, column] for c in (2, 4))
    assert loss_g("labels swapped for G") < 0.05 and d_fake("labels swapped for G") < 0.05
    assert 0.5 <= d_fake("sigmoid twice") <= 0.7311
    untouched = "players()[0](np.random.default_rng(1).standard_normal((2, 100), dtype='float32'))"
    sampled = (
        "attempts['fakes outside the gradient'][0].generator("
        "np.random.default_rng(1).standard_normal((2, 100), dtype='float32'))"
    )
    assert (chapter[untouched] == chapter[sampled]).all()


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(4)


def figures(name):
    """The dicts of numbers that the committed notebook prints."""
    said = printed(ROOT / "notebooks" / name)
    return [ast.literal_eval(line) for line in re.findall(r"^\{.*\}$", said, re.MULTILINE)]


def test_the_figures_of_the_whole_training():
    measured, distances = figures("04_the_first_gan.ipynb")
    assert measured["other real digits"] < 1 < measured["G now"] < 20
    assert measured["G at the start"] > 1000
    right = distances.pop("right")
    assert right < 60 and min(distances.values()) > 3 * right
    assert distances["fakes outside the gradient"] == measured["G at the start"]


def test_what_gives_a_cache_overwritten_away():
    said = printed(ROOT / "notebooks" / "04_the_first_gan.ipynb")
    ends = re.findall(r"^(.+?) +in the end D\(x\) ([\d.]+), D\(G\(z\)\) ([\d.]+)$", said, re.M)
    trust = {name: (float(real), float(fake)) for name, real, fake in ends}
    assert trust["a cache overwritten"][0] < trust["a cache overwritten"][1]
    assert trust["right"][0] > trust["right"][1]
    assert trust["sigmoid twice"] == pytest.approx((0.731, 0.731), abs=0.001)
    assert max(trust["labels swapped for G"][1], trust["fakes outside the gradient"][1]) < 0.1


def test_what_a_stuck_score_is_worth():
    assert 1 / (1 + math.exp(-1)) == pytest.approx(0.73, abs=0.002)
    assert math.log(1 + math.exp(-1)) == pytest.approx(0.31, abs=0.004)
