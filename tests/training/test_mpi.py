"""A batch shared between MPI processes: the game that one process plays, and that workers play."""

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import mpi_games
import numpy as np
import pytest

from gan_scratch.cli import main
from gan_scratch.runs import Run
from gan_scratch.training import StepDone
from gan_scratch.training.checkpoints import digest

HERE = Path(__file__).parent
MPIEXEC = Path(sys.executable).with_name("mpiexec")
needs_mpi = pytest.mark.skipif(
    not MPIEXEC.exists(), reason="needs an MPI beside Python: pip install mpi4py mpich"
)
NAMES = [*mpi_games.GAMES, "dropout"]
SHORT = ["--steps", "4", "--batch-size", "8"]


def mpiexec(*words, count=2):
    """(exit code, stdout, stderr) of `count` processes of Python."""
    done = subprocess.run(
        [MPIEXEC, "-n", str(count), sys.executable, *map(str, words)],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def by_mpi(tmp_path_factory):
    file = tmp_path_factory.mktemp("mpi") / "states"
    assert mpiexec(HERE / "mpi_games.py", file) == (0, "", "")
    return pickle.loads(file.read_bytes())


def by_workers(name, workers):
    if name == "dropout":
        return mpi_games.dropout(workers=workers)
    recipe = mpi_games.GAMES[name]
    return mpi_games.played(
        mpi_games.game_of(recipe), recipe, mpi_games.steps_of(name), workers=workers
    )


def numbers(state):
    """All numbers of a state as one vector, random generators apart."""
    if isinstance(state, dict):
        return np.concatenate([
            np.zeros(0), *(numbers(state[key]) for key in sorted(state) if key != "random")
        ])
    if isinstance(state, (list, tuple)):
        return np.concatenate([np.zeros(0), *map(numbers, state)])
    return np.zeros(0) if state is None else np.asarray(state, float).ravel()


def apart(state, other):
    """|state - other| / |other|."""
    state, other = numbers(state), numbers(other)
    return np.linalg.norm(state - other) / np.linalg.norm(other)


@needs_mpi
@pytest.mark.parametrize("name", NAMES)
class TestSameGame:
    def test_as_one_process_plays(self, by_mpi, name):
        alone = by_workers(name, 1)
        last = max(alone)
        assert apart(by_mpi[name][1], alone[1]) < 1e-12
        assert apart(by_mpi[name][last], alone[last]) < (1e-9 if last == 50 else 1e-11)
        assert by_mpi[name][last]["random"] == alone[last]["random"]

    def test_bit_for_bit_as_two_workers_play(self, by_mpi, name):
        found = by_workers(name, 2)
        assert {step: digest(state) for step, state in by_mpi[name].items()} == {
            step: digest(state) for step, state in found.items()
        }


@needs_mpi
def test_what_a_user_changes_between_rounds_counts_in_every_process(by_mpi):
    alone = mpi_games.changed_between_rounds()
    for shared, own in zip(by_mpi["changed"], alone, strict=True):
        assert apart(shared, own) < 1e-11


@needs_mpi
@pytest.mark.parametrize(
    "what, code, sentence",
    [
        ("raises in 0", 2, "share 0 of the batch has had enough"),
        ("raises in 1", 2, "share 1 of the batch has had enough"),
        ("not finite in 1", 2, "not finite in step 3: "),
    ],
)
def test_a_failure_in_any_process_ends_all_with_one_sentence(what, code, sentence):
    found, out, err = mpiexec(HERE / "mpi_games.py", what)
    assert (found, out) == (code, "")
    assert err.startswith(f"gan-scratch: {sentence}")
    assert err.count("\n") == 1


@needs_mpi
class TestCommand:
    def test_leaves_one_run_that_one_process_goes_on_with(self, tmp_path):
        code, out, err = mpiexec("-m", "gan_scratch", "train", *SHORT, "--out", tmp_path / "run")
        assert (code, err) == (0, "")
        assert re.findall(r"^step (\d)/4", out, re.M) == ["1", "2", "3", "4"]
        assert [path.name for path in tmp_path.iterdir()] == ["run"]
        assert (tmp_path / "run" / "report.html").exists()
        assert Run.resume(tmp_path / "run").workers == 2
        run = Run.resume(tmp_path / "run", steps=6, workers=1)
        assert [event.step for event in run.train() if isinstance(event, StepDone)] == [5, 6]

    @pytest.mark.parametrize(
        "words, sentence",
        [
            (["recipes"], "of the commands only train can run under mpiexec"),
            (["train", "nobody"], "unknown recipe 'nobody'"),
        ],
    )
    def test_refuses_once(self, words, sentence):
        code, out, err = mpiexec("-m", "gan_scratch", *words)
        assert (code, out) == (2, "")
        assert err.startswith(f"gan-scratch: {sentence}")
        assert err.count("\n") == 1

    def test_more_processes_than_shares_are_refused(self, tmp_path):
        code, _, err = mpiexec(
            "-m", "gan_scratch", "train", "--steps", 4, "--batch-size", 4, "--out", tmp_path,
            count=3,
        )
        assert code == 2
        assert "start mpiexec with -n 2" in err


class TestWithoutMpi:
    """What an environment says that is not one of MPI, or of another one than mpi4py's."""

    @pytest.mark.parametrize("variables", [
        {"PMI_SIZE": "2", "PMI_RANK": "0"},
        {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"},
        {"SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"},
    ])
    def test_a_missing_mpi4py_is_refused(self, variables, monkeypatch, capsys, tmp_path):
        monkeypatch.setitem(sys.modules, "mpi4py", None)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        assert main(["train", *SHORT]) == 2
        assert "pip install 'gan_scratch[mpi]'" in capsys.readouterr().err
        assert not any(tmp_path.iterdir())

    def test_the_other_processes_refuse_in_silence(self, monkeypatch, capsys, tmp_path):
        monkeypatch.setitem(sys.modules, "mpi4py", None)
        monkeypatch.setenv("PMI_SIZE", "2")
        monkeypatch.setenv("PMI_RANK", "1")
        monkeypatch.chdir(tmp_path)
        assert main(["train", *SHORT]) == 2
        assert capsys.readouterr() == ("", "")
        assert not any(tmp_path.iterdir())

    def test_one_process_of_a_launcher_is_an_ordinary_one(self, monkeypatch, capsys):
        monkeypatch.setitem(sys.modules, "mpi4py", None)
        monkeypatch.setenv("PMI_SIZE", "1")
        monkeypatch.setenv("PMI_RANK", "0")
        assert main(["recipes"]) == 0

    @needs_mpi
    def test_processes_of_another_mpi_are_refused(self, tmp_path):
        done = subprocess.run(
            [sys.executable, "-m", "gan_scratch", "train", *SHORT],
            capture_output=True, text=True, timeout=300, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path),
                 "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"},
        )
        assert done.returncode == 2
        assert "2 processes were started together, but mpi4py sees 1" in done.stderr
        assert not any(tmp_path.iterdir())
