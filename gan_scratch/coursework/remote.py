"""This side of the wall: makes a process for a student's module and speaks to it.

    with Server() as server, server.child("my_layers", text, seconds=5) as child:
        layer = child.module.Dense(weight, bias)       # reads like the module itself
        y, cache = layer.forward(x)
        np.array(y)

Nothing that comes back is believed to be more than numbers: a reply has a greatest size, arrays
are read without pickle, and whether they are right is judged when the process is dead. See
sandbox.py for what runs there and lock.py for what it gives up; `missing_walls()` says what this
system does not let it give up.
"""

import contextlib
import functools
import hashlib
import io
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

SANDBOX = Path(__file__).with_name("sandbox.py")
START_SECONDS = 120.0  # for what happens before the student's module is looked at
MEMORY = 2 << 30  # bytes of address space, beside what Python takes
MOST_BYTES = 64 << 20  # of a reply
MOST_HEAD = 1 << 16  # of the JSON in it
LOOK = 0.1  # seconds between two looks at what a process does
FAR = 12  # of wall time to computing time: a machine that is so busy is too busy
NO_ANSWER = "the code wrote into the channel that its answers take"
WALLS = {
    "files": "a submission can read this computer's files (Landlock is missing: Linux 5.13)",
    "calls": "a submission can open sockets, change the modes of your files and leave notes for "
             "the next one (seccomp is missing: pip install 'gan_scratch[grading]', and the "
             "system's libseccomp)",
    "network": "a submission can reach the network (namespaces are missing)",
    "processes": "a submission can see other processes (namespaces are missing)",
    "resources": "a submission may use any amount of memory and start processes (rlimits are "
                 "missing)",
}


class Fault(Exception):
    """What somebody's code did, in a sentence."""

    def __init__(self, words):
        super().__init__(words if words.strip() else "the code failed and did not say why")


class Late(Fault):
    """It used up its time."""


class Trouble(RuntimeError):
    """What is the grader's or this computer's, so that nothing can be said about the code."""


class Starved(Trouble):
    """This computer was too busy for a process."""


class Server(contextlib.AbstractContextManager):
    """A process that has imported what a student's module may need, and forks one for each.

    modules     names in gan_scratch that the module may import, each with its parts
    hidden      but for these
    data        embedded data sets that the module's tests load
    """

    def __init__(self, modules=(), hidden=(), data=()):
        if not hasattr(os, "fork"):
            raise ValueError("grading needs a system that forks: Linux, macOS or, on Windows, WSL")
        self.turn = threading.Lock()
        self.control, far = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(SANDBOX), str(far.fileno())],
            pass_fds=(far.fileno(),), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/", start_new_session=True, env=environment(),
        )
        far.close()
        package = str(Path(__file__).parents[2]) if modules else None
        parts = {"modules": list(modules), "hidden": list(hidden), "data": list(data)}
        try:
            reply = Channel(self.control).ask({"package": package, **parts})
            self.modules, self.library = reply["modules"], reply["library"]
        except Fault as fault:
            self.close()
            raise Trouble(f"the grader's process did not start: {fault}") from None

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.control.close()  # which ends the server and all that it started
        self.process.wait()

    def child(self, name, text, *, seconds, strict=False, memory=MEMORY):
        """A Child for this module. strict: an overflow or a division by zero is an error."""
        channel, far = socket.socketpair()
        channel.settimeout(START_SECONDS)
        try:
            with self.turn, far:
                socket.send_fds(self.control, [b"1"], [far.fileno()])
                far.close()
                hello, handles, *_ = socket.recv_fds(channel, 1000, 1)
            hello = json.loads(hello)
        except (OSError, ValueError) as error:
            raise Trouble(f"the grader's process did not start: {error}") from None
        channel.settimeout(None)
        child = Child(channel, hello["pid"], *handles)
        try:
            child.start(name, text, seconds, strict, memory)
            child.walls |= set(hello["walls"])
        except BaseException:
            child.close()
            raise
        return child


