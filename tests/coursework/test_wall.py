"""What a submission's process cannot do, whoever grades, and what is said where a wall is missing.

Each attack is seen to succeed where its wall is taken away, so that it is the wall that stops it.
"""

import os
import platform
import secrets
import socket
import subprocess
import sys
import textwrap
import time
import types
from pathlib import Path

import numpy as np
import pytest

from coursework.walls import (
    NO_LANDLOCK,
    NO_NAMESPACES,
    NO_SECCOMP,
    passed_as_nobody,
    running,
    sandbox_in,
)
from gan_scratch.coursework import lock, remote
from gan_scratch.coursework.remote import Fault

LINUX = sys.platform.startswith("linux")
pytestmark = pytest.mark.skipif(not LINUX, reason="the wall is Linux's")
needs_seccomp = pytest.mark.skipif(
    lock.pyseccomp is None, reason="pyseccomp or the system's libseccomp is missing"
)


@pytest.fixture(scope="module", params=["", NO_NAMESPACES], ids=["", "without namespaces"])
def server(tmp_path_factory, request):
    with sandbox_in(tmp_path_factory.mktemp("wall"), request.param), remote.Server() as server:
        yield server


@pytest.fixture(scope="module")
def without_seccomp(tmp_path_factory):
    """A server whose processes may make any call."""
    with sandbox_in(tmp_path_factory.mktemp("open"), NO_SECCOMP), remote.Server() as server:
        yield server


def run(server, body, *args, seconds=10):
    """What `answer` returns behind the wall, as an array; body: its lines."""
    text = "import ctypes, os, socket, sys, time\nimport numpy as np\n\ndef answer(*args):\n"
    with server.child("student", text + textwrap.indent(body, "    "), seconds=seconds) as child:
        return np.array(child.module.answer(*args))


# System calls ------------------------------------------------------------------------------------

NAMED = """
socket connect chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat
setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
removexattr lremovexattr fremovexattr keyctl add_key request_key shmget shmat shmctl shmdt
msgget msgsnd msgrcv msgctl semget semop semctl semtimedop mq_open mq_unlink mq_timedsend
mq_timedreceive mq_notify mq_getsetattr io_uring_setup io_uring_enter io_uring_register unshare
mount ptrace bpf perf_event_open userfaultfd
""".split()


def number_of(name):
    number = lock.pyseccomp.resolve_syscall(lock.pyseccomp.Arch.NATIVE, name)
    return number if number >= 0 else None


def refused(server, numbers):
    """Of these calls, made with six zeros: which came back with EPERM?"""
    return run(server, f"""
libc, found = ctypes.CDLL(None, use_errno=True), []
for number in {numbers}:
    ctypes.set_errno(0)
    result = libc.syscall(number, 0, 0, 0, 0, 0, 0)
    found.append(result == -1 and ctypes.get_errno() == {lock.EPERM})
return np.array(found)
""")


@needs_seccomp
def test_each_named_call_is_refused(server, without_seccomp):
    assert set(NAMED) <= set(lock.REFUSED)
    numbers = {name: number_of(name) for name in NAMED if number_of(name) is not None}
    assert len(numbers) > 45 or platform.machine() != "x86_64"
    assert refused(server, list(numbers.values())).all()
    harmless = [numbers[name] for name in ("socket", "listxattr", "shmget", "msgget", "semget")]
    assert not refused(without_seccomp, harmless).any()


@needs_seccomp
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the machine code is x86_64's")
@pytest.mark.parametrize("code, number", [
    ("b814000000cd80c3", "getpid of a 32-bit program"),  # mov eax, 20; int 0x80; ret
    ("b8270000400f05c3", "getpid of the x32 interface"),  # mov eax, 0x40000027; syscall; ret
])
def test_another_architectures_calls_are_refused(server, code, number):
    got = run(server, f"""
import mmap
code = bytes.fromhex("{code}")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
at = ctypes.addressof(ctypes.c_char.from_buffer(page))
return np.array(ctypes.CFUNCTYPE(ctypes.c_int32)(at)())
""")
    assert got == -lock.EPERM, number


@needs_seccomp
def test_the_reference_solutions_make_no_refused_call(capsys):
    """Their calls are printed."""
    program, names = Path(__file__).with_name("calls.py"), set()
    for number in range(1, 6):
        command = [sys.executable, str(program), str(number)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=remote.environment(), timeout=120
        )
        assert done.returncode == 0 and done.stdout.strip(), done.stderr
        names |= set(done.stdout.split())
    with capsys.disabled():
        print(f"\ncalls of the five reference solutions: {' '.join(sorted(names))}")
    assert "mmap" in names and not names & set(lock.REFUSED)


