"""What the committed tables of the speed benchmarks say, and the page that shows them.

docs/results/speed.csv and convolution.csv are made by `gan-scratch bench`, as docs/speed.md says. A
time is never measured in a test.
"""

import csv
import itertools
from pathlib import Path

import pytest

from gan_scratch.benchmarks import convolution, speed
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


def test_our_step_takes_no_longer_than_that_of_the_tutorials():
    for model, threads in itertools.product(MODELS, (1, 2)):
        ratio = float(measured(model, "pytorch", threads)["ours_through_theirs"])
        assert ratio < 1 if threads == 1 else round(ratio, 2) <= 1
    for threads in (1, 2):
        assert float(measured("dcgan-28-r1-r2", "pytorch", threads)["ours_through_theirs"]) <= 0.9
        for model in ("mlp", "dcgan-28", "dcgan-64"):
            ratio = float(measured(model, "dezero", threads)["ours_through_theirs"])
            assert 1 / 7 < ratio < 1 / 2.5


def test_each_way_of_the_convolution_but_the_textbook_is_faster_than_the_one_before():
    seconds = [float(row["seconds"]) for row in rows("convolution.csv")]
    assert len(seconds) == len(convolution.WAYS)
    loops, gathered, *others = seconds
    assert gathered > loops > others[0]
    assert all(later < earlier for earlier, later in itertools.pairwise(others))


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
