"""Broken outputs and full disks: what was trained is saved, and goes on when there is room."""

import shutil
import subprocess

import numpy as np
import pytest

from .helpers import (
    COMMAND,
    ENDLESS,
    LINUX,
    PATIENCE,
    POSIX,
    STEPS,
    Result,
    bits,
    environment,
    expect_goes_on,
    expect_no_row_lost,
    expect_one_sentence,
    expect_report_draws_everything,
    expect_same,
    expect_well,
    gan,
    patched,
    rows,
    saved_step,
    training,
)

pytestmark = POSIX

NOBODY_READS = 141  # 128 + SIGPIPE


def shell(redirection, *words, cwd=None, env=None):
    """Run a command as a shell does with `redirection` behind it."""
    done = subprocess.run(
        ["bash", "-c", f'"$@" {redirection}; exit ${{PIPESTATUS[0]}}', "bash", *COMMAND,
         *map(str, words)],
        capture_output=True, stdin=subprocess.DEVNULL, cwd=cwd, env=env or environment(),
        timeout=PATIENCE,
    )  # fmt: skip
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def expect_all_steps_saved(run, reference):
    """The checkpoint is of the last step that was played."""
    assert len(rows(run)) == saved_step(run)
    expect_no_row_lost(run, reference)


class TestBrokenOutput:
    @pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
    @pytest.mark.slow
    def test_a_reader_that_leaves_in_the_middle(self, pictures, references, tmp_path, workers):
        run, reference = tmp_path / "run", references(workers)[0]
        result = shell("| grep -m 1 ^step", *training(pictures, run, workers=workers))
        assert result.code == NOBODY_READS, result
        assert "Traceback" not in result.err and "Exception" not in result.err, result
        assert 0 < saved_step(run) < STEPS
        expect_all_steps_saved(run, reference)
        expect_goes_on(run, reference)

    def test_a_reader_that_leaves_after_the_first_line(self, pictures, reference, tmp_path):
        """As `gan-scratch train | head -1`; it may notice before it has begun."""
        run = tmp_path / "run"
        result = shell("| head -1", *training(pictures, run))
        assert result.code == NOBODY_READS, result
        assert "Traceback" not in result.err and "Exception" not in result.err, result
        if run.exists():
            expect_all_steps_saved(run, reference)
            expect_goes_on(run, reference)

    @LINUX
    def test_a_full_device(self, pictures, reference, tmp_path):
        run = tmp_path / "run"
        result = shell("> /dev/full", *training(pictures, run))
        assert "Traceback" not in result.err and "Exception" not in result.err, result
        assert result.code != 0, result
        assert result.err.startswith("gan-scratch: "), result  # there it can still say why
        if run.exists():
            expect_all_steps_saved(run, reference)
            expect_goes_on(run, reference)

    @pytest.mark.parametrize(
        "closed", [">&-", pytest.param("2>&-", marks=pytest.mark.slow),
                   pytest.param("<&-", marks=pytest.mark.slow),
                   pytest.param("<&- >&- 2>&-", marks=pytest.mark.slow),
                   pytest.param("2> /dev/full", marks=[pytest.mark.slow, LINUX])]
    )  # fmt: skip
    def test_closed_streams(self, pictures, reference, tmp_path, closed):
        """Whoever closes stdout reads nothing: the run may be trained in silence or be saved and
        stop. Of the other streams a training needs nothing. What is opened next gets the number of
        the closed one, and must not be printed into."""
        run = tmp_path / "run"
        result = shell(closed, *training(pictures, run))
        assert "Traceback" not in result.err and "Exception" not in result.err, result
        if " >&-" in f" {closed}":
            assert result.code in (0, NOBODY_READS), result
        else:
            assert result.code == 0, result
        expect_goes_on(run, reference)
        for path in run.rglob("*"):
            assert path.suffix == ".html" or not path.is_file() or b"steps/s" not in (
                path.read_bytes()
            ), path

    @LINUX
    @pytest.mark.parametrize(
        "words", [["recipes"], ["--help"], ["train", "--help"], ["--version"]], ids=" ".join
    )
    @pytest.mark.parametrize("redirection", ["> /dev/full", ">&-", "| true"])
    def test_short_commands_have_no_traceback(self, words, redirection):
        result = shell(redirection, *words)
        assert "Traceback" not in result.err and "Exception" not in result.err, result
        if redirection == "> /dev/full" and words == ["recipes"]:  # argparse itself hides the rest
            assert result.code != 0, "nothing was shown, and it said that all is well"

    @LINUX
    def test_sample_to_a_full_device_draws_and_has_no_traceback(self, reference, tmp_path):
        result = shell("> /dev/full", "sample", reference, "--out", tmp_path / "drawn.png")
        assert "Traceback" not in result.err and "Exception" not in result.err, result
        assert (tmp_path / "drawn.png").is_file()

    @pytest.mark.slow
    def test_a_matplotlib_back_end_that_is_not_there(self, pictures, reference, tmp_path):
        """It may draw all the same, refuse at once, or train and say what could not be drawn."""
        run, env = tmp_path / "run", environment(MPLBACKEND="nonsense")
        result = gan(*training(pictures, run), env=env)
        if result.code:
            expect_one_sentence(result)
        assert "Traceback" not in result.err, result
        if not run.exists():
            assert "step " not in result.out, "steps were lost"
            expect_well(gan(*training(pictures, run)))
        expect_same(run, reference)
        expect_report_draws_everything(run)

    @pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
    @pytest.mark.slow
    def test_a_run_whose_folder_is_taken_away_says_so(self, start, pictures, tmp_path, workers):
        run = tmp_path / "run"
        command = start(*training(pictures, run, steps=ENDLESS, workers=workers))
        command.until_playing(run)
        run.rename(tmp_path / "away")  # at one stroke, as `mv` does; `rm -r` might meet new files
        shutil.rmtree(tmp_path / "away")
        result = Result(command.wait(), command.out, command.err)
        expect_one_sentence(result, "run")