# What the red team did ---------------------------------------------------------------------------

CONNECT = """
for kind, address in {addresses}:
    try:
        line = socket.socket(getattr(socket, kind))
        line.settimeout(2)
        line.connect(address)
        line.send(b"run this")
        return np.array(1)
    except OSError:
        pass
return np.array(0)
"""


@pytest.fixture
def multiplexer():
    """A socket at a place that everybody knows and may enter, as a terminal multiplexer's is."""
    path = f"/tmp/multiplexer-{secrets.token_hex(6)}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        os.chmod(path, 0o777)
        listening.listen()
        yield path
    os.unlink(path)


@needs_seccomp
def test_no_socket_can_be_reached(server, without_seccomp, multiplexer):
    body = CONNECT.format(addresses=[("AF_UNIX", multiplexer)])
    assert run(without_seccomp, body) == 1, "without seccomp it is reached: the attack works"
    assert run(server, body) == 0


CHANGES = {
    "its mode": "os.chmod({path!r}, 0o4755)",
    "its times": "os.utime({path!r}, (1, 1))",
    "its attributes": "os.setxattr({path!r}, 'user.note', b'15')",
}


@needs_seccomp
@pytest.mark.parametrize("what", CHANGES)
def test_a_file_keeps(server, without_seccomp, tmp_path, what):
    """It belongs to who grades, and an ordinary user's processes may change what is theirs."""
    path = tmp_path / "grades.csv"
    path.write_text("20")
    os.chmod(path, 0o600)
    before = path.stat()
    if os.getuid():
        other = tmp_path / "other"
        other.write_text("20")
        run(without_seccomp, CHANGES[what].format(path=str(other)) + "\nreturn np.array(1)")
        now = other.stat()
        changed = now.st_mode & 0o7000, now.st_mtime_ns == 10**9, bool(os.listxattr(other))
        assert any(changed), "without seccomp it changes: the attack works"
    with pytest.raises(Fault, match="PermissionError|Operation not permitted"):
        run(server, CHANGES[what].format(path=str(path)) + "\nreturn np.array(1)")
    now = path.stat()
    assert (now.st_mode, now.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert os.listxattr(path) == []


NOTES = {  # where a process may leave an answer for the next: leave it, find it
    "System V's memory": (
        "libc.syscall(29, 7717, 1 << 20, 0o1666)", "libc.syscall(29, 7717, 0, 0)"
    ),
    "System V's messages": ("libc.syscall(68, 7717, 0o1666)", "libc.syscall(68, 7717, 0)"),
    "System V's semaphores": ("libc.syscall(64, 7717, 1, 0o1666)", "libc.syscall(64, 7717, 0, 0)"),
    "the user's keyring": (
        "libc.syscall(248, b'user', b'note', b'15', 2, -4)",
        "libc.syscall(250, 10, -4, b'user', b'note', 0)",
    ),
}


@needs_seccomp
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are x86_64's")
@pytest.mark.parametrize("where", NOTES)
def test_nothing_is_left_for_the_next_one(server, where):
    for call in NOTES[where]:
        words = f"libc = ctypes.CDLL(None, use_errno=True)\nr = {call}\n"
        got = run(server, words + "return np.array([r, ctypes.get_errno()])")
        assert list(got) == [-1, lock.EPERM], where


def test_each_process_is_a_user_of_its_own(server):
    if os.getuid():
        pytest.skip("only root can give a process another user")
    users = [int(run(server, "return np.array(os.getuid())")) for _ in range(4)]
    assert len(set(users)) == 4 and min(users) >= lock.STRANGERS.start


def test_it_has_no_capabilities_and_gets_none(server):
    text = """
header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
assert ctypes.CDLL(None).capget(header, data) == 0
libc = ctypes.CDLL(None)
bound = sum(libc.prctl(23, number, 0, 0, 0) == 1 for number in range(41))
return np.array([*data, bound, libc.prctl(39, 0, 0, 0, 0)])
"""
    *held, bound, no_new = run(server, text)
    assert held == [0] * 6 and no_new == 1
    assert bound == 0 or os.getuid()  # who had none cannot give them up, and gets none by executing


# Ends --------------------------------------------------------------------------------------------

KILLED = """
import sys, time
from pathlib import Path
from gan_scratch.coursework import remote
remote.SANDBOX = Path(sys.argv[1])
with remote.Server() as server:
    child = server.child("student", "import ctypes; ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\\n"
        "def answer():\\n    import time\\n    time.sleep(3000)", seconds=3000)
    print("ready", flush=True)
    child.module.answer()
"""


def test_a_grader_that_is_killed_leaves_no_process_and_no_file(tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    wall = tmp_path / "wall"
    wall.mkdir()
    with sandbox_in(wall):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(remote.SANDBOX)], stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(temporary)},
        ) as grader:
            assert grader.stdout.readline() == b"ready\n"
            time.sleep(0.3)
            assert running() >= 3  # the grader's own command line, the server, the process
            grader.kill()
        until = time.monotonic() + 5
        while running() and time.monotonic() < until:
            time.sleep(0.05)
        assert running() == 0
    assert list(temporary.iterdir()) == []


