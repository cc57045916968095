"""Behind the wall: runs a student's module and answers with arrays. Needs NumPy, nothing else.

remote.py starts this file as `python -I -B sandbox.py FD`, FD being one end of a socket pair. It
imports all that a student's module may need, and from then on it is a *fork server*: for each
module it makes a process that has everything at hand already, whatever it cannot read any more,
and that gives up all rights (lock.py) before it runs a line of the student's. That process knows no
expected value, no seed and no list of cases, and it is never asked how good an answer is.

A message is four bytes of length, four bytes with the length of its JSON, the JSON, and arrays in
NumPy's file format. Requests:

    start   {package, modules, hidden, data}     once; then one byte and a channel for each process
    then, on that channel
    lock    {limits} -> the walls that stand     then {module, text, strict}
    call    {target, name, args, kwargs} a method, or with name "" the thing itself -> handle
    get     {target, name}, item {target, index}, size {target} -> handle, handle, number
    fetch   {target} -> an array
    given   {index} -> an array that a call was given, as it is by now
    tests   {tasks, cells}: run the student's own tests, and say in words what they said

Handles number what was returned, so that a cache can be handed back without leaving this process.
"""

import importlib
import io
import json
import linecache
import os
import pkgutil
import select
import signal
import socket
import struct
import sys
import traceback
import types
import warnings

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lock  # noqa: E402

del sys.path[0]

# NumPy for students: np.median, say, imports numpy.ma when it is first called.
NUMPY = [f"numpy.{name}" for name in (
    "char ctypeslib dtypes exceptions fft lib.stride_tricks linalg ma polynomial random rec "
    "strings testing typing"
).split()]
NOT_IMPORTED = {"antigravity", "this"}  # these do something
PROGRAMS = {"idlelib"}  # no libraries: their parts open windows
MOST_TEXT = 2000  # characters of an error that are handed over


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
    data = bytearray()
    while len(data) < count:
        piece = os.read(channel, min(count - len(data), 1 << 20))  # the lock refuses recvmsg
        if not piece:
            os._exit(0)
        data += piece
    return bytes(data)


def send(channel, reply, arrays=()):
    body = io.BytesIO()
    head = json.dumps({**reply, "arrays": len(arrays)}).encode()
    body.write(struct.pack(">I", len(head)) + head)
    for array in arrays:
        np.lib.format.write_array(body, np.asarray(array, order="C"), allow_pickle=False)
    message = memoryview(struct.pack(">I", body.tell()) + body.getvalue())
    while message:
        message = message[os.write(channel, message):]


# What is asked -----------------------------------------------------------------------------------


class Desk:
    """The student's module, what it returned so far, and the arrays that it was given."""

    def __init__(self, module):
        self.held, self.given = [module], []

    def answer(self, request, arrays):
        """(reply, arrays to send)."""
        what = request["ask"]
        if what == "given":
            return {}, [self.given[request["index"]]]
        target = self.held[request["target"]]
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
        self.given += arrays
        args = [self.argument(given, arrays) for given in request["args"]]
        kwargs = {name: self.argument(given, arrays) for name, given in request["kwargs"].items()}
        return self.hold(function(*args, **kwargs))

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
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == f"{name}.py"]
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


def serve(channel, readable):
    """One student's module, from the lock to the last answer."""
    request, _ = receive(channel)
    send(channel, {"locked": lock.lock(readable, request["limits"])})
    request, _ = receive(channel)
    name = request["module"]
    if request["strict"]:  # an overflow is an error
        np.seterr(all="raise", under="ignore")
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


# The fork server ---------------------------------------------------------------------------------


def standard_library():
    """Import all of it that can be imported here; returns the names."""
    for name in sorted(sys.stdlib_module_names - NOT_IMPORTED):
        import_with_parts(name)
    return sorted(sys.stdlib_module_names & set(sys.modules))


def import_with_parts(name, hidden=()):
    try:
        module = importlib.import_module(name)
    except Exception:  # of another system, say
        return
    if name not in PROGRAMS:
        for part in pkgutil.iter_modules(getattr(module, "__path__", ())):
            inner = f"{name}.{part.name}"
            if part.name not in ("__main__", "test", "tests") and inner not in hidden:
                import_with_parts(inner, hidden)


def readable_folders():
    """Python's library entry by entry, as installed packages may lie among them, and NumPy's."""
    library, numpy = os.path.dirname(os.__file__), os.path.dirname(np.__file__)
    entries = [entry for entry in sorted(os.listdir(library)) if not entry.endswith("-packages")]
    inside = [os.path.join(library, entry) for entry in entries]
    return [*inside, numpy, numpy + ".libs", "/dev/null", "/dev/urandom"]


def prepare(request):
    """Import what a module may need, and leave no way to anything else of gan_scratch.

    package     the folder in which gan_scratch lies, or None
    modules     what may be imported of it, each with its parts; hidden: but for these
    data        embedded data sets to have at hand
    """
    warnings.simplefilter("ignore")  # of old modules
    # Other finders, of packages installed for development say, would find what is not to be found.
    sys.meta_path[:] = [f for f in sys.meta_path if f.__module__.startswith("_frozen_importlib")]
    for name in NUMPY:
        importlib.import_module(name)
    library = standard_library()
    if request["package"]:
        sys.path.insert(0, request["package"])
        for name in request["modules"]:
            importlib.import_module(name)
            import_with_parts(name, request["hidden"])
        for name in request["data"]:
            sys.modules["gan_scratch.datasets"].load(name)  # which keeps what it has read
        for name, module in sys.modules.items():
            if name.split(".")[0] == "gan_scratch" and hasattr(module, "__path__"):
                module.__path__ = []
    sys.modules.pop("pyseccomp", None)
    folder = os.path.dirname(os.__file__)
    sys.path[:] = [folder, os.path.join(folder, "lib-dynload")]
    warnings.resetwarnings()
    ours = sorted(name for name in sys.modules if name.startswith("gan_scratch"))
    return {"modules": ours, "library": library}


def fork_server(control):
    request, _ = receive(control.fileno())
    try:
        send(control.fileno(), prepare(request))
    except Exception as error:
        send(control.fileno(), {"error": in_words(error, "")})
        return
    readable = readable_folders()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    while True:
        asked, channels, *_ = socket.recv_fds(control, 1, 1)
        if not asked:
            return
        if os.fork() == 0:
            keep(channels[0], control, readable)
        os.close(channels[0])


def keep(channel, control, readable):
    """Fork once more, into new namespaces, and end that process when the grader ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    walls = lock.apart()
    child = os.fork()
    if child == 0:
        control.close()
        os.setsid()
        if walls:
            lock.own_proc()
        try:
            serve(channel, readable)
        finally:
            os._exit(0)
    held = [os.pidfd_open(child)] if hasattr(os, "pidfd_open") else []
    hello = json.dumps({"pid": child, "walls": walls}).encode()
    with socket.socket(fileno=channel) as stream:
        socket.send_fds(stream, [hello], held)
    ended = select.poll()
    ended.register(control, select.POLLHUP)
    for handle in held:
        ended.register(handle, select.POLLIN)
    while not ended.poll(1000):  # where a process has no handle, look
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            os._exit(0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os._exit(0)


if __name__ == "__main__":
    fork_server(socket.socket(fileno=int(sys.argv[1])))
