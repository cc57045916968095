"""Runs of gan-scratch as a shell starts them, and what is looked for in a folder afterwards.

Nothing here knows how a run is made: commands go through `python -m gan_scratch`, and folders are
read as a user finds them. Only the checkpoint is read with the library's own reader.
"""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gan_scratch
from gan_scratch.training import checkpoints

STEPS = 120  # of a short training: every step has its row, and it takes seconds
ENDLESS = 100_000  # steps of a training that only a signal ends
PATIENCE = 120  # seconds after which a command hangs, on however slow a machine
PICTURES = ("samples.png", "curves.png", "film.gif", "report.html")  # what every run shows
COMMAND = [sys.executable, "-m", "gan_scratch"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and shells of POSIX")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc or /dev/full")


def environment(*first, **more):
    """This process's environment, in which modules are looked for in `first`, then beside the
    tested package."""
    paths = [*first, Path(gan_scratch.__file__).resolve().parents[1], os.environ.get("PYTHONPATH")]
    joined = os.pathsep.join(str(path) for path in paths if path)
    return {**os.environ, "PYTHONPATH": joined, "PYTHONIOENCODING": "utf-8", **more}


def patched(folder, source):
    """An environment in which every Python process first runs `source`."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(source, encoding="utf-8")
    return environment(folder)


def training(data, out=None, steps=STEPS, seed=0, workers=1, recipe=None):
    """The words of a short `gan-scratch train`."""
    words = ["train", *([recipe] if recipe else []), "--data", data, "--batch-size", 16]
    words += ["--steps", steps, "--seed", seed, "--workers", workers]
    return words + (["--out", out] if out is not None else [])


class Command:
    """One started `gan-scratch`, in a session of its own, with what it prints in files."""

    def __init__(self, folder, *words, cwd=None, env=None, before=()):
        """`before` are words before the command, such as nohup; files for output go to `folder`."""
        self.folder, self.started = folder, time.monotonic()
        with open(folder / "stdout.txt", "wb") as out, open(folder / "stderr.txt", "wb") as err:
            self.process = subprocess.Popen(
                [*before, *COMMAND, *map(str, words)], stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, cwd=cwd, env=env or environment(), start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self):
        return self.process.pid

    @property
    def out(self):
        return (self.folder / "stdout.txt").read_text(encoding="utf-8")

    @property
    def err(self):
        return (self.folder / "stderr.txt").read_text(encoding="utf-8")

    def ended(self):
        return self.process.poll() is not None

    def until(self, condition):
        """Wait until `condition()` holds or the command has ended."""
        limit = time.monotonic() + PATIENCE
        while not self.ended() and not condition():
            assert time.monotonic() < limit, f"waited in vain\n{self.out}\n{self.err}"
            time.sleep(0.005)
        return self

    def until_printed(self, words):
        return self.until(lambda: words in self.out)

    def until_there(self, path):
        return self.until(path.exists)

    def until_playing(self, run):
        """Wait until some steps have been played: their pictures are the frames of a film."""
        frames = run / "film"
        return self.until(lambda: frames.is_dir() and len(list(frames.glob("*.png"))) > 4)

    def send(self, number, whole_group=False):
        """Send a signal to the command, or to it and its workers as a terminal does."""
        if not self.ended():
            (os.killpg if whole_group else os.kill)(self.pid, number)
        return self

    def wait(self):
        """Its exit code (negative: the signal that killed it), when nothing of it is left."""
        code = self.process.wait(PATIENCE)
        limit = time.monotonic() + 20
        while (left := session(self.pid)) and time.monotonic() < limit:
            time.sleep(0.02)
        assert not left, f"processes are left over: {left}\n{self.out}\n{self.err}"
        return code

    def end(self):
        """Kill whatever is left of it."""
        for pid in [*session(self.pid), *([] if self.ended() else [self.pid])]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()


class Result:
    """How a command ended: `code`, `out`, `err`."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def gan(*words, cwd=None, env=None, before=(), patience=PATIENCE):
    """Run a command to its end."""
    done = subprocess.run(
        [*before, *COMMAND, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
        cwd=cwd, env=env or environment(), timeout=patience,
    )  # fmt: skip
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def session(sid):
    """The processes of a session that are alive; nothing where there is no /proc."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == sid and fields[0] not in "ZX":
            found.append(int(folder.name))
    return found


def without_privileges():
    """Words before a command for which permissions count, as they do for everyone but root."""
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


# What a command said ----------------------------------------------------------------------------


def expect_well(result):
    """It ended with 0 and had nothing to complain about."""
    assert result.code == 0, result
    assert "Traceback" not in result.err, result
    return result


def expect_one_sentence(result, *words, code=(1, 2)):
    """It failed, and stderr holds one line, a sentence of gan-scratch with these words in it."""
    assert result.code in code, result
    lines = result.err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("gan-scratch: "), result
    for word in words:
        assert re.search(str(word), lines[0], re.IGNORECASE), (word, result)
    return result


def expect_refused(result, *words):
    """Bad input: exit code 2 and one sentence."""
    return expect_one_sentence(result, *words, code=(2,))


# What is in a run's folder ----------------------------------------------------------------------


def checkpoint(run):
    return checkpoints.read(run / "checkpoint.gan")


def saved_step(run):
    return checkpoint(run)["training"]["game"]["step"]


def bits(run):
    """A digest of all that the next step depends on: weights, moments, random generators."""
    return checkpoints.digest(checkpoint(run)["training"])


def rows(run):
    """The rows of values.csv, without the seconds, whole and in order."""
    text = (run / "values.csv").read_text(encoding="utf-8")
    assert text.endswith("\n"), "the last row is cut off"
    table = list(csv.DictReader(text.splitlines()))
    assert all(None not in row and None not in row.values() for row in table), text
    steps = [int(row["step"]) for row in table]
    assert steps == sorted(set(steps)), steps
    return [{name: value for name, value in row.items() if name != "seconds"} for row in table]


def recipe_of(run):
    return json.loads((run / "recipe.json").read_text(encoding="utf-8"))


def ending(run):
    return json.loads((run / "ending.json").read_text(encoding="utf-8"))


def unfinished(run):
    """Files that a killed run leaves while it writes."""
    return sorted(path.name for path in run.rglob("*") if ".part" in path.name)


def snapshot(folder):
    """Every file and folder below, hidden ones too, with its content: equal means untouched."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


def visible(folder):
    """`snapshot` without hidden files: what a run may not change where it refuses."""
    return {path: content for path, content in snapshot(folder).items() if "/." not in f"/{path}"}


def expect_no_row_lost(run, reference):
    """The rows up to the checkpoint's step are those of the run that nobody stopped."""
    step = saved_step(run)
    wanted, found = (
        [row for row in rows(folder) if int(row["step"]) <= step] for folder in (reference, run)
    )
    assert found == wanted, f"checkpoint of step {step}"


def expect_pictures(run, names=PICTURES):
    """Each of them is there and whole."""
    for name in names:
        path = run / name
        assert path.is_file(), f"{name} is missing; there are {sorted(os.listdir(run))}"
        if name.endswith(".html"):
            assert "base64," in path.read_text(encoding="utf-8"), name
        else:
            with Image.open(path) as picture:
                picture.load()
                assert min(picture.size) > 10, name


def expect_report_draws_everything(run, names=PICTURES):
    """`gan-scratch report` brings every picture back, from nothing but the run."""
    for name in names:
        (run / name).unlink(missing_ok=True)
    before = bits(run), rows(run)
    result = expect_well(gan("report", run))
    assert result.err == "", result
    expect_pictures(run, names)
    assert (bits(run), rows(run)) == before, "report changed the run"


def expect_goes_on(run, reference, *more, env=None):
    """`--resume` ends with exactly the bits and rows of the run that nobody stopped."""
    result = expect_well(gan("train", "--resume", run, *more, env=env))
    expect_same(run, reference)
    return result


def expect_same(run, reference):
    assert saved_step(run) == saved_step(reference)
    assert bits(run) == bits(reference)
    assert rows(run) == rows(reference)
    assert unfinished(run) == []


# What is put in ---------------------------------------------------------------------------------


def write_pictures(folder, count=40, size=(18, 14), seed=5, colour=False, kind="png"):
    """A folder of small pictures that are resized when they are read (width, height = size)."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    shape = (size[1], size[0], 3) if colour else (size[1], size[0])
    for number in range(count):
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"picture_{number:03}.{kind}")
    return folder
