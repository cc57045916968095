"""`kill -9` at any moment, in the middle of a save too, leaves a checkpoint that loads."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from save_forever import make

SCRIPT = Path(__file__).with_name("save_forever.py")
EVERY_LINE = Path(__file__).with_name("kill_at_every_line.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


def killed_child(path, rng, in_a_save):
    """(last step saved, last step begun), as said by a child that was killed."""
    child = subprocess.Popen([sys.executable, SCRIPT, path], stdout=subprocess.PIPE, text=True)
    said = []

    def listen_for(word):
        while not said or not said[-1].startswith(word):
            line = child.stdout.readline()
            assert line, "the child ended before it was killed"
            said.append(line)

    with child:
        try:
            listen_for("saving")
            started = time.perf_counter()
            listen_for("saved")
            duration = time.perf_counter() - started
            if in_a_save:
                for _ in range(rng.integers(1, 4)):
                    listen_for("saving")
                    said.append("")
                time.sleep(rng.uniform(0, duration))
            else:
                time.sleep(rng.uniform(0, 0.1))
        finally:
            child.kill()
        said += child.stdout.readlines()
    steps = {"saving": 0, "saved": 0}
    for line in said:
        if line.endswith("\n"):
            word, step = line.split()
            steps[word] = int(step)
    return steps["saved"], steps["saving"]


def check_kills(folder, times):
    rng = np.random.default_rng(times)
    path = folder / "c.gan"
    in_the_middle = 0
    for trial in range(times):
        saved, begun = killed_child(path, rng, in_a_save=trial % 2 == 0)
        in_the_middle += begun > saved
        checkpoint, game, batches = make(path)
        checkpoint.restore(game, batches)
        assert game.step in (saved, begun)
        for optimizer in (game.generator_optimizer, game.discriminator_optimizer):
            assert (optimizer.values == game.step).all()
        previous = path.with_name("c.gan.prev")
        if previous.exists():
            before, game_before, batches_before = make(previous)
            before.restore(game_before, batches_before)
            assert game_before.step in (game.step, game.step - 1)
    checkpoint.save(game, batches)
    assert sorted(file.name for file in folder.iterdir()) == ["c.gan", "c.gan.prev"]
    return in_the_middle


@pytest.mark.thorough
def test_fifteen_kills(tmp_path):
    assert check_kills(tmp_path, times=15) >= 3


@pytest.mark.slow
def test_a_hundred_kills(tmp_path):
    assert check_kills(tmp_path, times=100) >= 25


def test_a_kill_at_every_line_of_a_save(tmp_path):
    """Random moments seldom meet the few microseconds between two system calls; this does."""
    command = [sys.executable, EVERY_LINE, tmp_path / "c.gan"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    results = [line.split() for line in done.stdout.splitlines()]
    assert len(results) > 50
    for before, after, previous in results:
        assert int(after) in (int(before), int(before) + 1)
        assert previous == "-" or int(previous) in (int(after), int(after) - 1)
    before, after, previous = results[-1]  # the save that nobody killed
    assert (int(after), int(previous)) == (int(before) + 1, int(before))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.gan", "c.gan.prev"]
