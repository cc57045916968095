"""The scripts in this folder are what users write: each is run short here, and long if `slow`."""

import ast
import runpy
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from test_private import others

from gan_scratch.cores import one_blas_thread

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("test_"))
MOST_LINES = 60
IMPORTED = {"gan_scratch", "numpy", *sys.stdlib_module_names}


@dataclass
class Example:
    """A script's play(steps, seed) -> figures, and what they have to be.

    short           arguments of a run of less than 3 seconds
    learns          figures of that run -> whether it has learnt something
    reaches         figures of play(), the long run -> whether they are what the docstring says
    seconds         CPU time that the long run may take
    """

    name: str
    short: dict
    learns: Callable
    reaches: Callable
    seconds: float = 240

    def play(self, **arguments):
        """(figures, seconds of CPU time)"""
        play = runpy.run_path(str(FOLDER / f"{self.name}.py"))["play"]
        with one_blas_thread():
            start = time.process_time()
            return play(**arguments), time.process_time() - start


EXAMPLES = {each.name: each for each in [
    Example(
        "acgan", {"steps": 40, "samples": 300},  # untrained: 0.1 and 1,500
        learns=lambda found: found["accuracy of D"] > 0.8 and found["Fréchet distance"] < 800,
        reaches=lambda found: found["obedience"] >= 0.97 and found["Fréchet distance"] < 4,
    ),
    Example(
        "chain", {"steps": 100},
        learns=lambda found: found["error"] < 0.25,  # of an untrained G: 0.4
        reaches=lambda found: found["error"] <= 0.03,
    ),
    Example(
        "contrastive", {"steps": 300},
        learns=lambda found: found["error"] < 0.22,  # 0.97 where points stay as they are
        reaches=lambda found: found["error"] <= 0.06 and found["matched"] >= 0.2,
    ),
    Example(
        "cycle", {"steps": 200},
        learns=lambda found: found["error"] < 0.33,
        reaches=lambda found: found["error"] <= 0.07,
    ),
    Example(
        "infogan", {"steps": 30},
        learns=lambda found: 0.1 <= found["accuracy"] < 1,  # a best matching is never worse
        reaches=lambda found: found["accuracy"] > 0.3,
        seconds=300,
    ),
    Example(
        "pix2pix", {"steps": 60},
        learns=lambda found: found["error"] < 0.12,  # the best constant image: 0.131
        reaches=lambda found: found["error"] <= 0.092,
    ),
    Example(
        "series", {"steps": 120},
        learns=lambda found: found["right"] > 0.5,  # by chance: 0.25
        reaches=lambda found: found["right"] >= 0.99 and found["amplitude"] <= 0.06,
    ),
]}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_short_run_learns_something(name):
    found, _ = EXAMPLES[name].play(**EXAMPLES[name].short)
    assert EXAMPLES[name].learns(found), found


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_long_run_reaches_its_figure(name):
    found, seconds = EXAMPLES[name].play()
    assert EXAMPLES[name].reaches(found), found
    assert seconds <= EXAMPLES[name].seconds


def test_no_other_matching_of_codes_and_digits_is_better():
    best_matching = runpy.run_path(str(FOLDER / "infogan.py"))["best_matching"]
    for table in np.random.default_rng(0).integers(9, size=(20, 5, 5)):
        others = (table[range(5), order].sum() for order in permutations(range(5)))
        assert best_matching(table) == max(others)


def test_infogan_says_what_five_seeds_gave():
    rows = (ROOT / "docs/results/infogan.csv").read_text(encoding="utf-8").split("cpu_seconds\n")[1]
    found = sorted(round(100 * float(row.split(",")[1])) for row in rows.splitlines())
    said = ast.get_docstring(ast.parse((FOLDER / "infogan.py").read_text(encoding="utf-8")))
    assert len(found) == 5
    assert f"{found[2]} % of 1,000" in said and f"from {found[0]} to {found[-1]} %" in said


def test_every_script_is_run():
    assert [path.stem for path in SCRIPTS] == sorted(EXAMPLES)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_short_and_needs_only_what_is_public(path):
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= MOST_LINES
    assert ast.get_docstring(tree)
    assert set(others(tree, set())) == set()
    assert {module.split(".")[0] for module in imported(tree)} <= IMPORTED


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