class Channel:
    """Requests and replies, with one end of a socket pair."""

    def __init__(self, channel):
        self.channel, self.watch = channel, Watch(None, START_SECONDS)

    def ask(self, request, arrays=()):
        """The reply to a request; Fault where it is an error, or none, or nonsense."""
        reply, _ = self.exchange(request, arrays)
        return reply

    def exchange(self, request, arrays=()):
        body = io.BytesIO()
        head = json.dumps({**request, "arrays": len(arrays)}).encode()
        body.write(struct.pack(">I", len(head)) + head)
        for array in arrays:
            np.lib.format.write_array(body, np.asarray(array, order="C"), allow_pickle=False)
        try:
            self.deliver(struct.pack(">I", body.tell()) + body.getvalue())
            length, = struct.unpack(">I", self.receive(4))
            if length > MOST_BYTES:
                raise Fault(f"the code answered with {length >> 20} MiB; {MOST_BYTES >> 20} is all")
            reply, answers = read_reply(self.receive(length))
        except (ConnectionError, EOFError):
            raise Fault("the code ended its own process, or ran out of memory or time") from None
        if "error" in reply:
            raise Fault(plain(reply["error"]))
        return reply, answers

    def deliver(self, data):
        data = memoryview(data)
        while data:
            self.ready(select.POLLOUT)
            data = data[self.channel.send(data[: 1 << 20], socket.MSG_DONTWAIT):]

    def receive(self, count):
        data = bytearray()
        while len(data) < count:
            self.ready(select.POLLIN)
            piece = self.channel.recv(min(count - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def ready(self, event):
        """Wait until the channel is, and look now and then at how the process spends its time."""
        poll = select.poll()
        poll.register(self.channel, event)
        while not poll.poll(1000 * LOOK):
            self.watch.look()


class Watch:
    """How much time a process has taken: of the processor, and asleep.

    A budget is in seconds of computing, so that a busy machine costs nobody points; a process that
    sleeps loses it as well. Where the system does not say (no /proc), the clock on the wall counts,
    and FAR of it are allowed.
    """

    def __init__(self, pid, seconds):
        self.pid, self.seconds = pid, seconds
        self.began = self.looked = time.monotonic()
        self.computed = self.slept = 0.0

    def look(self):
        now = time.monotonic()
        usage = usage_of(self.pid)
        if usage:
            self.computed, state = usage
            if state not in "RD":  # neither running, nor waiting for its turn, nor for the disk
                self.slept += now - self.looked
        self.looked = now
        if self.computed > self.seconds:
            raise Late(f"the code was not done within {self.seconds:g} seconds of computing")
        if self.slept > self.seconds:
            raise Late(f"the code was not done within {self.seconds:g} seconds: it waited")
        if now - self.began > FAR * self.seconds:
            if not usage:
                raise Late(f"the code was not done within {FAR * self.seconds:g} seconds")
            raise Starved(
                f"the code was not done within {FAR * self.seconds:g} seconds; this computer gave "
                f"it {self.computed:.1f} of the {self.seconds:g} that it may compute"
            )


def usage_of(pid):
    """(seconds of computing, state as a letter) of a process; None where nothing is known."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0]


class Child(Channel, contextlib.AbstractContextManager):
    """A process with a student's module; `module` stands for it. walls: which of WALLS stand."""

    def __init__(self, channel, pid, handle=None):
        super().__init__(channel)
        self.pid, self.handle, self.sent = pid, handle, []
        self.module = Remote(self, 0)

    def start(self, name, text, seconds, strict, memory):
        limits = {"seconds": seconds, "memory": memory}
        try:
            self.walls = set(self.ask({"limits": limits})["locked"])
        except Fault as fault:  # none of the student's code has run yet
            raise Trouble(f"the grader's process did not start: {fault}") from None
        self.watch = Watch(self.pid, seconds)
        self.ask({"module": name, "text": text, "strict": strict})

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End the process and all that it started, whatever session it has made for itself."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
                dead = select.poll()
                dead.register(self.handle, select.POLLIN)
                dead.poll()
            else:
                os.kill(self.pid, signal.SIGKILL)
        if self.handle is not None:
            os.close(self.handle)
        self.channel.close()

    def check_what_was_given(self):
        """Fault where an array that a call was given is another one by now.

        They are fetched and compared here: what the process makes of `==` does not matter.
        """
        for index, (name, digest) in enumerate(self.sent):
            _, arrays = self.exchange({"ask": "given", "index": index})
            if [digest_of(array) for array in arrays] != [digest]:
                raise Fault(f"an array that {name} was given was changed")


def digest_of(array):
    array = np.asarray(array, order="C")
    return array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest()


def read_reply(data):
    """(JSON, arrays) of untrusted bytes."""
    body = io.BytesIO(data)
    try:
        head, = struct.unpack(">I", body.read(4))
        reply = json.loads(body.read(min(head, MOST_HEAD)))
        arrays = [
            np.lib.format.read_array(body, allow_pickle=False, max_header_size=2000)
            for _ in range(min(int(reply.get("arrays", 0)), 16))
        ]
        if not isinstance(reply, dict):
            raise ValueError
    except Exception:
        raise Fault(NO_ANSWER) from None
    return reply, arrays


def plain(text):
    """Text of a stranger: one line, printable, not too long."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:1000]


class Remote:
    """A thing behind the wall: its methods, attributes, items, and its numbers by np.array(...)."""

    def __init__(self, child, held, name=None):
        self._child, self._held, self._name = child, held, name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Remote(self._child, self._resolved(), name)

    def __call__(self, *args, **kwargs):
        arrays = []
        given = {
            "args": [pack(value, arrays) for value in args],
            "kwargs": {name: pack(value, arrays) for name, value in kwargs.items()},
        }
        name = self._name or "the function"
        self._child.sent += [(name, digest_of(array)) for array in arrays]
        held = self._number("call", self._held, arrays=arrays, name=self._name or "", **given)
        return Remote(self._child, held)

    def __getitem__(self, index):
        return Remote(self._child, self._number("item", self._resolved(), index=index))

    def __len__(self):
        return self._number("size", self._resolved(), "size")

    def __iter__(self):
        count = len(self)
        if count > 1000:
            raise Fault("the code returned more parts than asked for")
        return (self[i] for i in range(count))

    def __array__(self, dtype=None, copy=None):
        _, arrays = self._child.exchange({"ask": "fetch", "target": self._resolved()})
        if len(arrays) != 1:
            raise Fault(NO_ANSWER)
        return arrays[0] if dtype is None else arrays[0].astype(dtype)

    def _resolved(self):
        """The number of this thing; an attribute is fetched when it is first needed, and anew."""
        if self._name is None:
            return self._held
        return self._number("get", self._held, name=self._name)

    def _number(self, ask, target, of="held", arrays=(), **request):
        """The number that answers a request: `of` a thing that is held there, or a size."""
        reply = self._child.ask({"ask": ask, "target": target, **request}, arrays)
        if not isinstance(reply.get(of), int):
            raise Fault(NO_ANSWER)
        return reply[of]


def pack(value, arrays):
    """An argument as JSON, its arrays aside."""
    if isinstance(value, Remote):
        return "held", value._resolved()
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return "array", len(arrays) - 1
    if isinstance(value, (list, tuple)):
        return "list", [pack(part, arrays) for part in value]
    if isinstance(value, Seed):
        return "rng", int(value)
    return "value", value


class Seed(int):
    """Stands for np.random.default_rng(seed), made behind the wall."""


def environment():
    """Of the process: no variable of ours but where to find programs, and one thread."""
    kept = ("PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE")
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    given = {name: os.environ[name] for name in kept if name in os.environ}
    return given | dict.fromkeys(threads, "1")


@functools.cache
def walls():
    """Which of WALLS stand on this system."""
    with Server() as server, server.child("nothing", "", seconds=10) as child:
        return frozenset(child.walls)


def missing_walls():
    """A sentence for each wall that this system does not have."""
    return [sentence for name, sentence in WALLS.items() if name not in walls()]
