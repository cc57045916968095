"""How a source is read: cells, solutions, variants. The source here has one of each."""

import json

import numpy as np
import pytest

from coursework.mistakes import NAMES
from gan_scratch.coursework import notebooks, source
from gan_scratch.coursework.cases import points_of

SOURCE = '''# %% [markdown]
# # Assignment 9: a source
#
# Text.

# %% given
import numpy as np

# %% task 9.1: Double
RATE = 0.2  ### VARIANT 0.1 0.3


class Layer:
    def forward(self, x):
        ### BEGIN SOLUTION
        y = 2 * x
        return y
        ### END SOLUTION


def outer():
    ### BEGIN SOLUTION
    return "right"
    ### INSTEAD
    #: return "wrong"
    ### END SOLUTION


### BEGIN VARIANT one
def drawn():
    return 1
### END VARIANT
### BEGIN VARIANT two
def drawn():
    return 2
### END VARIANT

### BEGIN VARIANT one
SAME = 1
### END VARIANT
### BEGIN VARIANT two
SAME = 2
### END VARIANT
# %% tests 9.1
def test_it():
    assert my.SAME == my.drawn()

# %% question 9.2: Why? (4)
# Because.
'''


def assignment(seed):
    text, drawn = source.draw_variant(SOURCE, np.random.default_rng(seed))
    return source.Assignment(9, "nine", "ada", source.split(text), drawn)


def run(text):
    names = {}
    exec(text, names)
    return names


def test_each_reader_gets_his_version():
    here = assignment(0)
    solution, skeleton = run(here.solution()), run(here.skeleton())
    assert solution["Layer"]().forward(3) == 6 and solution["outer"]() == "right"
    assert skeleton["outer"]() == "wrong"
    with pytest.raises(NotImplementedError, match="task 9.1: Layer.forward"):
        skeleton["Layer"]().forward(3)
    assert "###" not in here.solution() + here.skeleton() + here.tests()
    assert here.title == "Assignment 9: a source" and here.tasks == {"9.1": "Double"}


def test_variants_of_the_same_names_are_drawn_together():
    drawn = [assignment(seed) for seed in range(30)]
    for here in drawn:
        names = run(here.solution())
        assert names["SAME"] == names["drawn"]()
        assert str(names["RATE"]) == here.drawn["RATE"]
    assert {tuple(here.drawn.values()) for here in drawn} == {
        (rate, name) for rate in ("0.1", "0.3") for name in ("one", "two")
    }


def test_a_cell_of_no_kind_is_refused():
    with pytest.raises(ValueError, match="no cells of the kind 'solutoin'"):
        source.split("# %% solutoin\n")


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_whole(name):
    """Ids are unique, each task leads to its check, nbgrader's points are those of the cases."""
    here = source.load(name, "ada")
    leading, graded = (
        json.loads(make(here))["cells"] for make in (notebooks.leading, notebooks.for_nbgrader)
    )
    for cells in (leading, graded):
        assert len({cell["id"] for cell in cells}) == len(cells)
    text = "".join("".join(cell["source"]) for cell in leading)
    assert "### BEGIN" not in text and "@case" not in text
    assert all(f'check_task("{task}")' in text for task in here.tasks)
    told = [cell["metadata"]["nbgrader"] for cell in graded if cell["metadata"]]
    points = sum(meta.get("points", 0) for meta in told)
    questions = sum(notebooks.title_and_points(cell.name)[1] for cell in here.questions)
    assert points == sum(points_of(here).values()) + questions


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_points_in_the_text_is_that_of_the_cases(name):
    here = source.load(name, "ada")
    table = here.cells[0].text
    for task, points in points_of(here).items():
        row = next(line for line in table.splitlines() if line.startswith(f"| {task} "))
        assert row.endswith(f"| {points} |"), (row, points)
    for cell in here.questions:
        assert f"| {cell.task} Question | {notebooks.title_and_points(cell.name)[1]} |" in table
