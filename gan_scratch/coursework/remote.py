"""This side of the wall: starts a process for a student's module and speaks to it.

    with Child("my_layers", text, seconds=5) as child:
        layer = child.module.Dense(weight, bias)       # reads like the module itself
        y, cache = layer.forward(x)
        np.array(y)

Nothing that comes back is believed to be more than numbers: a reply has a greatest size, arrays
are read without pickle, and whether they are right is judged when the process is dead. See
sandbox.py for what the process gives up, and `walls()` for what this system lets it give up.
"""

import contextlib
import functools
import io
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SANDBOX = Path(__file__).with_name("sandbox.py")
START_SECONDS = 60.0  # for what happens before the student's module is looked at
MEMORY = 2 << 30  # bytes of address space
MOST_BYTES = 64 << 20  # of a reply
MOST_HEAD = 1 << 16  # of the JSON in it
WALLS = {
    "files": "it can read this computer's files (Landlock is missing)",
    "network": "it can reach the network (namespaces are missing)",
    "processes": "it can see and stop other processes (namespaces are missing)",
    "resources": "it may use any amount of memory and start processes (rlimits are missing)",
}


class Fault(Exception):
    """What somebody's code did, in a sentence."""


class Child:
    """A process with the student's module; `module` stands for it.

    name, text      the module's name and source
    seconds         from the import of the module to the last answer
    package         a folder with the copy of gan_scratch that it may import; None: none
    preload         modules to import before the lock
    """

    def __init__(self, name, text, *, seconds, package=None, preload=(), memory=MEMORY):
        self.channel, far = socket.socketpair()
        fd = far.fileno()
        self.process = subprocess.Popen(
            [*namespaces(), sys.executable, "-I", "-B", str(SANDBOX), str(fd)],
            pass_fds=(fd,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/", start_new_session=True, env=environment(),
        )
        far.close()
        self.first = None  # of the processes in the namespace: when it ends, all of them do
        try:
            self.deadline = time.monotonic() + START_SECONDS
            limits = {"seconds": seconds, "memory": memory}
            package = str(package) if package else None
            start = {"package": package, "preload": list(preload), "limits": limits}
            try:
                self.locked = self.ask(start)["locked"]
            except Fault as fault:  # none of the student's code has run yet
                raise RuntimeError(f"the grader's process did not start: {fault}") from None
            if namespaces():
                first = children_of(self.process.pid).read_text().split()[0]
                self.first = os.pidfd_open(int(first))
            self.seconds = seconds
            self.deadline = time.monotonic() + seconds
            self.ask({"module": name, "text": text})
        except BaseException:
            self.close()
            raise
        self.module = Remote(self, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End the process and all that it started, whatever session it has made for itself."""
        if self.first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.first, signal.SIGKILL)
            os.close(self.first)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.channel.close()

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
            self.channel.settimeout(self.left())
            self.channel.sendall(struct.pack(">I", body.tell()) + body.getvalue())
            length, = struct.unpack(">I", self.receive(4))
            if length > MOST_BYTES:
                raise Fault(f"the code answered with {length >> 20} MiB; {MOST_BYTES >> 20} is all")
            reply, answers = read_reply(self.receive(length))
        except TimeoutError:
            raise Fault(f"the code was not done within {self.seconds:g} seconds") from None
        except (ConnectionError, EOFError):
            raise Fault("the code ended its own process, or ran out of memory or time") from None
        if "error" in reply:
            raise Fault(plain(reply["error"]))
        return reply, answers

    def receive(self, count):
        data = bytearray()
        while len(data) < count:
            self.channel.settimeout(self.left())
            piece = self.channel.recv(min(count - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def left(self):
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


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
        raise Fault("the code wrote into the channel that its answers take") from None
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
        request = {
            "ask": "call", "target": self._held, "name": self._name or "",
            "args": [pack(value, arrays) for value in args],
            "kwargs": {name: pack(value, arrays) for name, value in kwargs.items()},
        }
        reply = self._child.ask(request, arrays)
        if reply.get("changed"):
            raise Fault(f"{self._name} changed an array that it was given")
        return Remote(self._child, a_number(reply, "held"))

    def __getitem__(self, index):
        request = {"ask": "item", "target": self._resolved(), "index": index}
        return Remote(self._child, a_number(self._child.ask(request), "held"))

    def __len__(self):
        return a_number(self._child.ask({"ask": "size", "target": self._resolved()}), "size")

    def __iter__(self):
        count = len(self)
        if count > 1000:
            raise Fault("the code returned more parts than asked for")
        return (self[i] for i in range(count))

    def __array__(self, dtype=None, copy=None):
        _, arrays = self._child.exchange({"ask": "fetch", "target": self._resolved()})
        if len(arrays) != 1:
            raise Fault("the code wrote into the channel that its answers take")
        return arrays[0] if dtype is None else arrays[0].astype(dtype)

    def _resolved(self):
        """The number of this thing; an attribute is fetched when it is first needed, and anew."""
        if self._name is None:
            return self._held
        request = {"ask": "get", "target": self._held, "name": self._name}
        return a_number(self._child.ask(request), "held")


def a_number(reply, name):
    value = reply.get(name)
    if not isinstance(value, int):
        raise Fault("the code wrote into the channel that its answers take")
    return value


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


@functools.cache
def namespaces():
    """The command before the command: own process numbers, network and IPC, where they are had."""
    program = shutil.which("unshare")
    if not program or not hasattr(os, "pidfd_open") or not children_of(os.getpid()).exists():
        return ()
    apart = ["--fork", "--kill-child=KILL", "--pid", "--net", "--ipc", "--uts"]
    as_user = ["--user", "--map-root-user"] if os.getuid() else []
    for extra in (["--mount-proc"], []):
        command = (program, *as_user, *apart, *extra, "--")
        tried = subprocess.run([*command, "true"], capture_output=True, stdin=subprocess.DEVNULL)
        if tried.returncode == 0:
            return command
    return ()


def children_of(pid):
    """The file in which the kernel lists a process's children."""
    return Path(f"/proc/{pid}/task/{pid}/children")


def environment():
    """Of the process: no variable of ours but where to find programs, and one thread."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    cpu = {name: os.environ[name] for name in ("OPENBLAS_CORETYPE",) if name in os.environ}
    return {**kept, **cpu, **dict.fromkeys(threads, "1")}


@functools.cache
def walls():
    """Which of WALLS stand on this system."""
    with Child("nothing", "", seconds=10) as child:
        standing = set(child.locked)
    if namespaces():
        standing |= {"network", "processes"}
    return frozenset(standing)


def missing_walls():
    """A sentence for each wall that this system does not have."""
    return [sentence for name, sentence in WALLS.items() if name not in walls()]
