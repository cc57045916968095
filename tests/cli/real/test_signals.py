"""INT, TERM and HUP at any moment: nothing is lost, and the run goes on to the same bits.

A signal may come while Python starts, while pictures are loaded, in any step, while a checkpoint is
saved, while pictures are drawn, and after the end. What must hold is the same for all of them.
"""

import os
import pty
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from .helpers import (
    COMMAND,
    LINUX,
    PATIENCE,
    POSIX,
    STEPS,
    ending,
    environment,
    expect_goes_on,
    expect_no_row_lost,
    expect_pictures,
    expect_report_draws_everything,
    expect_same,
    expect_well,
    gan,
    patched,
    rows,
    saved_step,
    session,
    training,
)

pytestmark = [POSIX, LINUX]

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
SIGNALS = (INT, TERM, HUP)
MOMENTS = 30  # of each signal, drawn at random from all of a run's life
QUICK = 1  # of them, in the tests that always run


def random_moments(number):
    """(share of a run's life, workers, whole group) for each moment, the same ones every time."""
    rng = np.random.default_rng([24, number])
    shares = (np.arange(MOMENTS) + rng.random(MOMENTS)) / MOMENTS  # one in every thirtieth
    return [(share, 1 + moment % 2, moment % 4 == 3) for moment, share in enumerate(shares)]


def random_cases():
    for number in SIGNALS:
        cases = random_moments(number)
        quick = np.random.default_rng([7, number]).choice(MOMENTS, QUICK, replace=False)
        for moment, (share, workers, group) in enumerate(cases):
            marks = [] if moment in quick else [pytest.mark.slow]
            name = f"{number.name}-{share:.2f}-{workers}{'-group' if group else ''}"
            yield pytest.param(number, share, workers, group, marks=marks, id=name)


def expect_stopped_well(command, run, number, reference, pictures, workers, begun=False):
    """Whatever the moment was: the exit code says it, nothing is lost, and the run goes on.

    `begun`: the command was certainly past its start when the signal came.
    """
    code = command.wait()
    said = f"exit {code}\n{command.out}\n{command.err}"
    ended = "done after" in command.out
    if "Traceback" in command.err:  # only from Python's own start, before any of our lines
        assert not begun and "in main" not in command.err, said
    if run.exists():
        # After its last word a process may be killed by Python's own end.
        assert code == 128 + number or ended and code in (0, -number), said
        expect_no_row_lost(run, reference)
        assert len(rows(run)) == saved_step(run)  # and none was played that is not saved
        assert ending(run)["how"] == ("done" if saved_step(run) == STEPS else "stopped"), said
        assert ending(run)["step"] == saved_step(run)
        if rows(run):
            expect_report_draws_everything(run)
        expect_goes_on(run, reference)
        expect_pictures(run)
        assert ending(run)["how"] == "done"
    else:  # stopped while it was loading: nothing was written, and the same command may come again
        assert code == 128 + number or not begun and code == -number, said
        expect_well(gan(*training(pictures, run, workers=workers)))
        expect_same(run, reference)


@pytest.mark.parametrize(("number", "share", "workers", "group"), list(random_cases()))
def test_at_a_random_moment(
    start, pictures, references, tmp_path, number, share, workers, group
):
    run, (reference, seconds) = tmp_path / "run", references(workers)
    command = start(*training(pictures, run, workers=workers))
    time.sleep(share * seconds)
    command.send(number, group)
    expect_stopped_well(command, run, number, reference, pictures, workers)


def name_of(setting):
    """The name of a signal or of a function, in the names of tests."""
    return getattr(setting, "name", None) or getattr(setting, "__name__", None)


def at_the_first_steps(command, run):
    command.until_printed("step ")


def at_the_first_checkpoint(command, run):
    command.until_there(run / "checkpoint.gan")


def when_the_last_step_is_said(command, run):
    command.until_printed(f"step {STEPS}/{STEPS}")


def while_pictures_are_drawn(command, run):
    command.until_there(run / "curves.png")


