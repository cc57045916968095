"""Modules of somebody who has not read the grader: none earns a point or reaches out.

odd.py has 216 of them. All are right in nothing, but for one that is right in the first task.
"""

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from coursework.hostile import WRONG
from coursework.odd import ODD
from coursework.walls import passed_as_nobody
from gan_scratch.coursework.grader import Grader

EARNED = {"right-but-odd": 5}
SLOW = set("""
reads-frames differences-itself error-long error-many-lines error-str-slow lazy-answers
deaf-to-signals sleeps stops-the-clock uses-all-time memory-in-steps memory-small-pieces
deep-nesting billion-laughs huge-caches huge-gradients huge-error-text huge-error-chain prints-much
prints-slowly holds-the-lock large-source large-constant grows-in-del
""".split())


def marked(index, odd):
    kinds = [pytest.mark.slow] if odd.name in SLOW else [pytest.mark.thorough] if index % 12 else []
    return pytest.param(odd, id=odd.name, marks=kinds)


@pytest.fixture(scope="module")
def grader():
    with Grader(1, jobs=2, patience=0.4) as grader:
        grader.explain = lambda *submission: ""
        yield grader


class World:
    """What a module might reach: a file of the teacher's, and a program that listens."""

    def __init__(self):
        self.reached, self.target = [], Path("/tmp/red-target")
        self.listening = socket.socket(socket.AF_UNIX)
        Path("/tmp/red-socket").unlink(missing_ok=True)
        self.listening.bind("/tmp/red-socket")
        os.chmod("/tmp/red-socket", 0o777)
        self.listening.listen()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            self.reached.append("the socket")
            line.close()

    def prepare(self):
        self.target.write_text("20")
        os.chmod(self.target, 0o600)
        os.utime(self.target, (10**9, 10**9))

    def changes(self):
        found, status = list(self.reached), self.target.stat()
        now = status.st_mode & 0o7777, status.st_mtime, self.target.read_text()
        if now != (0o600, 1e9, "20"):
            found.append("the file")
        for folder in ("/tmp", "/var/tmp", "/dev/shm"):
            found += [str(path) for path in Path(folder).glob("*red-marker*")]
        keys = Path("/proc/sysvipc")
        for kind in ("shm", "msg", "sem"):
            if f"{0x726564}" in (keys / kind).read_text():
                found.append(kind)
        return found

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.target.unlink()
        Path("/tmp/red-socket").unlink()


@pytest.mark.thorough
def test_nothing_is_reached_by_an_ordinary_users_processes():
    """First, as the places have fixed names, and later they belong to this user."""
    outside = [odd.name for odd in ODD if odd.kind == "outside" and odd.name not in SLOW]
    tests = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", ""]
    chosen = f"earns_nothing and ({' or '.join(outside)})"
    assert passed_as_nobody([*tests, __file__, "-k", chosen]) >= len(outside)


@pytest.fixture(scope="module")
def world():
    world = World()
    yield world
    world.close()


@pytest.mark.parametrize("odd", [marked(i, odd) for i, odd in enumerate(ODD)])
def test_it_earns_nothing_and_reaches_nothing(grader, world, odd):
    world.prepare()
    result = grader.grade("mallory", odd.source if odd.whole else WRONG + odd.source, seed=5)
    assert result.points == EARNED.get(odd.name, 0), result
    assert world.changes() == []