# Full disks -------------------------------------------------------------------------------------

ON_A_SMALL_DISK = """
mount -t tmpfs -o "size=$SIZE" tmpfs "$DISK" || exit 99
"$@" > "$OUT/stdout.txt" 2> "$OUT/stderr.txt"
echo $? > "$OUT/code.txt"
cp -a "$DISK/run" "$OUT/full"
exit 0
"""

NO_SPACE = """
import builtins, errno, io, os

left = {room}
plain_open = io.open


class Small(io.FileIO):
    def write(self, data):
        global left
        size = memoryview(data).nbytes
        if size > left:
            left = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left -= size
        return super().write(data)


def small_open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, **more):
    inside = isinstance(file, (str, os.PathLike)) and os.path.abspath(file).startswith({folder!r})
    if not inside or not set(mode) & set("wax+"):
        return plain_open(file, mode, buffering, encoding, errors, newline, **more)
    raw = Small(file, mode.replace("b", "").replace("t", ""))
    stream = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
    return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors, newline)


builtins.open = io.open = small_open
"""


def can_mount():
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /tmp"], capture_output=True
    ) if shutil.which("unshare") else None  # fmt: skip
    return done is not None and done.returncode == 0


def on_a_small_disk(room, words, tmp_path):
    """Train on a real file system of `room` bytes; the run as it was left there."""
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    out.mkdir()
    env = environment(SIZE=str(room), DISK=str(disk), OUT=str(out))
    script = ["unshare", "-rm", "sh", "-c", ON_A_SMALL_DISK, "sh", *COMMAND]
    words = [*map(str, words), "--out", str(disk / "run")]
    subprocess.run([*script, *words], env=env, check=True, timeout=PATIENCE, capture_output=True)
    code, said, err = (
        (out / name).read_text() for name in ("code.txt", "stdout.txt", "stderr.txt")
    )
    return Result(int(code), said, err), out / "full"


def on_a_stand_in(room, words, tmp_path):
    """Train where after `room` bytes every write fails as on a full disk."""
    run = tmp_path / "disk" / "run"
    run.parent.mkdir()
    env = patched(tmp_path / "patch", NO_SPACE.format(room=room, folder=str(run.parent)))
    return gan(*words, "--out", run, env=env), run


DISKS = {"disk": on_a_small_disk, "stand-in": on_a_stand_in}


def full_disks():
    """(kind, share of the room that a run needs): ten moments for each kind, one of them quick."""
    for kind in DISKS:
        rng = np.random.default_rng([24, len(kind)])
        for moment, share in enumerate((np.arange(10) + rng.random(10)) / 10 * 0.95):
            quick = (kind, moment) in {("disk", 8), ("stand-in", 4)}
            marks = [] if quick else [pytest.mark.slow]
            yield pytest.param(kind, share, marks=marks, id=f"{kind}-{share:.2f}")


@LINUX
@pytest.mark.parametrize(("kind", "share"), list(full_disks()))
def test_a_disk_that_is_full_loses_nothing(pictures, reference, tmp_path, kind, share):
    if kind == "disk" and not can_mount():
        pytest.skip("mounting a small file system is not allowed here; the stand-in is tested")
    needed = sum(path.stat().st_size for path in reference.rglob("*") if path.is_file())
    result, run = DISKS[kind](int(share * needed), training(pictures), tmp_path)
    expect_one_sentence(result, "space|full|disk|room")
    words = "--resume", run
    if (run / "checkpoint.gan").exists():
        expect_no_row_lost(run, reference)
        assert bits(run)  # it can be read
    else:  # there was no room for the first one: the same command may come again
        words = (*training(pictures)[1:], "--out", run)
    expect_well(gan("train", *words))
    expect_same(run, reference)
    expect_report_draws_everything(run)


@LINUX
def test_a_disk_that_is_full_while_report_draws(reference, tmp_path):
    """Nothing is left half drawn, and what was there before stays."""
    run = tmp_path / "disk" / "run"
    shutil.copytree(reference, run)
    env = patched(tmp_path / "patch", NO_SPACE.format(room=200_000, folder=str(run.parent)))
    expect_one_sentence(gan("report", run, env=env), "space|full|disk|room")
    expect_same(run, reference)
    expect_report_draws_everything(run)


def test_these_tests_see_the_exit_code_of_the_command_and_not_of_what_reads():
    assert shell("| true", "train", "--seed", "x").code == 2