@pytest.mark.parametrize(
    ("number", "moment", "workers", "group"),
    [
        (INT, at_the_first_steps, 2, True),
        (TERM, when_the_last_step_is_said, 1, False),
        pytest.param(HUP, at_the_first_checkpoint, 1, False, marks=pytest.mark.slow),
        *(
            pytest.param(number, moment, workers, group, marks=pytest.mark.slow)
            for number in SIGNALS
            for moment in (
                at_the_first_steps, at_the_first_checkpoint, when_the_last_step_is_said,
                while_pictures_are_drawn,
            )
            for workers, group in ((1, True), (2, False), (2, True))
        ),
    ],
    ids=name_of,
)  # fmt: skip
@pytest.mark.slow
def test_at_a_moment_of_the_run(
    start, pictures, references, tmp_path, number, moment, workers, group
):
    run, reference = tmp_path / "run", references(workers)[0]
    command = start(*training(pictures, run, workers=workers))
    moment(command, run)
    command.send(number, group)
    expect_stopped_well(command, run, number, reference, pictures, workers, begun=True)


SLOW_DECODING = """
import time
from PIL import Image
plain_open = Image.open
def slow_open(*words, **options):
    open({marker!r}, "w").close()
    time.sleep(2)
    return plain_open(*words, **options)
Image.open = slow_open
"""


@pytest.mark.parametrize("number", SIGNALS, ids=name_of)
def test_while_pictures_are_loaded_nothing_is_written(start, pictures, tmp_path, number):
    marker, home = tmp_path / "loading", tmp_path / "home"
    home.mkdir()
    env = patched(tmp_path / "patch", SLOW_DECODING.format(marker=str(marker)))
    command = start(*training(pictures), cwd=home, env=env).until_there(marker)
    time.sleep(0.2)
    sent = time.monotonic()
    assert command.send(number).wait() == 128 + number, command.err
    assert time.monotonic() - sent < 40  # all 40 pictures take 80 seconds
    assert "Traceback" not in command.err
    assert not list(home.rglob("*.gan")) and not list(home.rglob("recipe.json"))
    assert [path for path in home.glob("runs/*")] == [], "a folder of a run that never began"


@pytest.mark.parametrize(
    "number", [INT, *(pytest.param(other, marks=pytest.mark.slow) for other in (TERM, HUP))],
    ids=name_of,
)
def test_two_signals_close_together_leave_the_checkpoint_whole(
    start, pictures, references, tmp_path, number
):
    run, reference = tmp_path / "run", references(1)[0]
    command = start(*training(pictures, run)).until_printed("step ")
    command.until_there(run / "checkpoint.gan")
    command.send(number)
    time.sleep(float(np.random.default_rng(number).uniform(0, 0.1)))
    command.send(number)
    code = command.wait()
    assert code in (128 + number, -number), command.err
    assert "Traceback" not in command.err
    expect_no_row_lost(run, reference)
    expect_goes_on(run, reference)


@pytest.mark.parametrize(
    "number", [INT, pytest.param(HUP, marks=pytest.mark.slow)], ids=name_of
)
def test_a_signal_that_is_ignored_from_the_start_stays_ignored(
    start, pictures, references, tmp_path, number
):
    """As `nohup` does, and a shell for INT of what runs in the background of a script."""
    run, reference = tmp_path / "run", references(2)[0]
    shell = ["sh", "-c", f'trap "" {number.name[3:]}; exec "$@"', "sh"]
    command = start(*training(pictures, run, workers=2), before=shell).until_printed("step ")
    command.send(number, whole_group=True)
    time.sleep(0.1)
    command.send(number, whole_group=True)
    assert command.wait() == 0, command.err
    expect_same(run, reference)


@pytest.mark.slow
def test_nohup(start, pictures, references, tmp_path):
    run, reference = tmp_path / "run", references(1)[0]
    command = start(*training(pictures, run), before=["nohup"]).until_printed("step ")
    assert command.send(HUP).wait() == 0, command.err
    expect_same(run, reference)


