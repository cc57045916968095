"""However a shared training ends, its processes end within five seconds and nothing is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from shared_games import BATCH, GAMES, distance, small

from gan_scratch.recipes import RECIPES
from gan_scratch.training import StepDone, digest, sharing, train

SCRIPT = Path(__file__).with_name("train_shared.py")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells what is left")
SECONDS = 5


def playing(workers, method="fork"):
    """A process that trains by several, when all have begun."""
    process = subprocess.Popen(
        [sys.executable, SCRIPT, str(workers), method], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )
    assert process.stdout.readline() == "playing\n", process.communicate()[1]
    return process


def group(process):
    """The numbers of the processes of its session that are alive, itself first."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == process.pid and fields[0] != "Z":
                found.append(int(folder.name))
    return sorted(found, key=lambda pid: (pid != process.pid, pid))


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


def shared_memory():
    """What lies there by name, but for what MPI makes: its tests may run beside these."""
    return {name for name in os.listdir("/dev/shm") if not name.startswith("mpich_")}


def expect_all_to_end(process, before):
    """Nobody of the session is left in time, and no shared memory; what was said on stderr."""
    limit = time.monotonic() + SECONDS
    while group(process) and time.monotonic() < limit:
        time.sleep(0.02)
    left = group(process)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    said = process.communicate()[1]
    assert left == [], said
    assert shared_memory() - before == set()
    return said


def killed(rng, workers, method="fork"):
    before = shared_memory()
    process = playing(workers, method)
    time.sleep(rng.uniform(0, 0.3))
    victim = int(rng.integers(workers))
    ranks_of = [pid for pid in group(process) if "resource_tracker" not in command_of(pid)]
    os.kill(ranks_of[victim], signal.SIGKILL)
    said = expect_all_to_end(process, before)
    if victim:
        last = said.strip().splitlines()[-1]
        assert last == (
            f"RuntimeError: worker {victim} of {workers - 1} ended before its time (signal 9); the "
            "training stops, and what was saved stays"
        )
        assert process.returncode == 1


@LINUX
def test_a_killed_rank_takes_the_others_with_it():
    killed(np.random.default_rng(0), 2)


@LINUX
@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(30))
def test_thirty_random_moments(seed):
    killed(np.random.default_rng(seed), 3)


@LINUX
@pytest.mark.thorough
def test_spawned_ranks_end_as_well():
    for seed in range(3):
        killed(np.random.default_rng(seed), 2, "spawn")


@LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all(number):
    before = shared_memory()
    process = playing(3)
    if number == signal.SIGINT:  # Ctrl-C on a terminal reaches every process of the group
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    expect_all_to_end(process, before)


# Processes that are started anew.


def test_a_spawned_rank_plays_the_same_game(monkeypatch):
    monkeypatch.setattr(sharing, "start_method", lambda: "spawn")
    shared = GAMES["dcgan-digits"]
    assert distance(shared.played(2, 2), shared.played(2, 1)) < 1e-12


@pytest.mark.thorough
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_played_by_spawned_ranks(name, monkeypatch):
    monkeypatch.setattr(sharing, "start_method", lambda: "spawn")
    assert distance(GAMES[name].played(2, 2), GAMES[name].played(2, 1)) < 1e-12


# Stopped and resumed.


@pytest.mark.parametrize("name", [
    pytest.param("augmentation", marks=pytest.mark.thorough),
    pytest.param("dcgan-digits", marks=pytest.mark.slow),
    pytest.param("conditional-digits", marks=pytest.mark.slow),
])
def test_twenty_resumes_have_the_bits_of_one_training(name):
    shared, rng = GAMES[name], np.random.default_rng(20)
    stops = np.sort(rng.choice(np.arange(1, 60), 20, replace=False))
    whole = shared.played(60, 2)
    one, other = None, None
    for stop in [*stops.tolist(), 60]:
        one = resumed(shared, one, stop, 2)
        other = resumed(shared, other, stop, int(rng.integers(1, 4)))
    assert digest(one[0]) == digest(whole.state())
    game = shared.make()
    game.load_state(other[0])
    assert distance(game, whole) < 1e-9


def resumed(shared, before, steps, workers):
    """(state, batches' state) after `steps` of a new game that goes on from `before`."""
    game = shared.make()
    batches = shared.dataset().batches(BATCH, game.rng, condition=game.conditional)
    if before is not None:
        batches.load_state(before[1])
        game.load_state(before[0])
    shared.played(steps, workers, game, batches)
    return game.state(), batches.state()


# Memory.


@LINUX
@pytest.mark.slow
def test_ten_thousand_steps_take_no_more_memory():
    recipe = small("mlp-digits", (4, 4, 1), players={"hidden": (4, 4), "latent": 2})
    sizes = {}
    for event in train(
        recipe.make(), recipe.dataset(), steps=10_000, batch_size=BATCH, workers=2
    ):
        if isinstance(event, StepDone) and event.step in (1_000, 10_000):
            sizes[event.step] = resident()
    assert sizes[10_000] < 1.02 * sizes[1_000] + 1


PROPORTIONAL = """
import os, re, sys
from pathlib import Path
from gan_scratch.datasets import load
from gan_scratch.recipes import find
from gan_scratch.training import StepDone, train

recipe, digits = find("dcgan-digits"), load("digits", value_range=(0, 1))
game, size = recipe.game(digits.sample_shape, seed=0), recipe.data.batch_size
for event in train(
    game, digits, steps=99, batch_size=size, workers=int(sys.argv[1]), reschedule=True
):
    if isinstance(event, StepDone) and event.step == 20:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        maps = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in ("self", *children)]
        print(sum(int(re.search(r"^Pss: +([0-9]+)", text, re.M)[1]) for text in maps))
        break
"""


@LINUX
@pytest.mark.thorough
def test_two_workers_take_less_than_twice_the_memory():
    one, two = (
        int(subprocess.run(
            [sys.executable, "-c", PROPORTIONAL, str(workers)], capture_output=True, text=True,
            check=True,
        ).stdout)
        for workers in (1, 2)
    )
    assert two < 1.6 * one


def resident():
    """MiB of this process and its children."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in ("self", *children)]
    return sum(pages) * os.sysconf("SC_PAGESIZE") / 2**20
