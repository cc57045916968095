"""Behind the lock Python's own files may be out of reach; what a student uses must still be there.

That is so where root grades with a Python in a folder that only root may enter. Here a sandbox is
started that, once it is locked, finds no module any more.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from coursework.mistakes import few, few_or_all
from coursework.ten import TEN
from coursework.walls import CLOSED, sandbox_in
from gan_scratch.coursework import remote, source
from gan_scratch.coursework.grader import Grader


@pytest.fixture(scope="module", autouse=True)
def closed(tmp_path_factory):
    with sandbox_in(tmp_path_factory.mktemp("sandbox"), CLOSED):
        yield


@pytest.fixture(scope="module")
def server(closed):
    with remote.Server() as server:
        yield server


def answer(server, text):
    with server.child("student", text, seconds=20) as child:
        return np.array(child.module.answer())


def test_nothing_new_is_found(server):
    with pytest.raises(remote.Fault, match="No module named 'pytest'"):
        answer(server, "import pytest")


# Every module of the standard library that can be imported here, found in a process of its own.
FIND = """
import importlib, json, pkgutil, sys, warnings
warnings.simplefilter("ignore")
found = []
def look_at(name):
    try: module = importlib.import_module(name)
    except Exception: return
    if "-packages" in (getattr(module, "__file__", None) or ""): return  # somebody's distutils
    found.append(name)
    if name != "idlelib":  # a program whose parts open windows
        for part in pkgutil.iter_modules(getattr(module, "__path__", ())):
            if part.name not in ("__main__", "test", "tests"):
                look_at(f"{name}.{part.name}")
for name in sorted(sys.stdlib_module_names - {"antigravity", "this"}): look_at(name)
print(json.dumps(found))
"""


def importable():
    done = subprocess.run([sys.executable, "-I", "-c", FIND], capture_output=True, text=True)
    return json.loads(done.stdout)


def test_the_whole_standard_library_is_at_hand(server):
    names = importable()
    assert len(names) > 600 and {"cmath", "timeit", "queue", "ssl", "__future__"} <= set(names)
    text = f"""
import importlib, warnings
warnings.simplefilter("ignore")

def answer():
    for name in {names}:
        importlib.import_module(name)
    return {len(names)}
"""
    assert answer(server, text) == len(names)


def test_every_public_name_of_numpy_is_at_hand(server):
    # But two that NumPy warns of, and one that compiles Fortran.
    text = f"""
import numpy as np

NAMES = {sorted(set(dir(np)) - {"core", "matlib", "f2py"})}

def answer():
    for name in NAMES:
        getattr(np, name)
    return len(NAMES)
"""
    assert answer(server, text) > 400


LINES = [
    "np.median(x)", "np.percentile(x, 30)", "np.quantile(x, 0.3, axis=0)", "np.nanmedian(x)",
    "np.unique(x, return_counts=True)", "np.cov(x)", "np.corrcoef(x)", "np.histogram(x)",
    "np.einsum('ij,kj->ik', x, x, optimize=True)", "np.pad(x, 1, mode='reflect')",
    "np.lib.stride_tricks.sliding_window_view(x, (2, 2))", "np.linalg.svd(x)", "np.fft.fft2(x)",
    "np.random.RandomState(0).randn(3)", "np.testing.assert_allclose(x, x)", "np.vectorize(abs)(x)",
    "np.array2string(x, precision=3)", "np.savez(io.BytesIO(), x=x)", "np.block([[x, x]])",
    "np.loadtxt(io.StringIO('1 2'))", "np.genfromtxt(io.StringIO('1 2'))", "np.trapezoid(x)",
    "np.apply_along_axis(sum, 0, x)", "np.polynomial.Polynomial.fit(x[0], x[1], 1)",
    "warnings.warn('beware')", "logging.getLogger('student').warning('beware')",
    "f'{decimal.Decimal(1):.3f}'", "traceback.format_exc()", "copy.deepcopy({'x': x})",
]


@pytest.fixture(scope="module")
def courses(server):
    """A module with a function for each of LINES, in one process for all of them."""
    text = """
import copy, decimal, io, logging, traceback, warnings
import numpy as np

x = np.random.default_rng(0).normal(size=(4, 5))
"""
    for number, line in enumerate(LINES):
        text += f"\ndef line_{number}():\n    {line}\n    return 1\n"
    with server.child("student", text, seconds=60) as child:
        yield child.module


@pytest.mark.parametrize("number", range(len(LINES)), ids=LINES)
def test_what_courses_use_works(courses, number):
    assert np.array(getattr(courses, f"line_{number}")()) == 1


@pytest.mark.parametrize("cases", few_or_all)
@pytest.mark.parametrize("name", source.NAMES)
def test_a_right_submission_earns_all_points(name, cases, monkeypatch):
    monkeypatch.setattr("gan_scratch.coursework.grader.cases_of", cases)
    with Grader(name) as grader:
        result = grader.grade("somebody", source.load(name, "somebody").solution(), seed=1)
    assert result.points == result.of


def test_a_wrong_one_is_told_its_mistake(monkeypatch):
    task, student, right, wrong = TEN[0]
    text = source.load("layers", student).solution().replace(right, wrong)
    monkeypatch.setattr("gan_scratch.coursework.grader.cases_of", few)
    with Grader("layers") as grader:
        said = grader.grade(student, text, seed=1).tests
    assert "5 times too small, which is the size of the batch" in said
