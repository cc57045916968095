"""Every option of every command, given what nobody should give it: a sentence or the right thing.

The table is made from the parser itself, so that a new command or option joins by itself.
"""

import argparse
import contextlib
import os
import shutil
import signal
import tempfile

import numpy as np
import pytest
from PIL import Image

from gan_scratch.benchmarks import convolution, jobs, speed
from gan_scratch.cli import build_parser, main
from gan_scratch.cli.options import path, text
from gan_scratch.coursework import gradebook
from gan_scratch.plots import curves

VALUES = {
    "-1": "-1", "0": "0", "1e400": "1e400", "nan": "nan", "nothing": "", "huge": str(10**30),
    "missing": "missing/of/this/name", "folder": "folder", "unreadable": "unreadable.png",
    "binary": "binary.png", "circle": "circle.png",
}  # fmt: skip
NO_NUMBERS = {"nan", "nothing", "missing", "folder", "binary", "circle"}

LONGEST = 60  # seconds for a command

# What stands for the arguments that a command must have, and makes it short.
ARGUMENTS = {
    "RUN": "run", "TARGET": "Dense", "NUMBER": "1", "DIR": "made", "SUBMISSIONS": "handed",
    "COMMAND": "recipes",
}  # fmt: skip
SHORT = {
    "train": "--data pictures --steps 1 --batch-size 4 --workers 1",
    "train --resume": "--steps 2",
    "assignment check": "1.1 --dir started",
    "assignment check TASK": "--dir started",
    "assignment submit": "--dir started",
    "assignment grade": "--out graded --jobs 1",
    "bench speed": "--models mlp-digits --cores 1 --rounds 1 --seconds 1",
    "bench convolution": "--repeats 1",
    "bench collapse": "--methods sick --data ring --seeds 1",
    "bench stacked": "--seeds 1",
}


def arguments_of(parser, words=()):
    """Yields (words of the command, its parser, an argument of it that takes a value)."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from arguments_of(inner, (*words, name))
        elif action.nargs != 0:
            yield words, parser, action


def name_of(action):
    return action.option_strings[0] if action.option_strings else action.metavar or action.dest


def command_with(words, parser, action, value):
    """The words of a short command in which the argument has this value."""
    given = [*words]
    for other in parser._actions:
        if other is action and not action.option_strings:
            given.append(value)
        elif not other.option_strings and other.nargs != "?":
            given.append(ARGUMENTS[name_of(other)])
    named = " ".join((*words, name_of(action)))
    given += SHORT.get(named, SHORT.get(" ".join(words), "")).split()
    return given + ([action.option_strings[0], value] if action.option_strings else [])


def table():
    no_permissions = pytest.mark.skipif(reads_everything(), reason="this user reads all files")
    for index, (words, parser, action) in enumerate(arguments_of(build_parser())):
        for number, value in enumerate(VALUES):
            marks = [pytest.mark.thorough] if (index + number) % 4 else []
            if value == "unreadable":
                marks.append(no_permissions)
            yield pytest.param(
                command_with(words, parser, action, VALUES[value]), action, value, marks=marks,
                id=f"{' '.join((*words, name_of(action)))} {value}",
            )  # fmt: skip


def reads_everything():
    """Whether permissions do not count, as for root and on Windows."""
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0)
        return os.access(file.name, os.R_OK)


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    """A folder with what the commands may be told of."""
    folder = tmp_path_factory.mktemp("things")
    rng = np.random.default_rng(0)
    for name in ("folder", "pictures", "handed"):
        (folder / name).mkdir()
    for number in range(12):
        pixels = rng.integers(0, 256, (9, 9), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "pictures" / f"{number:02}.png")
    (folder / "handed" / "my_layers.py").write_text("")
    (folder / "binary.png").write_bytes(bytes(range(256)))
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "unreadable.png").write_bytes(b"secret")
    (folder / "unreadable.png").chmod(0)
    assert main(["assignment", "start", "1", str(folder / "started")]) == 0
    assert main(["train", "--data", "ring", "--steps", "1", "--batch-size", "4", "--workers", "1",
                 "--out", str(folder / "run")]) == 0  # fmt: skip
    return folder


@pytest.fixture
def here(things, tmp_path, monkeypatch):
    """The working folder, with all of these; what takes long has a stand-in."""
    for thing in things.iterdir():
        if thing.name in ("run", "started", "folder"):
            shutil.copytree(thing, tmp_path / thing.name)
        else:
            (tmp_path / thing.name).symlink_to(thing)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(curves, "curves", lambda values, path: path.write_bytes(b""))
    monkeypatch.setattr(speed, "measure", measured)
    monkeypatch.setattr(jobs, "result_of", result)
    monkeypatch.setattr(convolution, "IMAGES", 1)
    monkeypatch.setattr(convolution, "SIZE", 4)
    monkeypatch.setattr(convolution.peers, "PEERS", {})
    monkeypatch.setattr(gradebook, "checked_grader", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(gradebook, "graded_row", graded)
    return tmp_path


def measured(contestant, model, *words, cores, neighbours=0, at_once=1):
    return [{"milliseconds": 1.0, "mib": 1.0, "operations_a_second": 1e9}] * at_once, 0.0


def graded(grader, path, *rest):
    return gradebook.noted(gradebook.row_of(path.name), "a stand-in")


def result(index, module, words, processes):
    """The row of a training that has taken no time."""
    row = {"modes": 8, "high_quality": 1.0, "reverse_kl": 0.1, "kl": 0.1, "cpu_seconds": 1.0,
           "seconds": 1.0, "steps": 1, "seed": int(words[-1]), "samples": [[0.0, 0.0]]}  # fmt: skip
    return index, {**row, "method": words[0], "data": words[1], "digits": 2}


@pytest.fixture(autouse=True)
def soon():
    """What does not end is a failure; where there is an alarm clock, at once."""
    if hasattr(signal, "setitimer"):
        before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it does not end"))
        signal.setitimer(signal.ITIMER_REAL, LONGEST)
        yield
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    else:
        yield


@pytest.mark.parametrize("words, action, value", list(table()))
def test_it_is_a_sentence_or_the_right_thing(words, action, value, here, capsys):
    before = set(here.rglob("*"))
    code = main(words)
    lines = capsys.readouterr().err.splitlines()
    assert code in (0, 1, 2), lines  # in particular not 70, which is a fault of ours
    assert not any("Traceback" in line for line in lines) and len(lines) <= 3, lines
    if code == 2:
        assert lines and lines[-1].startswith("gan-scratch: ") and len(lines[-1]) < 600, lines
        assert set(here.rglob("*")) == before  # nothing half-written
    if action.type not in (None, text, path) and value in NO_NUMBERS:
        assert code == 2
    if value == "nothing" and action.default != "":
        assert code == 2


def test_the_table_has_every_command():
    commands = {words[0] for words, _, _ in arguments_of(build_parser()) if words}
    assert commands >= {"train", "sample", "evaluate", "gradcheck", "assignment", "chapters",
                        "bench"}  # fmt: skip
