"""Behind the wall: runs a student's module and answers with arrays. Needs NumPy, nothing else.

remote.py starts this file as `python -I -B sandbox.py FD`, FD being one end of a socket pair. It
knows no expected value, no seed and no list of cases, and it is never asked how good an answer is.
Before it runs a line of the student's it gives up all that the system lets it give up, for good.

A message is four bytes of length, four bytes with the length of its JSON, the JSON, and arrays in
NumPy's file format. Requests:

    start   {files, package, limits}     then, behind the lock, {module, text}
    call    {target, name, args, kwargs} a method, or with name "" the thing itself -> handle
    get     {target, name}, item {target, index}, size {target} -> handle, handle, number
    fetch   {target} -> an array
    tests   {tasks, cells}: run the student's own tests, and say in words what they said

Handles number what was returned, so that a cache can be handed back without leaving this process.
"""

import ctypes
import importlib
import io
import json
import linecache
import os
import socket
import struct
import sys
import traceback
import types

import numpy as np

try:
    import resource
except ImportError:  # not on Windows
    resource = None

# Modules that a student may use, and NumPy for them (np.median imports numpy.ma when it is first
# called), although the system's files may be out of reach behind the lock: a user of its own cannot
# enter a closed folder in which Python is installed.
AT_HAND = (
    "abc bisect collections contextlib copy dataclasses decimal enum fractions functools heapq "
    "inspect itertools logging math numbers operator random re statistics string textwrap time "
    "typing unittest warnings "
    "numpy.char numpy.ctypeslib numpy.dtypes numpy.exceptions numpy.fft numpy.lib.stride_tricks "
    "numpy.linalg numpy.ma numpy.polynomial numpy.random numpy.rec numpy.strings numpy.testing "
    "numpy.typing"
).split()
NOBODY = 65534
STRANGER = 200_000  # user numbers from here on belong to nobody
MOST_TEXT = 2000  # characters of an error that are handed over
NO_NEW_PRIVILEGES, NOT_DUMPABLE = (38, 1), (4, 0)  # of prctl


# The lock ----------------------------------------------------------------------------------------


def lock(readable, limits):
    """Give up rights for good; returns the names of what is locked."""
    done = []
    if restrict_files(readable):
        done.append("files")
    if os.name == "posix" and os.getuid() == 0 and become_nobody():
        done.append("user")
    if restrict_resources(limits):
        done.append("resources")
    return done


def become_nobody():
    """Root becomes a user of its own, which shares no file and no process with anybody."""
    for user in (STRANGER + os.getpid(), NOBODY):
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            return True
        except OSError:  # where user namespaces map few numbers
            continue
    return False


def restrict_resources(limits):
    if resource is None:
        return False
    wanted = {
        "RLIMIT_CPU": int(limits["seconds"]) + 1,
        "RLIMIT_AS": limits["memory"],
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 32,
        "RLIMIT_NPROC": 0,  # neither processes nor threads
    }
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is not None:
            hard = resource.getrlimit(which)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (value, value))
    return True


class Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr, linux/landlock.h"""

    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class PathRule(ctypes.Structure):
    """struct landlock_path_beneath_attr"""

    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def restrict_files(readable):
    """Landlock: read what is in `readable`, write nothing, no network, no signals outside."""
    create, add_rule, restrict = 444, 445, 446  # the system calls, the same on all processors
    execute, read_file, read_folder = 1 << 0, 1 << 2, 1 << 3
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(*NOT_DUMPABLE, 0, 0, 0)
    libc.prctl(*NO_NEW_PRIVILEGES, 0, 0, 0)
    version = libc.syscall(create, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    rights = 13 + (version >= 2) + (version >= 3) + (version >= 5)
    rules = Ruleset((1 << rights) - 1, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(create, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    for path in readable:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = execute | read_file | (read_folder if os.path.isdir(path) else 0)
        libc.syscall(add_rule, ruleset, 1, ctypes.byref(PathRule(allowed, opened)), 0)
        os.close(opened)
    return libc.syscall(restrict, ruleset, 0) == 0


def standard_library():
    """Its entries one by one: installed packages may lie among them, and stay out of reach."""
    folder = os.path.dirname(os.__file__)
    entries = sorted(os.listdir(folder))
    return [
        os.path.join(folder, entry) for entry in entries if not entry.endswith("-packages")
    ]


def numpy_folders():
    folder = os.path.dirname(np.__file__)
    return [folder, folder + ".libs"]


# Messages ----------------------------------------------------------------------------------------


def receive(channel):
    """(JSON, arrays) of the next request; the end of the requests ends the process."""
    length, = struct.unpack(">I", exactly(channel, 4))
    body = io.BytesIO(exactly(channel, length))
    head, = struct.unpack(">I", body.read(4))
    request = json.loads(body.read(head))
    count = request.get("arrays", 0)
    return request, [np.lib.format.read_array(body, allow_pickle=False) for _ in range(count)]


def exactly(channel, count):
    data = b""
    while len(data) < count:
        piece = channel.recv(min(count - len(data), 1 << 20))
        if not piece:
            os._exit(0)
        data += piece
    return data


def send(channel, reply, arrays=()):
    body = io.BytesIO()
    head = json.dumps({**reply, "arrays": len(arrays)}).encode()
    body.write(struct.pack(">I", len(head)) + head)
    for array in arrays:
        np.lib.format.write_array(body, np.asarray(array, order="C"), allow_pickle=False)
    channel.sendall(struct.pack(">I", body.tell()) + body.getvalue())


# What is asked -----------------------------------------------------------------------------------


class Desk:
    """The student's module, and what it returned so far."""

    def __init__(self, module):
        self.held = [module]

    def answer(self, request, arrays):
        """(reply, arrays to send)."""
        target = self.held[request["target"]]
        what = request["ask"]
        if what == "call":
            return self.call(target, request, arrays)
        if what == "get":
            return self.hold(getattr(target, request["name"]))
        if what == "item":
            return self.hold(target[request["index"]])
        if what == "size":
            return {"size": len(target)}, []
        if what == "fetch":
            return {}, [as_array(target)]
        raise ValueError(f"unknown request {what}")

    def call(self, target, request, arrays):
        function = getattr(target, request["name"]) if request["name"] else target
        before = [array.copy() for array in arrays]
        args = [self.argument(given, arrays) for given in request["args"]]
        kwargs = {name: self.argument(given, arrays) for name, given in request["kwargs"].items()}
        result = function(*args, **kwargs)
        changed = [
            i for i, (now, then) in enumerate(zip(arrays, before, strict=True))
            if not np.array_equal(now, then, equal_nan=True)
        ]
        reply, _ = self.hold(result)
        return {**reply, "changed": changed}, []

    def argument(self, given, arrays):
        kind, value = given
        if kind == "array":
            return arrays[value]
        if kind == "held":
            return self.held[value]
        if kind == "list":
            return [self.argument(part, arrays) for part in value]
        if kind == "rng":
            return np.random.default_rng(value)
        return value

    def hold(self, thing):
        self.held.append(thing)
        return {"held": len(self.held) - 1}, []


def as_array(thing):
    array = np.asarray(thing)
    if array.dtype.hasobject:
        raise TypeError(f"an answer is a {type(thing).__name__}, wanted an array of numbers")
    return array


def in_words(error, name):
    """What went wrong, and on which line of the student's file."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == f"{name}.py"
    ]
    in_text = isinstance(error, SyntaxError)  # says itself where
    where = f" ({name}.py, line {lines[-1]})" if lines and not in_text else ""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return said[:MOST_TEXT] + where


def import_text(name, text):
    """The student's file as a module; its text is on no disk."""
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    linecache.cache[f"{name}.py"] = (len(text), None, text.splitlines(True), f"{name}.py")
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)
    return module


def said_by_tests(request, module):
    from gan_scratch.coursework.check import in_words, run_tests

    tasks = {task: "" for task in request["tasks"]}
    return in_words(tasks, run_tests(request["cells"], module, tasks))


def serve(channel):
    request, _ = receive(channel)
    # Other finders, of packages installed for development say, would find what is not to be found.
    sys.meta_path[:] = [f for f in sys.meta_path if f.__module__.startswith("_frozen_importlib")]
    if request["package"]:
        sys.path.insert(0, request["package"])
    for name in [*AT_HAND, *request["preload"]]:
        importlib.import_module(name)
    readable = [*standard_library(), *numpy_folders(), "/dev/null", "/dev/urandom"]
    if request["package"]:
        readable.append(request["package"])
    locked = lock(readable, request["limits"])
    library = os.path.dirname(os.__file__)
    sys.path[:] = [
        entry for entry in sys.path
        if entry == request["package"] or entry in (library, os.path.join(library, "lib-dynload"))
    ]
    send(channel, {"locked": locked})

    request, _ = receive(channel)
    name = request["module"]
    try:
        module = import_text(name, request["text"])
    except BaseException as error:  # a student's module may raise anything, SystemExit too
        send(channel, {"error": in_words(error, name), "importing": True})
        return
    send(channel, {})
    desk = Desk(module)
    while True:
        request, arrays = receive(channel)
        try:
            if request["ask"] == "tests":
                reply, answers = {"said": said_by_tests(request, module)}, []
            else:
                reply, answers = desk.answer(request, arrays)
        except BaseException as error:
            reply, answers = {"error": in_words(error, name)}, []
        send(channel, reply, answers)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
