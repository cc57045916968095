"""Every way in which a command can end: its exit code, and what it says."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gan_scratch.cli import command, main, recipes, signals

COMMAND = [sys.executable, "-m", "gan_scratch"]
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and descriptors of POSIX")


# What a command raises.


@pytest.mark.parametrize("error, code, sentence", [
    (MemoryError(), 2, "not enough memory: the system gives no more; ask for less at a time"),
    (MemoryError("Unable to allocate 8 GiB"), 2, "not enough memory: Unable to allocate 8 GiB; as"),
    (OverflowError("int too large"), 2, "int too large"),
    (ZeroDivisionError("division by zero"), 2, "division by zero"),
    (FloatingPointError("a loss\nis not finite"), 1, "a loss is not finite"),
    (FileNotFoundError(2, "No such file", "a"), 2, "a: No such file"),
    (OSError(28, "No space left on device"), 2, "No space left on device"),
    (ImportError("no PIL"), 2, "no PIL"),
    (SystemExit(), 2, "the code that was run did not come back: it calls sys.exit(), which would"),
    (SystemExit(7), 2, "the code that was run did not come back"),
    (KeyboardInterrupt(), 130, "stopped"),
    (KeyError("x"), 70, "this is a fault of gan-scratch: KeyError: 'x' ("),
    (TypeError("odd"), 70, "this is a fault of gan-scratch: TypeError: odd ("),
    (EOFError(), 70, "this is a fault of gan-scratch: EOFError:  ("),
])  # fmt: skip
def test_each_has_its_code_and_its_sentence(error, code, sentence, monkeypatch, capsys):
    def fail(options):
        raise error

    monkeypatch.delenv("GAN_SCRATCH_TRACEBACK", raising=False)
    monkeypatch.setattr(recipes, "recipes", fail)
    assert main(["recipes"]) == code
    out, err = capsys.readouterr()
    assert err.startswith(f"gan-scratch: {sentence}") and err.count("\n") == 1 and not out
    if code == 70:
        assert f"{__file__}, line " in err and "please report it" in err


def test_a_fault_shows_its_traceback_to_whoever_asks(monkeypatch, capsys):
    monkeypatch.setenv("GAN_SCRATCH_TRACEBACK", "1")
    monkeypatch.setattr(recipes, "recipes", lambda options: {}["x"])
    assert main(["recipes"]) == 70
    assert "\nTraceback (most recent call last):\n" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"]])
def test_help_is_no_failure(words, capsys):
    assert command(words) == 0
    assert capsys.readouterr().out


# Where it prints.


class Wrong:
    def forward(self, x):
        return 2 * x

    def backward(self, dy):
        return dy


def in_shell(words):
    """(exit code, stdout, stderr); in `words` a $G stands for the command."""
    done = subprocess.run(
        ["bash", "-c", words.replace("$G", f"{sys.executable} -m gan_scratch")],
        capture_output=True, text=True, env=BUFFERED, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


FULL = "gan-scratch: nothing can be written to the standard output: No space left on device\n"


@POSIX
@pytest.mark.parametrize("words, code, out, err", [
    ("set -o pipefail; $G --help | true", 141, "", ""),
    ("set -o pipefail; $G recipes --settings | true", 141, "", ""),
    ("set -o pipefail; $G recipes --sings 2>&1 | true", 2, "", ""),
    ("$G recipes >&-", 0, "", ""),
    ("$G recipes <&- >&- 2>&-", 0, "", ""),
    ("$G fly <&- >&- 2>&-", 2, "", ""),
])  # fmt: skip
def test_an_output_that_nobody_reads(words, code, out, err):
    assert in_shell(words) == (code, out, err)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("words, code, err", [
    ("$G recipes > /dev/full", 2, FULL),
    ("$G --version > /dev/full", 2, FULL),
    ("$G recipes --settings --x > /dev/full", 2, "gan-scratch: unknown argument --x; see gan-scr"),
    ("$G fly 2> /dev/full", 2, ""),
    (f"cd {Path(__file__).parent}; $G gradcheck {Path(__file__).name}:Wrong > /dev/full", 1, FULL),
])  # fmt: skip
def test_an_output_that_is_full(words, code, err):
    found = in_shell(words)
    assert found[0] == code and found[2].startswith(err) and found[2].count("\n") == bool(err)


@POSIX
def test_a_closed_output_is_not_the_next_file(tmp_path):
    """Its number would go to the next file that is opened, and what is printed into that."""
    code, _, err = in_shell(f"$G chapters {tmp_path} >&-")
    assert (code, err) == (0, "")
    for path in tmp_path.iterdir():
        assert path.read_text(encoding="utf-8").startswith("{")


# Somebody's code.

LAYER = """
import os, sys
{first}
class Layer:
    def __init__(self):
        {init}
    def forward(self, x):
        {forward}
        return x
    def backward(self, dy):
        {backward}
        return dy
