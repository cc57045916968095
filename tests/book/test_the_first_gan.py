"""What chapter 4 says, asserted on its own variables; the long training's claims on the figures
that the committed notebook shows."""

import ast
import math
import re

import pytest
from reading import ROOT, printed

from gan_scratch.book.seeds import table

CHAPTER = "04"


def test_sizes(chapter):
    assert chapter["sizes"] == {"G": 130_576, "D": 117_121}


def test_the_loop_is_the_librarys(chapter):
    assert 0 < chapter["apart"] < 1e-4


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
    (measured,) = figures("04_the_first_gan.ipynb")
    assert measured["other real digits"] < 1 < measured["G now"] < 20
    assert measured["G at the start"] > 1000


SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_mistake_draws_digits(seed):
    distances = dict(table("4 distance")[seed])
    right = distances.pop("right")
    assert right < 60 and len(distances) == 4 and min(distances.values()) > 9 * right
    varies = table("4 a pixel varies by")[seed]
    assert max(varies["labels swapped for G"], varies["a cache overwritten"]) < 0.06
    assert varies["a cache overwritten"] < 0.01 and varies["right"] > 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_curves_say_of_each_mistake(seed):
    real, fake, loss_d, loss_g = (
        table(f"4 {what}")[seed] for what in ("D(x)", "D(G(z))", "loss of D", "loss of G")
    )
    name = "labels swapped for G"
    assert max(fake[name], loss_d[name], loss_g[name]) < 0.05
    name = "sigmoid twice"
    assert (real[name], fake[name]) == pytest.approx((0.731, 0.731), abs=0.001)
    assert (loss_d[name], loss_g[name]) == pytest.approx((1.627, 0.313), abs=0.001)
    name = "fakes outside the gradient"
    assert fake[name] < 0.05 and loss_g[name] < 0.3 * table("4 peak of G's loss")[seed][name]
    name = "a cache overwritten"
    assert real[name] < 0.5 < fake[name] < 0.53 and math.log(4) < loss_d[name]
    assert 0.645 < loss_g[name] < 0.695
    assert 0.4 < fake["right"] < 0.5 < real["right"] and 0.7 < loss_g["right"] < 1


def test_what_a_stuck_score_is_worth():
    assert 1 / (1 + math.exp(-1)) == pytest.approx(0.73, abs=0.002)
    assert math.log(1 + math.exp(-1)) == pytest.approx(0.31, abs=0.004)
