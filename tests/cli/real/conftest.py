"""Folders and finished runs that several tests compare with, and commands that end with a test."""

import shutil
import signal
import time

import pytest

from .helpers import Command, expect_well, gan, training, write_pictures


@pytest.fixture(scope="session")
def shared_pictures(tmp_path_factory):
    return write_pictures(tmp_path_factory.mktemp("real") / "pictures")


@pytest.fixture
def pictures(shared_pictures, tmp_path):
    """A folder of 40 pictures of the test's own, the same ones every time."""
    return shutil.copytree(shared_pictures, tmp_path / "pictures")


@pytest.fixture(scope="session")
def references(shared_pictures, tmp_path_factory):
    """workers -> (a finished run that nobody stopped, how many seconds it took)."""
    made = {}

    def make(workers):
        if workers not in made:
            run = tmp_path_factory.mktemp("reference") / f"by-{workers}"
            begun = time.monotonic()
            expect_well(gan(*training(shared_pictures, run, workers=workers)))
            made[workers] = run, time.monotonic() - begun
        return made[workers]

    return make


@pytest.fixture
def reference(references):
    """The finished run of one process; not to be changed."""
    return references(1)[0]


@pytest.fixture
def start(tmp_path):
    """Start a command in the background; whatever is left of it is killed after the test."""
    started = []

    def begin(*words, **options):
        folder = tmp_path / f"output-{len(started)}"
        folder.mkdir()
        started.append(Command(folder, *words, **options))
        return started[-1]

    yield begin
    for command in started:
        command.end()


@pytest.fixture
def stopped(start, pictures, tmp_path):
    """A run that Ctrl-C stopped somewhere in its steps."""
    run = tmp_path / "run"
    command = start(*training(pictures, run)).until_printed("step ").send(signal.SIGINT)
    assert command.wait() in (0, 128 + signal.SIGINT), command.err
    return run