# Time --------------------------------------------------------------------------------------------


class Machine:
    """A clock and a process, for a Watch."""

    def __init__(self, monkeypatch, seconds):
        self.now = self.computed = 0.0
        clock = types.SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr(remote, "time", clock)
        monkeypatch.setattr(remote, "usage_of", lambda pid: (self.computed, self.state))
        self.watch = remote.Watch(1, seconds)

    def goes_on(self, seconds, computing=0.0, state="R"):
        self.now, self.computed, self.state = self.now + seconds, self.computed + computing, state
        self.watch.look()


def test_a_budget_is_in_seconds_of_computing(monkeypatch):
    """Waiting for a turn and for the disk costs nothing, computing and sleeping cost the same."""
    machine = Machine(monkeypatch, 2.0)
    for _ in range(5):
        machine.goes_on(1.0, computing=0.3)
        machine.goes_on(1.0, state="D")
    machine.goes_on(1.0, computing=0.4)
    with pytest.raises(remote.Late, match="2 seconds of computing"):
        machine.goes_on(1.0, computing=0.2)
    machine = Machine(monkeypatch, 2.0)
    machine.goes_on(1.9, state="S")
    with pytest.raises(remote.Late, match="it waited"):
        machine.goes_on(0.2, state="S")


def test_who_shares_a_core_gets_all_computing_that_was_promised(server):
    """Three processes on a core: 0.8 seconds of computing take more than two on the wall."""
    core = sorted(os.sched_getaffinity(0))[0]
    loop = [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{core}}})\nwhile 1: pass"]
    compute = "until = time.process_time() + 0.8\nwhile time.process_time() < until: pass\nreturn 1"
    text = "import time\ndef answer():\n" + textwrap.indent(compute, "    ")
    others = [subprocess.Popen(loop) for _ in range(2)]
    try:
        with server.child("student", text, seconds=1.2) as child:
            os.sched_setaffinity(child.pid, {core})
            assert np.array(child.module.answer()) == 1
    finally:
        for other in others:
            other.kill()
            other.wait()


@pytest.mark.parametrize("body, words", [
    ("while True: pass", "1 seconds of computing"),
    ("time.sleep(100)", "1 seconds: it waited"),
    ("import signal; signal.pause()", "1 seconds: it waited"),
])
def test_whoever_computes_or_sleeps_too_long_is_late(server, body, words):
    with pytest.raises(remote.Late, match=words):
        run(server, body, seconds=1)


def test_a_machine_that_is_too_busy_is_not_the_codes_fault(server, monkeypatch):
    monkeypatch.setattr(remote, "usage_of", lambda pid: (0.2, "R"))  # it waits for its turn
    monkeypatch.setattr(remote, "FAR", 1)
    with pytest.raises(remote.Starved, match="gave it 0.2 of the 0.5 that it may compute"):
        run(server, "time.sleep(100)", seconds=0.5)


def test_all_of_this_as_an_ordinary_user():
    tests = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", __file__]
    assert passed_as_nobody([*tests, "-k", "not ordinary and not solutions"]) >= 35


# Said --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("without, word", [
    (NO_SECCOMP, "seccomp is missing"), (NO_LANDLOCK, "Landlock is missing"),
    (NO_NAMESPACES, "namespaces are missing"),
])
def test_a_wall_that_is_missing_is_said(tmp_path, without, word):
    with sandbox_in(tmp_path, without):
        assert any(word in sentence for sentence in remote.missing_walls())