def loss(x):
    {function}
"""
NOTHING = dict(first="", init="pass", forward="pass", backward="pass", function="return 0 * x")


@pytest.fixture
def gradcheck(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*words, **parts):
        (tmp_path / "own.py").write_text(LAYER.format(**{**NOTHING, **parts}))
        return (main(["gradcheck", *words]), *capsys.readouterr())

    return run


@pytest.mark.parametrize("where", NOTHING)
@pytest.mark.parametrize("leave", ["sys.exit()", "sys.exit(0)", "exit()", "raise SystemExit",
                                   "__import__('os')._exit(0)"])  # fmt: skip
def test_code_that_exits_is_not_taken_for_checked(leave, where, gradcheck):
    words = ["own.py:loss", "--x", "3"] if where == "function" else ["own.py:Layer"]
    code, out, err = gradcheck(*words, **{where: leave})
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert "it calls sys.exit(), which would end the whole command; leave that call out" in err
    assert "did not come back" not in err  # what only the last net says


def test_code_that_raises_what_is_no_exception(gradcheck):
    code, _, err = gradcheck("own.py:Layer", forward="raise BaseException('odd')")
    assert code == 2 and "BaseException: odd (own.py, line 8)" in err and err.count("\n") == 1


@pytest.mark.parametrize("where", ["first", "init", "forward", "backward"])
def test_code_that_goes_elsewhere_is_reported_here(where, gradcheck, tmp_path):
    away = "os.chdir('/'); sys.stdout = sys.stderr = open(os.devnull, 'w', encoding='utf-8')"
    code, out, _ = gradcheck("own.py:Layer", **{where: away})
    assert code == 0 and out.endswith("passed\n") and os.getcwd() == str(tmp_path)


@pytest.fixture
def started(tmp_path, monkeypatch, capsys):
    assert main(["assignment", "start", "1", str(tmp_path / "hw")]) == 0
    monkeypatch.chdir(tmp_path / "hw")
    capsys.readouterr()
    return tmp_path / "hw" / "my_layers.py"


@pytest.mark.parametrize("action", ["check", "submit"])
def test_an_assignment_that_exits_was_not_checked(action, started, capsys):
    started.write_text(f"{started.read_text()}\nexit()\n")
    assert main(["assignment", action]) == 2
    out, err = capsys.readouterr()
    assert not out and "it calls sys.exit()" in err and err.count("\n") == 1
    assert f"my_layers.py, line {started.read_text().count(chr(10))}: " in err
    assert not list(started.parent.glob("*.zip"))


def test_a_task_that_exits_is_not_done_and_the_others_are_judged(started, capsys):
    unwritten = 'raise NotImplementedError("task 1.2: LeakyReLU.forward")'
    assert unwritten in started.read_text()
    started.write_text(started.read_text().replace(unwritten, "raise SystemExit('20 of 20')"))
    assert main(["assignment", "check"]) == 1
    out = capsys.readouterr().out
    assert "1.2 Leaky ReLU: not yet" in out and "it calls sys.exit()" in out
    assert "1.3 " in out


def test_an_assignment_that_goes_elsewhere_is_handed_in_here(started, capsys):
    started.write_text(f"{started.read_text()}\nimport os\nos.chdir('/')\n")
    assert main(["assignment", "submit"]) == 0
    assert "hand in layers-" in capsys.readouterr().out
    assert len(list(started.parent.glob("*.zip"))) == 1


# Without docstrings and asserts.


def without_asserts(*words, cwd=None):
    return subprocess.run(
        [sys.executable, "-OO", *COMMAND[1:], *words], capture_output=True, text=True, cwd=cwd,
        timeout=300,
    )


def test_a_wrong_solution_is_wrong_where_asserts_are_off(started):
    solved = started.read_text()
    for body, wrong in (("forward", "return x, x"), ("backward", "return dy")):
        solved = solved.replace(f'raise NotImplementedError("task 1.2: LeakyReLU.{body}")', wrong)
    started.write_text(solved)
    done = without_asserts("assignment", "check", "1.2", cwd=started.parent)
    assert (done.returncode, done.stderr) == (1, "") and "1.2 Leaky ReLU: not yet" in done.stdout


@pytest.mark.thorough
def test_every_command_runs_where_asserts_are_off(tmp_path):
    train = ["train", "--steps", "8", "--batch-size", "16", "--out", "run"]
    for words in (
        ["recipes", "--settings"], ["chapters"], train, ["sample", "run"], ["evaluate", "run"],
        ["train", "--resume", "run", "--steps", "9", "--workers", "2"],
        *(["gradcheck", name] for name in ("Conv2D", "ConvTranspose3D", "Dense", "SelfAttention")),
        ["assignment", "list"], ["assignment", "release", "1", "released"],
        ["assignment", "start", "1", "hw"], ["assignment", "submit", "--dir", "hw"],
        ["assignment", "grade", "1", "hw", "--out", "graded", "--jobs", "1"],
        ["assignment", "variant", "2", "--student", "ada"],
        ["bench", "convolution", "--repeats", "1"],
    ):  # fmt: skip
        done = without_asserts(*words, cwd=tmp_path)
        assert done.returncode == 0 and "Traceback" not in done.stderr, (words, done.stderr)


@pytest.mark.parametrize("name", ["collapse", "contestants", "stacked"])
def test_the_programs_of_a_benchmark_need_no_docstring(name):
    words = [sys.executable, "-OO", "-m", f"gan_scratch.benchmarks.{name}", "--help"]
    assert subprocess.run(words, capture_output=True, timeout=300).returncode == 0


# Signals.

SLEEPER = "import time\nprint('begun', flush=True)\ntime.sleep(300)\n"


def sleeping(tmp_path, before=""):
    """A command in the middle of somebody's code."""
    (tmp_path / "own.py").write_text(SLEEPER)
    words = f"{before} exec {sys.executable} -m gan_scratch gradcheck own.py:Layer"
    process = subprocess.Popen(
        ["bash", "-c", words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "begun\n"
    return process


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_command_in_a_sentence(name, tmp_path):
    number = getattr(signal, name)
    process = sleeping(tmp_path, "trap - INT;")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (128 + number, "", "gan-scratch: stopped\n")


@POSIX
def test_a_signal_that_was_ignored_stays_ignored(tmp_path):
    process = sleeping(tmp_path, "trap '' HUP;")
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == "gan-scratch: stopped\n"
    assert process.returncode == 143


def test_handlers_are_afterwards_what_they_were_before(capsys):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert main(["recipes"]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


# The processes of a benchmark.


def processes_below(pid):
    """The numbers of all that it has started, and these in turn, and that have not ended."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    parents = {
        int(child): int(parent)
        for child, parent, state in map(str.split, listed.splitlines()) if state[0] != "Z"
    }
    below = {pid}
    while more := {child for child in parents if parents[child] in below} - below:
        below |= more
    return (below & set(parents)) - {pid}, set(parents)


BENCHMARKS = {
    "collapse": ("collapse --methods sick --data ring --seeds 2 --jobs 2 --folder kept", 2),
    "stacked": ("stacked --seeds 1 --folder kept", 1),
    "speed": ("speed --models mlp-digits --cores 1 --seconds 1", 2),
}


@pytest.mark.skipif(not os.path.exists("/bin/ps"), reason="ps lists the processes")
@pytest.mark.parametrize("name, what", [
    ("SIGKILL", "stacked"), ("SIGTERM", "collapse"),
    *[
        pytest.param(name, what, marks=pytest.mark.thorough)
        for name, what in (
            ("SIGHUP", "collapse"), ("SIGINT", "collapse"), ("SIGKILL", "collapse"),
            ("SIGKILL", "speed"), ("SIGTERM", "speed"),
        )
    ],
])  # fmt: skip
def test_a_benchmark_that_is_killed_leaves_nobody_behind(name, what, tmp_path):
    words, least = BENCHMARKS[what]
    process = subprocess.Popen(
        [*COMMAND, "bench", *words.split()], cwd=tmp_path, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    below = set()
    while len(below) < least and process.poll() is None:
        time.sleep(0.1)
        below, _ = processes_below(process.pid)
    assert len(below) >= least, process.communicate()[1]
    process.send_signal(getattr(signal, name))
    said = process.communicate(timeout=60)[1]
    if name != "SIGKILL":
        assert said.splitlines()[0] == "gan-scratch: stopped"
        assert process.returncode == 128 + getattr(signal, name)
    limit = time.monotonic() + 60  # they look twice a second
    while (left := below & processes_below(process.pid)[1]) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not left


class TestInterrupt:
    """What a training makes of signals: see cli/signals.py."""

    def test_a_signal_that_arrives_twice_at_once_is_one(self):
        with signals.as_interrupts(), signals.Interrupt() as interrupt:
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)
            assert interrupt.code == 130

    def test_a_later_one_ends_at_once(self, monkeypatch):
        monkeypatch.setattr(signals, "ONE_REQUEST", 0)
        with signals.as_interrupts(), signals.Interrupt() as interrupt:
            signal.raise_signal(signal.SIGINT)
            assert interrupt.code == 130
            with pytest.raises(signals.Stopped):
                signal.raise_signal(signal.SIGTERM)