IN_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize(
    "before", [[], pytest.param(["nohup"], marks=pytest.mark.slow)], ids=["plain", "nohup"]
)
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_terminal_that_is_closed(pictures, references, tmp_path, workers, before):
    """The kernel sends HUP, and every further word cannot be written (EIO).

    Under nohup with output to the terminal only the second happens: the run may end either way.
    """
    run, reference = tmp_path / "run", references(workers)[0]
    master, slave = pty.openpty()
    words = map(str, training(pictures, run, workers=workers))
    shell = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"] if before else []  # output stays there
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, *shell, *COMMAND, *words], stdin=slave, stdout=slave,
        stderr=slave, start_new_session=True, env=environment(TERM="xterm"),
    )  # fmt: skip
    os.close(slave)
    try:
        os.set_blocking(master, False)
        limit, frames = time.monotonic() + PATIENCE, run / "film"
        while time.monotonic() < limit and process.poll() is None:
            try:
                os.read(master, 65536)
            except (BlockingIOError, OSError):
                time.sleep(0.005)
            if (run / "checkpoint.gan").exists() and len(list(frames.glob("*.png"))) > 5:
                break
        os.close(master)
        code = process.wait(PATIENCE)
        limit = time.monotonic() + 20
        while session(process.pid) and time.monotonic() < limit:
            time.sleep(0.02)
        assert session(process.pid) == []
    finally:
        for pid in session(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()
    assert code in ((0, 141) if before else (128 + HUP, 141)), code
    expect_no_row_lost(run, reference)
    assert len(rows(run)) == saved_step(run)
    expect_goes_on(run, reference)


SLOW_DRAWING = """
import time
from matplotlib.backends import backend_agg
plain_draw = backend_agg.FigureCanvasAgg.draw
def slow_draw(canvas, *words, **options):
    open({marker!r}, "w").close()
    time.sleep(1)
    return plain_draw(canvas, *words, **options)
backend_agg.FigureCanvasAgg.draw = slow_draw
"""


@pytest.mark.parametrize(
    "number", [TERM, *(pytest.param(other, marks=pytest.mark.slow) for other in (INT, HUP))],
    ids=name_of,
)
def test_in_the_middle_of_drawing_the_training_is_saved_and_report_draws(
    start, pictures, references, tmp_path, number
):
    run, reference, marker = tmp_path / "run", references(1)[0], tmp_path / "drawing"
    env = patched(tmp_path / "patch", SLOW_DRAWING.format(marker=str(marker)))
    command = start(*training(pictures, run), env=env)
    command.until_printed(f"step {STEPS}/{STEPS}").until_there(marker)
    assert command.send(number).wait() == 128 + number, command.err
    assert "Traceback" not in command.err
    assert "report" in command.out + command.err  # which command draws what is missing
    expect_same(run, reference)
    expect_report_draws_everything(run)


def test_a_stopped_run_says_how_to_go_on_and_shows_its_pictures(stopped):
    assert ending(stopped)["how"] == "stopped"
    assert 0 < ending(stopped)["step"] == saved_step(stopped) < STEPS
    expect_pictures(stopped)


@pytest.mark.slow
def test_many_stops_of_one_run_end_with_the_same_bits(start, pictures, references, tmp_path):
    run, (reference, seconds) = tmp_path / "run", references(1)
    rng = np.random.default_rng(24)
    words, stops = training(pictures, run), 0
    for attempt in range(40):
        command = start(*words)
        time.sleep(rng.uniform(0.1, 0.6) * seconds)
        number = SIGNALS[attempt % 3]
        if command.send(number).wait() == 0:
            break
        stops += 1
        if (run / "checkpoint.gan").exists():
            words = ["train", "--resume", run]
            expect_no_row_lost(run, reference)
    assert stops >= 1
    if saved_step(run) < STEPS:
        expect_well(gan("train", "--resume", run))
    expect_same(run, reference)
