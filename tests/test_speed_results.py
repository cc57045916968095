"""What the committed tables of the speed benchmarks say, and the page that shows them.

docs/results/speed.csv and convolution.csv are made by `gan-scratch bench`, as docs/speed.md says. A
time is never measured in a test.
"""

import csv
import functools
import itertools
from pathlib import Path

import pytest

from gan_scratch.benchmarks import convolution, peers, speed
from gan_scratch.benchmarks.contestants import MODELS

DOCS = Path(__file__).parent.parent / "docs"
RECIPES = [name for name in MODELS if MODELS[name].shipped]


def rows(table):
    with open(DOCS / "results" / table, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@functools.cache
def lines():
    """The summary of speed.csv."""
    return speed.summary(speed.read(DOCS / "results" / "speed.csv")[1])


def measured(model, contestant, cores, beside=""):
    wanted = model, contestant, cores, beside
    found = [
        line for line in lines()
        if (line["model"], line["contestant"], line["cores"], speed.key_of(line).beside()) == wanted
    ]
    if not found:
        pytest.skip(f"not measured yet: {' '.join(map(str, wanted))}")
    return found[0]


@pytest.mark.parametrize(("model", "contestant", "cores"), [
    (model, contestant, cores)
    for model, contestant, cores in itertools.product(RECIPES, ("ours", "pytorch"), (1, 2))
])  # fmt: skip
def test_every_recipe_was_measured_in_quiet_rounds(model, contestant, cores):
    line = measured(model, contestant, cores)
    assert line["quiet"] == line["rounds"] >= (1 if model == "r3gan-digits" else 3)
    assert line["batch"] == MODELS[model].recipe.data.batch_size


@pytest.mark.parametrize("beside", ["1 busy", "2 at once"])
@pytest.mark.parametrize("model", RECIPES)
@pytest.mark.parametrize("contestant", ["ours", "command-default", "pytorch"])
def test_the_recipes_were_measured_beside_others_too(model, contestant, beside):
    assert measured(model, contestant, 2, beside)["rounds"] >= 1


# model, cores -> at most so much of the time of PyTorch as people write it takes our loop.
THROUGH_PYTORCH = {
    ("mlp-digits", 1): 0.84, ("mlp-digits", 2): 0.86,
    ("dcgan-digits", 1): 0.88, ("dcgan-digits", 2): 0.95,
    ("r3gan-digits", 1): 0.90, ("r3gan-digits", 2): 0.90,
}  # fmt: skip


@pytest.mark.parametrize(("model", "cores"), THROUGH_PYTORCH)
def test_our_loop_takes_the_time_that_the_readme_says(model, cores):
    ratio = measured(model, "pytorch", cores)["ours_through_theirs"]
    assert ratio <= THROUGH_PYTORCH[model, cores]


@pytest.mark.parametrize("model", ["mlp-digits", "dcgan-digits"])
def test_the_command_with_its_pictures_is_faster_than_pytorchs_bare_loop(model):
    command = measured(model, "command-default", 2)["milliseconds"]
    assert command <= measured(model, "pytorch", 2)["milliseconds"]


@pytest.mark.parametrize("model", RECIPES)
def test_a_busy_neighbour_does_not_ruin_it(model):
    """Beside one busy process two workers are not much slower than one by itself."""
    alone = measured(model, "ours", 1)["milliseconds"]
    assert measured(model, "ours", 2, "1 busy")["milliseconds"] <= 1.4 * alone


@pytest.mark.parametrize("model", RECIPES)
def test_two_trainings_at_once_make_nearly_what_one_alone_makes(model):
    assert measured(model, "ours", 2, "2 at once")["of_alone"] >= 0.85


@pytest.mark.parametrize("model", MODELS)
def test_our_loop_needs_less_memory(model):
    assert measured(model, "ours", 1)["mib"] < measured(model, "pytorch", 1)["mib"]


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
    ways = [{name: number(text) for name, text in row.items()} for row in rows("convolution.csv")]
    assert "\n".join(convolution.table(ways)) in page
    assert all(table in page for table in speed.tables(lines()))


def number(text):
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        return text or None
