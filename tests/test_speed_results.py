"""What the committed tables of the speed benchmarks say, and the page that shows them.

docs/results/speed.csv and convolution.csv are made by `gan-scratch bench`, as docs/speed.md says. A
time is never measured in a test.
"""

import csv
import itertools
from pathlib import Path

import pytest

from gan_scratch.benchmarks import convolution, peers, speed
from gan_scratch.benchmarks.contestants import CONTESTANTS, MODELS, can_play

DOCS = Path(__file__).parent.parent / "docs"


def rows(table):
    with open(DOCS / "results" / table, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measured(model, contestant, threads):
    wanted = model, contestant, str(threads)
    (row,) = (
        row for row in rows("speed.csv")
        if (row["model"], row["contestant"], row["threads"]) == wanted
    )
    return row


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("contestant", CONTESTANTS)
def test_every_step_was_measured_in_quiet_rounds(model, contestant, threads):
    if not can_play(contestant, MODELS[model]):
        pytest.skip("this library has no gradient of a gradient")
    row = measured(model, contestant, threads)
    assert int(row["quiet"]) >= 3 and int(row["batch"]) == MODELS[model].batch


def ratio(model, contestant, threads):
    return float(measured(model, contestant, threads)["ours_through_theirs"])


def test_our_step_takes_the_time_that_the_readme_says():
    ratios = [ratio(model, "pytorch", threads) for model in MODELS for threads in (1, 2)]
    assert (round(min(ratios), 1), round(max(ratios), 1)) == (0.7, 1.0)
    for model in MODELS:
        assert ratio(model, "pytorch", 1) < 0.9 and ratio(model, "pytorch-tuned", 1) < 1
    assert ratio("dcgan-64", "pytorch", 2) <= 0.85
    for model, threads in itertools.product(("mlp", "dcgan-28", "dcgan-64"), (1, 2)):
        assert 1 / 7 < ratio(model, "dezero", threads) < 1 / 3


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("model", MODELS)
def test_our_step_needs_less_memory(model, threads):
    ours, theirs = (
        float(measured(model, name, threads)["peak_mib"]) for name in ("ours", "pytorch")
    )
    assert ours < theirs


def test_the_ways_of_the_convolution_become_faster():
    seconds = [float(row["seconds"]) for row in rows("convolution.csv")]
    loops, gathered, sliced, *fast = seconds[: len(convolution.WAYS)]
    assert gathered > 1.5 * sliced and max(loops, sliced) < 1.1 * min(loops, sliced)
    assert all(later < earlier for earlier, later in itertools.pairwise([loops, *fast]))


def test_our_convolution_is_faster_than_that_of_other_libraries():
    table = rows("convolution.csv")
    others = table[len(convolution.WAYS) :]
    assert {row["way"] for row in others} == set(peers.PEERS)
    (ours,) = (row for row in table if row["way"] == "nine products for sixteen")
    theirs = [row for row in others if row["threads"] == "1"]
    assert theirs and all(float(ours["seconds"]) < float(row["seconds"]) for row in theirs)


def test_the_fast_form_loses_half_a_digit():
    errors = {row["way"]: float(row["error"]) for row in rows("convolution.csv")}
    lost = errors["nine products for sixteen"] / errors["patches by blocks"]
    assert 2 < lost < 4  # 10 ** 0.5 is 3.2


def test_the_page_shows_the_tables():
    page = (DOCS / "speed.md").read_text(encoding="utf-8")
    shown = [
        {name: number(text) for name, text in row.items()} for row in rows("speed.csv")
    ]
    for line in speed.table(shown):
        assert line in page
    ways = [{name: number(text) for name, text in row.items()} for row in rows("convolution.csv")]
    for line in convolution.table(ways):
        assert line in page


def number(text):
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        return text or None
