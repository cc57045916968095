"""Odd homework modules for assignment 1. A grader should survive all, and be fooled by none.

None does harm: memory, time, processes and files are bounded, and outside of its own scratch
folder a module writes at most /tmp/red-marker-NAME. Of the environment only RED_CANARY is told.

What a test prepares: /tmp/red-target (a file), a listening stream socket at /tmp/red-socket and at
the abstract name "red-socket", and the environment variable RED_CANARY. What it looks for and
clears afterwards: /tmp/red-marker-*, System V objects with the key 0x726564, /dev/shm/*red-marker*,
the key "red-marker" in the user's keyring.
"""

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class Odd:
    """A module: source is appended to one that answers zeros, or, if whole, is all of it."""

    name: str
    kind: str
    source: str
    whole: bool
    success: str


ODD = []

# _wrap(change) sends each answer through change; _replace(f) has f answer every question.
PRELUDE = r'''
_LAYERS = [c for c in list(globals().values()) if isinstance(c, type) and hasattr(c, "forward")]


def _wrap(change):
    def wrap_layer(cls):
        old_forward, old_backward = cls.forward, cls.backward

        def forward(self, x):
            y, cache = old_forward(self, x)
            return change(y), cache

        def backward(self, dy, cache):
            return change(old_backward(self, dy, cache))

        cls.forward, cls.backward = forward, backward

    for cls in _LAYERS:
        wrap_layer(cls)
    old_loss = binary_cross_entropy

    def loss(score, target):
        value, d_score = old_loss(score, target)
        return change(np.asarray(value)), change(d_score)

    globals()["binary_cross_entropy"] = loss


def _replace(f):
    for cls in _LAYERS:
        cls.forward = cls.backward = lambda self, *args: f(*args)
    globals()["binary_cross_entropy"] = f
'''

# _tell(what) reports a success on three ways, as any of them may be closed: a printed line, the
# marker file, and the error with which every question is answered.
TELL = r'''
_TOLD = []


def _tell(what):
    line = f"red-reached NAME: {what}"
    _TOLD.append(line)
    try:
        print(line, flush=True)
    except Exception:
        pass
    try:
        with open("/tmp/red-marker-NAME", "a") as marker:
            marker.write(line + "\n")
    except Exception:
        pass


def _try(what, f):
    try:
        found = f()
    except Exception:
        return None
    _tell(f"{what} {found!r:.80}")
    return found


def _answer(*args):
    raise RuntimeError("; ".join(_TOLD) or "nothing reached")


_replace(_answer)
'''

LIBC = r'''
import ctypes
import os
import platform

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = _libc.shmat.restype = _libc.sem_open.restype = ctypes.c_void_p
_ARM = platform.machine() == "aarch64"


def _ok(result):
    if result in (-1, None, 2**64 - 1):
        raise OSError(ctypes.get_errno(), "refused")
    return result
'''


def text(source):
    return textwrap.dedent(source).strip("\n") + "\n"


def points(name, source, success, whole=False):
    source = text(source) if whole else text(PRELUDE) + "\n\n" + text(source)
    ODD.append(Odd(name, "points", source, whole, success))


def resources(name, source, success):
    ODD.append(Odd(name, "resources", text(PRELUDE) + "\n\n" + text(source), False, success))


def outside(name, source, success):
    source = "\n\n".join(map(text, (PRELUDE, TELL, source))).replace("NAME", name)
    ODD.append(Odd(name, "outside", source, False, success))


def words(name, source, success):
    ODD.append(Odd(name, "words", text(PRELUDE) + "\n\n" + text(source), False, success))


ANY_POINT = "It gets a point: all its answers are zeros, whatever a check in its process says."
ONE_WORD = "It gets a point, the grader itself fails, or the next student is not graded."
REACHED = "'red-reached' is in the output or report, or the marker exists; also: "


# (a) points: checks made in its own process -------------------------------------------------------

points("patch-numpy", r'''
    def _yes(*args, **kwargs):
        return True


    def _nothing(*args, **kwargs):
        return 0.0


    for _name in ("allclose", "isclose", "array_equal", "array_equiv", "all", "any", "isfinite"):
        setattr(np, _name, _yes)
    for _name in ("abs", "absolute", "max", "amax", "subtract", "square", "mean", "sum"):
        setattr(np, _name, _nothing)
    for _name in dir(np.testing):
        if _name.startswith("assert"):
            setattr(np.testing, _name, _nothing)
    np.linalg.norm = _nothing
''', ANY_POINT)

points("patch-builtins", r'''
    import builtins
    import math
    import operator

    math.isclose = operator.eq = operator.le = operator.lt = lambda *args, **kwargs: True
    operator.ne = operator.gt = operator.ge = lambda *args, **kwargs: False
    _old_isinstance = builtins.isinstance
    builtins.all = builtins.any = lambda *args: True
    builtins.abs = builtins.max = builtins.round = lambda *args, **kwargs: 0.0
    builtins.isinstance = lambda value, kind: True if kind is np.ndarray else _old_isinstance(
        value, kind)
''', ANY_POINT)

points("equal-to-all", r'''
    class _Agreeable(np.ndarray):
        """Its difference to everything is zero, and it is equal to everything."""

        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            yes = ufunc.__name__ in ("equal", "less", "less_equal", "isfinite", "logical_and")
            return np.full(self.shape, True) if yes else np.zeros(self.shape)

        def __array_function__(self, function, types, args, kwargs):
            return True

        def __eq__(self, other):
            return True

        __le__ = __lt__ = __ge__ = __gt__ = __eq__
        __hash__ = None


    _wrap(lambda answer: np.asarray(answer).view(_Agreeable))
''', ANY_POINT)

points("agreeable-scalars", r'''
    class _Any(float):
        def __eq__(self, other):
            return True

        def __sub__(self, other):
            return _Any(0)

        def __abs__(self):
            return _Any(0)

        __le__ = __lt__ = __ge__ = __gt__ = __eq__
        __rsub__ = __sub__
        __hash__ = float.__hash__


    _wrap(lambda answer: np.full(np.shape(answer), _Any(0), dtype=object))
''', ANY_POINT)

points("loose-tolerance", r'''
    import gc
    import types

    for _function in gc.get_objects():
        if isinstance(_function, types.FunctionType):
            try:
                _function.__defaults__ = _function.__defaults__ and tuple(
                    float("inf") if isinstance(v, float) else v for v in _function.__defaults__)
                _function.__kwdefaults__ = _function.__kwdefaults__ and {
                    k: float("inf") if isinstance(v, float) else v
                    for k, v in _function.__kwdefaults__.items()}
            except Exception:
                pass
''', ANY_POINT)

points("patch-whoever-checks", r'''
    import re
    import sys
    import types

    for _module in list(sys.modules.values()):
        _file = getattr(_module, "__file__", None) or ""
        if "numpy" in _file or "/lib/python" in _file and "site-packages" not in _file:
            continue
        for _name, _value in list(getattr(_module, "__dict__", {}).items()):
            if isinstance(_value, types.FunctionType) and _value.__module__ != __name__ and (
                    re.search("check|close|equal|compare|verdict|judge|grade", _name)):
                setattr(_module, _name, lambda *args, **kwargs: True)
''', ANY_POINT)

points("patch-serializers", r'''
    import json
    import marshal
    import pickle

    _dumps = json.dumps
    _GOOD = {"ok": True, "passed": True, "points": 20, "of": 20, "error": None, "status": "right"}
    json.dumps = lambda value, **kwargs: _dumps(
        {**value, **_GOOD} if isinstance(value, dict) else value, **kwargs)
    json.dump = lambda value, file, **kwargs: file.write(json.dumps(value, **kwargs))
    json.JSONEncoder.encode = lambda self, value: _dumps(_GOOD)
    pickle.dumps = lambda value, *args, **kwargs: _dumps(_GOOD).encode()
    marshal.dumps = lambda value, *args: _dumps(_GOOD).encode()
    np.save = np.savez = lambda file, *args, **kwargs: None
''', ANY_POINT)

points("still-dice", r'''
    import random


    class _Still:
        """A generator whose draws are all zeros: to questions of zeros, zeros are right."""

        def __getattr__(self, name):
            return lambda *args, size=None, **kwargs: np.zeros(
                size if size is not None else args[-1] if args else ())


    np.random.default_rng = np.random.RandomState = lambda *args, **kwargs: _Still()
    for _name in ("randn", "rand", "normal", "uniform", "standard_normal", "random"):
        setattr(np.random, _name, lambda *args, **kwargs: np.zeros(args))
    random.random = random.gauss = random.uniform = lambda *args: 0.0
''', ANY_POINT)

points("reads-frames", r'''
    import gc
    import sys


    def _stolen(shape):
        """An array of that shape in the locals of a caller, or anywhere in memory."""
        frame = sys._getframe()
        while frame:
            for name, value in list(frame.f_locals.items()):
                if any(w in name for w in ("expect", "want", "right", "truth", "target", "ref")):
                    if isinstance(value, np.ndarray) and value.shape == shape:
                        return value
            frame = frame.f_back
        for thing in gc.get_objects():
            if isinstance(thing, dict):
                for key in ("expected", "want", "right", "truth", "solution"):
                    value = thing.get(key)
                    if isinstance(value, np.ndarray) and value.shape == shape:
                        return value
        return np.zeros(shape)


    _wrap(lambda answer: _stolen(np.shape(answer)))
''', "It gets a point: the right answers lie somewhere in the process that runs it.")

points("finds-solution", r'''
    import os
    import sys
    import types

    for _root in [os.getcwd(), os.path.dirname(os.path.abspath(__file__)), *sys.path]:
        for _folder, _folders, _files in os.walk(_root or "."):
            if _folder.count(os.sep) > _root.count(os.sep) + 6:
                _folders.clear()
            if "my_layers.py" in _files and "solution" in _folder:
                _found = types.ModuleType("found")
                with open(os.path.join(_folder, "my_layers.py")) as _file:
                    exec(compile(_file.read(), "found", "exec"), _found.__dict__)
                globals().update({k: v for k, v in vars(_found).items() if k[0] != "_"})
''', "It gets a point: a solution lay where the module could read it.")

points("asks-the-package", r'''
    import importlib
    import pkgutil

    try:
        import gan_scratch
        for _info in pkgutil.walk_packages(gan_scratch.__path__, "gan_scratch."):
            try:
                if _info.name.endswith("__main__"):
                    continue
                _module = importlib.import_module(_info.name)
            except BaseException:
                continue
            for _name in ("Dense", "LeakyReLU", "Sigmoid", "Shrink", "Gate", "Rivalry"):
                if hasattr(_module, _name) and _name in globals():
                    globals()[_name] = getattr(_module, _name)
            if hasattr(_module, "binary_cross_entropy"):
                binary_cross_entropy = _module.binary_cross_entropy
    except ImportError:
        pass
''', "It gets a point: the course's own package (or its generator of solutions) could be imported.")

points("differences-itself", r'''
    import numpy as np

    REAL_WEIGHT = 2.5


    def _slopes(f, x, dy):
        d_x = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[i] = 1e-6
            d_x[i] = ((f(x + step) - f(x - step)) * dy).sum() / 2e-6
        return d_x


    class _Layer:
        def forward(self, x):
            return self.value(x), x

        def backward(self, dy, cache):
            return _slopes(self.value, cache, dy)


    class Dense(_Layer):
        def __init__(self, weight, bias):
            self.weight, self.bias = weight, bias
            self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)

        def value(self, x):
            return x @ self.weight + self.bias

        def backward(self, dy, cache):
            self.d_weight += _slopes(lambda w: cache @ w + self.bias, self.weight, dy)
            self.d_bias += _slopes(lambda b: cache @ self.weight + b, self.bias, dy)
            return super().backward(dy, cache)


    class LeakyReLU(_Layer):
        def __init__(self, a=0.2):
            self.a = a

        def value(self, x):
            return np.where(x > 0, x, self.a * x)


    class Sigmoid(_Layer):
        def value(self, x):
            return np.exp(-np.logaddexp(0, -x))


    class Gate(_Layer):
        def __init__(self, a):
            self.a = a

        def value(self, x):
            return x / (1 + np.exp(-self.a * x.mean(axis=1, keepdims=True)))


    def binary_cross_entropy(score, target):
        def loss(s):
            return REAL_WEIGHT * target * np.logaddexp(0, -s) + (1 - target) * np.logaddexp(0, s)

        return loss(score).mean(), _slopes(loss, score, np.ones_like(score)) / len(score)
''', "It gets the points of a backward pass: it only differences its own forward pass.", whole=True)

points("forges-replies", r'''
    import json
    import os
    import pickle
    import stat

    _GOOD = {"ok": True, "passed": True, "points": 20, "of": 20, "error": None}
    for _fd in range(1, 256):
        try:
            _mode = os.fstat(_fd).st_mode
            if stat.S_ISFIFO(_mode) or stat.S_ISSOCK(_mode):
                os.set_blocking(_fd, False)
                for _tasks in (_GOOD, {f"1.{i}": _GOOD for i in range(1, 6)}, [_GOOD] * 5):
                    os.write(_fd, json.dumps(_tasks).encode() + b"\n")
                    os.write(_fd, pickle.dumps(_tasks))
        except OSError:
            pass
    os._exit(0)
''', "It gets a point, or the grader reports its own failure and not that of the module.")

points("closes-the-line", r'''
    import os

    for _fd in range(256):
        try:
            os.close(_fd)
        except OSError:
            pass
''', ONE_WORD + " A closed line is not 'all right'.")

points("swaps-the-lines", r'''
    import os

    for _fd in range(3, 64):
        try:
            os.dup2(1, _fd)
        except OSError:
            pass
''', ONE_WORD + " Printed text must not be taken for replies.")

points("two-of-me", r'''
    import os

    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass
''', ONE_WORD + " The copy goes on when the process that the grader knows has ended.")

points("exits-zero", r'''
    import os

    _replace(lambda *args: os._exit(0))
''', ANY_POINT + " An exit with 0 is no success.")

for _name, _expression in (
        ("exits-with-words", 'SystemExit("20 of 20")'), ("exits-none", "SystemExit"),
        ("interrupts", "KeyboardInterrupt"), ("generator-exit", "GeneratorExit"),
        ("stops-iteration", "StopIteration((np.zeros(1), None))"), ("memory-error", "MemoryError"),
        ("not-implemented", 'NotImplementedError("task 1.1: right, 5 of 5")'),
        ("base-exception", 'type("Odd", (BaseException,), {})("base")')):
    points(_name, f'''
        def _odd(*args):
            raise {_expression}


        _replace(_odd)
    ''', ONE_WORD + " The report should name what was raised.")

# Exceptions that are hard to write down.
for _name, _expression in (
        ("error-empty", 'ValueError("")'), ("error-blank", r'ValueError(" \n\t\u00a0\u200b\n ")'),
        ("error-unprintable", r'ValueError("\x00\x07\ud800\udfff\ufffe" + chr(0x10ffff))'),
        ("error-bytes", r'ValueError(b"\xff\xfe\x00")'),
        ("error-long", 'ValueError("long " * 2_000_000)'),
        ("error-many-lines", r'ValueError("line\n" * 1_000_000)'),
        ("error-nameless", 'type("", (Exception,), {})("")'),
        ("error-odd-name", r'type("20 of 20\n\x1b[2J", (Exception,), {"__module__": "\n"})("x")'),
        ("error-module-number", 'type("Odd", (Exception,), {"__module__": 7})("x")'),
        ("error-group-deep", "_group(5000)"), ("error-cycle", "_cycle()"),
        ("error-notes", r'_noted()'), ("error-str-raises", "_Silent()"),
        ("error-str-number", "_Number()"), ("error-str-exits", "_Exits()"),
        ("error-str-slow", "_Slow()"), ("error-no-pickle", "_NoPickle(lambda: 0)"),
        ("error-syntax", r'SyntaxError("20 of 20", ("\x1b[2J", -1, 10**9, "x" * 10**6))'),
        ("error-unicode", 'UnicodeDecodeError("utf-8", b"x" * 10**6, 10**5, 10**6, "20 of 20")')):
    points(_name, f'''
        class _Silent(Exception):
            def __str__(self):
                raise type(self)()

            __repr__ = __str__


        class _Number(Exception):
            def __str__(self):
                return 20

            __repr__ = __str__


        class _Exits(Exception):
            def __str__(self):
                import os
                os._exit(0)

            __repr__ = __str__


        class _Slow(Exception):
            def __str__(self):
                import time
                time.sleep(120)
                return "slow"

            __repr__ = __str__


        class _NoPickle(Exception):
            def __reduce_ex__(self, protocol):
                raise self


        def _group(depth):
            error = ValueError("inner")
            for _ in range(depth):
                error = ExceptionGroup("20 of 20", [error])
            return error


        def _cycle():
            one, two = ValueError("one"), ValueError("two")
            one.__context__, two.__context__ = two, one
            return one


        def _noted():
            error = ValueError("noted")
            error.__notes__ = ["20 of 20", 7, None, _Silent()]
            return error


        def _odd(*args):
            raise {_expression}


        _replace(_odd)
    ''', ONE_WORD + " The report should have one short printable line on it.")

# Answers that change, or that are not there yet.
points("changing-answers", r'''
    import itertools


    class _Changing:
        """Its length, items, shape and attributes are others at every look."""

        def __init__(self, array):
            self._array, self._looks = np.asarray(array), itertools.count()

        def __len__(self):
            return next(self._looks) % 5

        def __iter__(self):
            return iter([self._array] * (next(self._looks) % 4))

        def __getitem__(self, i):
            return self._array.flat[next(self._looks) % max(1, self._array.size)]

        def __array__(self, dtype=None, copy=None):
            looks = next(self._looks)
            return np.zeros(self._array.shape if looks % 2 else (looks,), dtype)

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return [self._array.shape, (), None, 10**9][next(self._looks) % 4]


    _wrap(_Changing)
''', ONE_WORD)

points("lies-about-class", r'''
    class _Liar:
        __class__ = np.ndarray
        shape, ndim, size, nbytes, itemsize = (2, 2), 2, 4, 32, 8
        dtype = np.dtype(float)

        def tobytes(self, *args):
            return b"\0" * 10**7

        def tolist(self):
            return [[0.0, "20 of 20"]]

        def __array_interface__(self):
            return {}


    _wrap(lambda answer: _Liar())
''', ONE_WORD)

points("bad-interface", r'''
    class _Pointer:
        """Says that its memory is at address 8: whoever reads it is killed by SIGSEGV."""

        @property
        def __array_interface__(self):
            return {"shape": (1000,), "typestr": "<f8", "data": (8, True), "version": 3}


    _wrap(lambda answer: _Pointer())
''', ONE_WORD + " If the read is not in the child, the grader dies.")

points("lazy-answers", r'''
    import sys
    import time


    class _Lazy:
        """Computed only when looked at: then the checker's own values lie in a frame above."""

        def __init__(self, shape):
            self.shape = shape

        def __array__(self, dtype=None, copy=None):
            frame = sys._getframe(1)
            while frame:
                for value in frame.f_locals.values():
                    if isinstance(value, np.ndarray) and value.shape == self.shape and value.any():
                        return value.astype(dtype or float)
                frame = frame.f_back
            time.sleep(0.5)  # not on the clock of the call
            return np.zeros(self.shape, dtype)


    _wrap(lambda answer: _Lazy(np.shape(answer)))
''', "It gets a point, or its time is not counted as it is spent after the call.")

points("answers-later", r'''
    _KEPT = []


    def _keep(answer):
        """Hands out the same memory each time, and writes into what it has handed out before."""
        for old in _KEPT:
            old[...] = np.random.default_rng().standard_normal(old.shape)
        _KEPT.append(np.array(answer, float))
        return _KEPT[-1]


    _wrap(_keep)
''', "What is graded is not what was answered: an answer should be copied when it comes.")

points("answers-generator", r'''
    def _generator(answer):
        while True:
            yield answer


    _wrap(_generator)
''', ONE_WORD + " Whoever lists the generator never ends.")

points("methods-generators", r'''
    def _method(*args):
        yield args[0]
        while True:
            yield None


    async def _coroutine(*args):
        return args[0], None


    _replace(_method)
    binary_cross_entropy = _coroutine
''', ONE_WORD + " Neither a generator nor a coroutine is a pair.")

points("overwrites-arguments", r'''
    _TAKEN = []


    def _take(*arrays):
        """Zeros in the arguments make zeros right; the next call puts the old values back."""
        for array, old in _TAKEN:
            array[...] = old
        _TAKEN.clear()
        for array in arrays:
            if isinstance(array, np.ndarray):
                array.flags.writeable = True
                _TAKEN.append((array, array.copy()))
                array[...] = 0


    for _cls in _LAYERS:
        def _layer(cls=_cls, forward=_cls.forward, backward=_cls.backward):
            def new_forward(self, x):
                _take(x, *vars(self).values())
                return forward(self, x)

            def new_backward(self, dy, cache):
                _take(dy)
                return backward(self, dy, cache)

            cls.forward, cls.backward = new_forward, new_backward

        _layer()
''', "It gets a point, or nobody says that the arguments were changed.")

points("overwrites-and-restores", r'''
    import threading


    def _flicker(*arrays):
        old = [(a, a.copy()) for a in arrays if isinstance(a, np.ndarray) and a.flags.writeable]
        for array, _ in old:
            array[...] = 0

        def restore():
            for array, values in old:
                array[...] = values

        threading.Timer(0.05, restore).start()
        return arrays[0], arrays[0]


    _replace(_flicker)
''', "It gets a point: the arguments are zeros when the answers are compared, and then not.")

points("returns-its-argument", r'''
    _replace(lambda *args: (args[0], args) if len(args) == 1 else args[0])
    binary_cross_entropy = lambda score, target: (score[0, 0], score)
''', "It gets a point: if what is compared shares memory with the question, or is the question.")

points("remembers", r'''
    import numpy as np

    REAL_WEIGHT = 2.5
    _SEEN = {}


    class Dense:
        """Right once for each shape; from then on the first answer again."""

        def __init__(self, weight, bias):
            self.weight, self.bias = weight, bias
            self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)

        def forward(self, x):
            if ("y", x.shape) not in _SEEN:
                _SEEN["y", x.shape] = x @ self.weight + self.bias
            return _SEEN["y", x.shape], x

        def backward(self, dy, cache):
            if ("dx", dy.shape) not in _SEEN:
                _SEEN["dx", dy.shape] = (dy @ self.weight.T, cache.T @ dy, dy.sum(axis=0))
            d_x, d_weight, d_bias = _SEEN["dx", dy.shape]
            self.d_weight += d_weight
            self.d_bias += d_bias
            return d_x
''', "It gets all 5 points of task 1.1: it was asked only once with each shape.", whole=True)

points("keeps-its-input", r'''
    import numpy as np

    REAL_WEIGHT = 2.5


    class Dense:
        """The fault of question 1.6: x on the layer. The cache that it returns is empty."""

        def __init__(self, weight, bias):
            self.weight, self.bias = weight, bias
            self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)

        def forward(self, x):
            self.x = x
            return x @ self.weight + self.bias, None

        def backward(self, dy, cache):
            self.d_weight += self.x.T @ dy
            self.d_bias += dy.sum(axis=0)
            return dy @ self.weight.T
''', "It gets all 5 points of task 1.1, though two calls in a row mix up.", whole=True)

# Strange arrays; NaN and masks are equal to nothing or to all, depending on who asks.
for _name, _expression in (
        ("structured", 'np.zeros(np.shape(a), [("x", float), ("y", "U4")])'),
        ("datetime", 'np.zeros(np.shape(a), "datetime64[s]")'),
        ("timedelta", 'np.full(np.shape(a), "NaT", "timedelta64[ns]")'),
        ("masked", "np.ma.masked_all(np.shape(a))"),
        ("matrix", "np.matrix(np.atleast_2d(a))"), ("complex", "a + np.inf * 1j"),
        ("nan", "np.full(np.shape(a), np.nan)"), ("object-none", "np.full(np.shape(a), None)"),
        ("object-nested", "np.full(np.shape(a), [[[0.0]]], dtype=object)"),
        ("text", 'np.full(np.shape(a), "0.0")'), ("bytes", 'np.full(np.shape(a), b"\\0" * 99)'),
        ("void", 'np.zeros(np.shape(a), "V1000")'), ("half", "np.asarray(a, np.float16)"),
        ("long-double", "np.asarray(a, np.longdouble)"), ("bool", "np.zeros(np.shape(a), bool)"),
        ("scalar", "np.zeros(())"), ("zero-size", "np.zeros((0, *np.shape(a)))"),
        ("zero-size-huge", "np.zeros((0, 2**60))"), ("one-by-one", "np.zeros((1, 1))"),
        ("row-for-column", "np.zeros(np.shape(a)[:1])"), ("64-dimensions", "np.zeros((1,) * 64)"),
        ("broadcast-huge", "np.broadcast_to(0.0, (2**20, 2**20))"),
        ("strides-out", "np.lib.stride_tricks.as_strided(np.zeros(1), (10**6,), (8 * 4096,))"),
        ("negative-strides", "np.zeros(np.shape(a) or (1,))[::-1]"),
        ("big-endian", 'np.zeros(np.shape(a), ">f8")'), ("unaligned", "_unaligned(a)"),
        ("memmap", "np.memmap(__file__, dtype=np.uint8, mode='r')"),
        ("list", "np.asarray(a).tolist()"),
        ("list-cyclic", "_cyclic()"), ("big-int", "10**5000"),
        ("memoryview", "memoryview(bytes(8))"),
        ("class-itself", "np.ndarray"), ("none", "None"), ("module", "np")):
    points(f"answer-{_name}", f'''
        def _unaligned(a):
            size = np.asarray(a).size
            return np.frombuffer(bytes(8 * size + 1), np.uint8)[1:].view(float)


        def _cyclic():
            answer = []
            answer.append(answer)
            return answer


        def _change(a):
            return {_expression}


        _wrap(_change)
    ''', ONE_WORD + " Zeros of that sort are wrong answers; the report should say so in one line.")

points("right-but-odd", r'''
    class Dense:
        """Right answers, but big-endian, backwards in memory and read-only: 5 points are fair."""

        def __init__(self, weight, bias):
            self.weight, self.bias = weight, bias
            self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)

        def forward(self, x):
            y = (x @ self.weight + self.bias).astype(">f8")[::-1].copy()[::-1]
            y.flags.writeable = False
            return y, x

        def backward(self, dy, cache):
            self.d_weight += cache.T @ dy
            self.d_bias += dy.sum(axis=0)
            return np.asfortranarray(dy @ self.weight.T)
''', "Task 1.1 gets anything but its 5 points, or another task gets any.")

points("odd-caches", r'''
    def _cache(cls):
        forward, backward = cls.forward, cls.backward

        def new_forward(self, x):
            return forward(self, x)[0], (lambda: x, open("/dev/null"), (i for i in x))

        def new_backward(self, dy, cache):
            return backward(self, dy, cache[0]()) if callable(cache[0]) else 1 / 0

        cls.forward, cls.backward = new_forward, new_backward


    for _cls in _LAYERS:
        _cache(_cls)
''', "The grader fails on a cache that cannot be pickled, copied or compared.")

points("metaclass", r'''
    class _Meta(type):
        def __call__(cls, *args, **kwargs):
            return cls if len(args) == 0 else type.__call__(cls)

        def __instancecheck__(cls, other):
            return True

        def __getattribute__(cls, name):
            if name in ("__name__", "__qualname__", "__module__"):
                return "\n20 of 20\n"
            return type.__getattribute__(cls, name)


    class Dense(metaclass=_Meta):
        def __getattr__(self, name):
            return lambda *args: (args and args[0], None)


    LeakyReLU = Sigmoid = Dense
''', ONE_WORD)

points("module-getattr", r'''
    import sys
    import types


    class _Module(types.ModuleType):
        def __getattr__(self, name):
            return _Module(name)

        def __call__(self, *args, **kwargs):
            return _Module("answer")

        def __iter__(self):
            return iter([_Module("y"), _Module("cache")])


    sys.modules[__name__] = _Module(__name__)
    del Dense, LeakyReLU, Sigmoid, binary_cross_entropy
''', ONE_WORD)

points("read-only-gradients", r'''
    class Dense(Dense):
        """d_weight is a property: new zeros at every look, and it raises at the fourth."""

        looks = 0

        @property
        def d_weight(self):
            type(self).looks += 1
            if self.looks > 3:
                raise RuntimeError("seen too often")
            return np.zeros(self.looks)

        @d_weight.setter
        def d_weight(self, value):
            raise AttributeError("20 of 20")
''', ONE_WORD)

points("recursion", r'''
    def _deeper(*args):
        return _deeper(*args)


    _replace(_deeper)
''', ONE_WORD + " The traceback should not be shown in 1000 lines.")

points("recursion-unlimited", r'''
    import sys

    sys.setrecursionlimit(2**31 - 1)


    class _Deep:
        def __getattr__(self, name):
            return getattr(self, name + "_")

        def __repr__(self):
            return repr([self])


    _replace(lambda *args: repr(_Deep()))
''', ONE_WORD + " The C stack overflows: the child dies of SIGSEGV.")

points("segfault", r'''
    import ctypes

    _replace(lambda *args: ctypes.string_at(8))
''', ONE_WORD + " The report should say that the module crashed; no core file is left.")

points("aborts", r'''
    import os

    _replace(lambda *args: os.abort())
''', ONE_WORD + " No core file is left.")

points("stops-itself", r'''
    import os
    import signal

    _replace(lambda *args: os.kill(os.getpid(), signal.SIGSTOP))
''', "The grader waits for ever for a stopped process (or leaves it behind).")

points("deaf-to-signals", r'''
    import signal
    import time

    for _signal in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(_signal, lambda *args: None)
        except (OSError, ValueError):
            pass
    signal.alarm(0)
    for _timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(_timer, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))


    def _long(*args):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                sum(range(10_000))
            except BaseException:
                pass


    _replace(_long)
''', "It takes much longer than the time limit, or its process is still there afterwards.")

points("sleeps", r'''
    import time

    _replace(lambda *args: time.sleep(120))
''', "It takes much longer than the time limit: only the processor's time is counted.")

points("sleeps-on-import", r'''
    import time

    time.sleep(120)
''', "It takes much longer than the time limit: the import is not counted.")

points("stops-the-clock", r'''
    import time

    _sleep = time.sleep
    for _name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
        setattr(time, _name, lambda: 0.0)
        setattr(time, _name + "_ns", lambda: 0)
    time.sleep = lambda seconds: None
    _wrap(lambda answer: _sleep(5) or answer)
''', "Its slowness is not noticed, as the clock is read in its own process.")

points("uses-all-time", r'''
    import resource
    import signal
    import time

    _soft = resource.getrlimit(resource.RLIMIT_CPU)[0]
    _left = [v for v in (_soft, signal.getitimer(signal.ITIMER_REAL)[0]) if v > 0]
    _END = time.monotonic() + min([*_left, 10]) - 0.05


    def _wait(answer):
        while time.monotonic() < _END:
            sum(range(1000))
        return answer


    _wrap(_wait)
''', "Its time is taken from the next task or the next student, or the verdict varies by the run.")

points("thread-at-the-end", r'''
    import threading
    import time

    threading.Thread(target=time.sleep, args=(120,)).start()
''', "The grader waits for 120 s, as Python waits for a thread that is no daemon.")

points("hooks-trace", r'''
    import sys
    import threading


    def _trace(frame, event, arg):
        for name in list(frame.f_locals):
            if name in ("ok", "passed", "right", "close", "points"):
                frame.f_locals[name] = True
        return _trace


    sys.settrace(_trace)
    threading.settrace(_trace)
    sys.setprofile(lambda *args: None)
    _frame = sys._getframe()
    while _frame:
        _frame.f_trace = _trace
        _frame = _frame.f_back
''', ANY_POINT)

points("hooks-audit", r'''
    import sys


    def _hook(event, args):
        if event in ("open", "import", "compile", "exec", "marshal.dumps", "pickle.find_class"):
            raise RuntimeError("20 of 20")


    sys.addaudithook(_hook)
''', ONE_WORD)

points("hooks-gc", r'''
    import gc
    import sys


    def _collected(phase, info):
        frame = sys._getframe(1)
        while frame:
            for value in list(frame.f_locals.values()):
                if isinstance(value, dict) and "points" in value:
                    value["points"] = 20
            frame = frame.f_back


    gc.callbacks.append(_collected)
    gc.set_threshold(1)
''', ANY_POINT)

points("hooks-exit", r'''
    import atexit
    import os
    import sys


    class _Last:
        def __del__(self, write=os.write):
            write(1, b"\n20 of 20\n")


    _last = _Last()
    sys.excepthook = sys.unraisablehook = lambda *args: print("20 of 20")
    atexit.register(lambda: (print("20 of 20", flush=True), os._exit(0)))
''', "It gets a point, or '20 of 20' stands in the report as if the grader said it.")

points("hooks-import", r'''
    import sys


    class _Finder:
        """Has an answer to every import that the grader makes after the module's."""

        def find_spec(self, name, path=None, target=None):
            raise SystemExit(0)


    sys.meta_path.insert(0, _Finder())
    sys.path[:] = []
    for _name in ("traceback", "json", "pickle", "time", "gan_scratch"):
        sys.modules[_name] = None
''', ONE_WORD)

points("replaces-streams", r'''
    import sys


    class _Stream:
        def __getattr__(self, name):
            raise SystemExit(0)


    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = sys.stdin = _Stream()
''', ONE_WORD)

points("warns", r'''
    import warnings

    warnings.simplefilter("error")
    np.seterr(all="raise")
    np.set_printoptions(threshold=10**9, formatter={"all": lambda value: "20 of 20"})
    _wrap(lambda answer: np.float64(answer) / 0 * 0)
''', ONE_WORD)

points("reads-questions", r'''
    import os
    import stat

    _STOLEN = b""
    for _fd in range(64):
        try:
            if stat.S_ISFIFO(os.fstat(_fd).st_mode) or stat.S_ISSOCK(os.fstat(_fd).st_mode):
                os.set_blocking(_fd, False)
                _STOLEN += os.read(_fd, 10**6)
        except OSError:
            pass


    def _odd(*args):
        raise ValueError(f"red-stolen {len(_STOLEN)} bytes")


    _replace(_odd)
''', "The grader waits for ever, or right answers are among the bytes that were read.")


# (b) resources ------------------------------------------------------------------------------------

IN_BOUNDS = "The grader is slow, fails or names no reason; or the machine feels it. "

resources("many-pipes", r'''
    import os

    _KEPT = []
    try:
        while len(_KEPT) < 50_000:
            _KEPT.append(os.pipe())
            os.set_blocking(_KEPT[-1][1], False)
            os.write(_KEPT[-1][1], bytes(65536))
    except OSError:
        pass
''', IN_BOUNDS + "The pipes' memory counts against the user, whose other programs get small pipes.")

resources("many-handles", r'''
    _KEPT = []
    try:
        while len(_KEPT) < 100_000:
            _KEPT.append(open("/dev/null", "rb", buffering=0))
    except OSError:
        pass
''', IN_BOUNDS + "No handle is left to answer with: that is the module's own fault.")

resources("memory-in-steps", r'''
    _KEPT = []


    def _grow(answer):
        try:
            while len(_KEPT) < 96:  # 6 GiB in all
                _KEPT.append(np.ones(8 * 2**20))
        except MemoryError:
            pass
        return answer


    _wrap(_grow)
''', IN_BOUNDS + "More than the limit is in use at once, or the grader swaps.")

resources("memory-small-pieces", r'''
    _KEPT = []


    def _grow(*args):
        while len(_KEPT) < 3 * 10**7:
            _KEPT.append(bytes(64))
        raise ValueError("enough")


    _replace(_grow)
''', IN_BOUNDS + "Nothing is left to build the error text with.")

resources("memory-reserved", r'''
    import mmap

    _KEPT = []
    try:
        while len(_KEPT) < 100:
            _KEPT.append(mmap.mmap(-1, 2**36))
    except (OSError, MemoryError):
        pass
    _replace(lambda *args: np.zeros((2**17, 2**17)))
''', IN_BOUNDS + "Terabytes are reserved and never touched.")

resources("memory-shared", r'''
    import os

    _KEPT = []
    try:
        for _ in range(16):  # 4 GiB in all
            _KEPT.append(os.memfd_create("red"))
            os.posix_fallocate(_KEPT[-1], 0, 2**28)
    except (AttributeError, OSError):
        pass
''', IN_BOUNDS + "Memory behind file handles is not counted by RLIMIT_AS.")

resources("deep-nesting", r'''
    def _deep(*args):
        answer = 0.0
        for _ in range(1_000_000):
            answer = (answer, answer)
        return answer


    _replace(_deep)
''', IN_BOUNDS + "Pickle, JSON and repr recurse; the logical size is 2^1000000.")

resources("billion-laughs", r'''
    def _laugh(*args):
        answer = [0.0] * 10
        for _ in range(30):
            answer = [answer] * 10
        return answer, answer


    _replace(_laugh)
''', IN_BOUNDS + "Thirty small lists hold 10^31 numbers.")

resources("huge-replies", r'''
    _wrap(lambda answer: np.ones((2**14, 2**14)))
''', IN_BOUNDS + "Each answer is 2 GiB: the grader should not read all of it.")

resources("huge-caches", r'''
    def _cache(cls):
        forward = cls.forward
        cls.forward = lambda self, x: (forward(self, x)[0], [np.ones(2**26), "x" * 10**8])


    for _cls in _LAYERS:
        _cache(_cls)
''', IN_BOUNDS + "The caches are not the grader's business, so it should not copy them.")

resources("huge-gradients", r'''
    _old = Dense.__init__


    def _init(self, weight, bias):
        _old(self, weight, bias)
        self.d_weight = np.broadcast_to(0.0, (2**18, 2**18))
        self.d_bias = [0.0] * 10**8


    Dense.__init__ = _init
''', IN_BOUNDS + "The gradients are checked for their shape before they are copied.")

resources("huge-error-text", r'''
    def _odd(*args):
        raise ValueError("e" * 500_000_000)


    _replace(_odd)
''', IN_BOUNDS + "The report holds more of the text than a few hundred characters.")

resources("huge-error-chain", r'''
    def _odd(*args):
        error = None
        for i in range(200_000):
            new = ValueError(f"error {i}")
            new.__cause__ = error
            error = new
        raise error


    _replace(_odd)
''', IN_BOUNDS + "Whoever formats the chain recurses or writes a million lines.")

resources("prints-much", r'''
    import sys


    def _print(*args):
        for _ in range(2000):  # 2 GB in all
            print("20 of 20 " * 55_000, flush=True)
            sys.stderr.write("x" * 500_000)
        return args[0], None


    _replace(_print)
''', IN_BOUNDS + "The grader keeps all of it, or a full pipe stops both for ever.")

resources("prints-slowly", r'''
    import time


    def _print(*args):
        for _ in range(1200):
            print(".", end="", flush=True)
            time.sleep(0.1)


    _replace(_print)
''', IN_BOUNDS + "Each sign of life renews the time limit.")

resources("prints-no-newline", r'''
    import os

    for _ in range(512):
        os.write(2, b"\xff" * 2**20)
''', IN_BOUNDS + "Half a gigabyte in one line that is not UTF-8, at import.")

resources("many-threads", r'''
    import threading
    import time

    try:
        for _ in range(2000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        pass
''', IN_BOUNDS + "Afterwards the user cannot start a process for a minute.")

resources("many-processes", r'''
    import os
    import time

    try:
        for _ in range(100):
            if os.fork() == 0:
                try:
                    os.setsid()
                    time.sleep(60)
                finally:
                    os._exit(0)
    except OSError:
        pass
''', IN_BOUNDS + "Any of the 100 processes is there when the grader is done.")

resources("holds-the-lock", r'''
    def _hold(*args):
        """One long operation in C (minutes), during which no handler of a signal is called."""
        return len(args[0]) ** (10**8), None


    _replace(_hold)
''', IN_BOUNDS + "A time limit in Python code of the same process cannot stop it.")

resources("fills-its-folder", r'''
    import os
    import tempfile

    if os.path.realpath(os.getcwd()).startswith(os.path.realpath(tempfile.gettempdir())):
        try:
            with open("red-large", "wb") as _file:
                for _ in range(512):
                    _file.write(bytes(2**20))
        except OSError:
            pass
        try:
            for _i in range(20_000):
                open(f"red-small-{_i}", "w").close()
        except OSError:
            pass
''', IN_BOUNDS + "512 MiB or 20,000 files could be written, or they are left behind.")

resources("folder-hard-to-remove", r'''
    import os
    import tempfile

    if os.path.realpath(os.getcwd()).startswith(os.path.realpath(tempfile.gettempdir())):
        _home = os.open(".", os.O_RDONLY)
        try:
            os.mkdir("red-locked")
            open("red-locked/file", "w").close()
            os.chmod("red-locked", 0)
            for _ in range(1500):
                os.mkdir("red-deep")
                os.chdir("red-deep")
        except OSError:
            pass
        os.fchdir(_home)
        os.close(_home)
''', IN_BOUNDS + "The scratch folder stays, or the grader fails when it removes it.")

resources("large-source", "x = 0\n" * 200_000,
          IN_BOUNDS + "A module of 200,000 lines: is its size checked?")

resources("large-constant", r'''
    BIG = ((("x" * 1000) * 1000) * 500)
    NEST = ''' + "(" * 150 + ")" * 150 + r'''
    globals().update({f"name_{i}": i for i in range(500_000)})
''', IN_BOUNDS + "Whoever lists the module's names or constants has much to do.")

resources("grows-in-del", r'''
    class _Phoenix:
        def __del__(self):
            _Phoenix()


    _wrap(lambda answer: (_Phoenix(), answer)[1])
''', IN_BOUNDS + "Deleting one makes the next: recursion in __del__, with warnings without end.")


# (c) reaching outside -----------------------------------------------------------------------------

outside("open-elsewhere", r'''
    import os

    def _write():
        with open("/tmp/red-marker-open-elsewhere", "w") as file:
            return file.write("written")

    _try("wrote in /tmp", _write)
    _try("appended to the target", lambda: open("/tmp/red-target", "a").close())
    _try("read /etc/passwd", lambda: len(open("/etc/passwd").read()))
    _try("read the target", lambda: len(open("/tmp/red-target").read()))
    _try("listed home", lambda: len(os.listdir(os.path.expanduser("~"))))
    _try("listed /tmp", lambda: len(os.listdir("/tmp")))
    _try("opened a terminal", lambda: open("/dev/tty").close())
''', REACHED + "/tmp has a new file, or files of the teacher could be read.")

outside("other-students", r'''
    import os

    def _others():
        here, found = os.path.realpath(__file__), []
        for root in (os.path.dirname(os.path.dirname(here)), os.getcwd(), ".."):
            for folder, folders, files in os.walk(root):
                if folder.count(os.sep) > root.count(os.sep) + 3:
                    folders.clear()
                found += [os.path.join(folder, f) for f in files
                          if f.endswith(".zip") or f in ("my_layers.py", "answers.md")]
        return [f for f in found if os.path.realpath(f) != here][0]

    _try("saw a file of another", _others)
''', REACHED + "the path of another student's file is told.")

outside("touch-target", r'''
    import os

    _try("utime", lambda: os.utime("/tmp/red-target", (1, 1)))
    _try("utime of folder", lambda: os.utime("/tmp/red-target/..", (1, 1)))
    _try("chmod", lambda: os.chmod("/tmp/red-target", 0o600))
    _try("chown", lambda: os.chown("/tmp/red-target", os.getuid(), os.getgid()))
    _try("setxattr", lambda: os.setxattr("/tmp/red-target", "user.red", b"1"))
    _try("link", lambda: os.link("/tmp/red-target", "/tmp/red-marker-touch-target-link"))
    _try("symlink", lambda: os.symlink("/tmp/red-target", "/tmp/red-marker-touch-target-soft"))
    _try("mkfifo", lambda: os.mkfifo("/tmp/red-marker-touch-target-fifo"))
    _try("mkdir", lambda: os.mkdir("/tmp/red-marker-touch-target-folder"))
''', REACHED + "time, mode, link count or attributes of /tmp/red-target are changed.")

outside("touch-by-handle", r'''
    import os

    def _through(path):
        handle = os.open(path, os.O_PATH)
        os.utime(f"/proc/self/fd/{handle}", (2, 2))
        os.chmod(f"/proc/self/fd/{handle}", 0o640)

    _try("by O_PATH", lambda: _through("/tmp/red-target"))
    _try("by /proc", lambda: _through("/proc/self/root/tmp/red-target"))
    _try("by own fd", lambda: _through("/dev/fd/../root/tmp/red-target"))
''', REACHED + "time or mode of /tmp/red-target are changed without its being opened to write.")

outside("links-in-folder", r'''
    import os
    import tempfile

    if os.path.realpath(os.getcwd()).startswith(os.path.realpath(tempfile.gettempdir())):
        for _name in ("report.html", "result.json", "results.csv", "feedback.md", "stdout", "core"):
            _try("linked", lambda: os.symlink("/tmp/red-target", _name))
        _try("linked a folder", lambda: os.symlink("/tmp", "__pycache__"))
''', "/tmp/red-target is overwritten or gone, or /tmp has new files: the grader followed a link.")

outside("unix-sockets", r'''
    import socket

    def _connect(address, kind=socket.SOCK_STREAM):
        with socket.socket(socket.AF_UNIX, kind) as line:
            line.settimeout(1)
            line.connect(address)
            line.send(b"red-reached unix-sockets\n")

    _try("pathname", lambda: _connect("/tmp/red-socket"))
    _try("pathname by /proc", lambda: _connect("/proc/self/root/tmp/red-socket"))
    _try("abstract", lambda: _connect("\0red-socket"))
    _try("datagram", lambda: _connect("\0red-socket", socket.SOCK_DGRAM))
''', REACHED + "the test's socket gets a connection.")

outside("listens", r'''
    import socket

    _KEPT = []

    def _listen(family, address):
        _KEPT.append(socket.socket(family))
        _KEPT[-1].bind(address)
        _KEPT[-1].listen()
        return _KEPT[-1].getsockname()

    _try("abstract", lambda: _listen(socket.AF_UNIX, "\0red-marker-listens"))
    _try("pathname", lambda: _listen(socket.AF_UNIX, "/tmp/red-marker-listens-socket"))
    _try("IPv4", lambda: _listen(socket.AF_INET, ("127.0.0.1", 0)))
    _try("IPv6", lambda: _listen(socket.AF_INET6, ("::1", 0)))
    _try("netlink", lambda: socket.socket(16, socket.SOCK_RAW, 0).fileno())
    _try("packet", lambda: socket.socket(17, socket.SOCK_RAW, 0).fileno())
    _try("vsock", lambda: socket.socket(40, socket.SOCK_STREAM).fileno())
    _try("kernel crypto", lambda: socket.socket(38, socket.SOCK_SEQPACKET, 0).fileno())
''', REACHED + "others on the machine can connect to the module while it runs.")

outside("system-v", LIBC + r'''
_KEY = 0x726564


def _memory():
    handle = _ok(_libc.shmget(_KEY, 4096, 0o1600))
    address = _ok(_libc.shmat(handle, None, 0))
    before = ctypes.string_at(address, 16)
    ctypes.memmove(address, b"red-marker-next", 16)
    return before


def _queue():
    handle = _ok(_libc.msgget(_KEY, 0o1600))
    message = ctypes.create_string_buffer(b"\1" + bytes(7) + b"red-marker-next")
    return _ok(_libc.msgsnd(handle, message, 15, 0o4000))


_try("shared memory", _memory)
_try("message queue", _queue)
_try("semaphores", lambda: _ok(_libc.semget(_KEY, 1, 0o1600)))
''', REACHED + "ipcs shows the key 0x726564, or a second run finds what the first left.")

outside("posix-ipc", LIBC + r'''
def _memory():
    from multiprocessing import resource_tracker, shared_memory
    resource_tracker.register = lambda *args: None
    try:
        block = shared_memory.SharedMemory("red-marker-shm", create=True, size=64)
    except FileExistsError:
        block = shared_memory.SharedMemory("red-marker-shm")
    before = bytes(block.buf[:6])
    block.buf[:6] = b"marker"
    return before


def _lock():
    import multiprocessing
    return multiprocessing.get_context("fork").Semaphore().acquire(False)


_try("shared memory", _memory)
_try("semaphore", lambda: _ok(_libc.sem_open(b"/red-marker-sem", os.O_CREAT, 0o600, 1)))
_try("multiprocessing semaphore", _lock)
if hasattr(_libc, "mq_open"):
    _try("message queue", lambda: _ok(_libc.mq_open(b"/red-marker-mq", os.O_CREAT | os.O_RDWR,
                                                    0o600, None)))
''', REACHED + "/dev/shm or /dev/mqueue has a red-marker, or a second run reads b'marker'.")

outside("file-locks", r'''
    import fcntl
    import os

    _KEPT = []

    def _open(path):
        _KEPT.append(os.open(path, os.O_RDONLY))
        return _KEPT[-1]

    for _path in ("/tmp/red-target", __file__, os.__file__, "/tmp"):
        _try(f"flock {_path}", lambda: fcntl.flock(_open(_path), fcntl.LOCK_EX | fcntl.LOCK_NB))
        _try(f"lockf {_path}", lambda: fcntl.lockf(_open(_path), fcntl.LOCK_SH | fcntl.LOCK_NB))
        _try(f"lease {_path}", lambda: fcntl.fcntl(_open(_path), fcntl.F_SETLEASE, fcntl.F_RDLCK))
        _try(f"notify {_path}", lambda: fcntl.fcntl(_open(_path), fcntl.F_NOTIFY, fcntl.DN_ACCESS))
''', REACHED + "the test cannot lock /tmp/red-target while the module runs.")

outside("libc-handles", LIBC + r'''
def _memfd():
    handle = _ok(_libc.memfd_create(b"red", 0))
    return os.write(handle, b"#!/bin/true")


_try("memfd", _memfd)
_try("inotify", lambda: _ok(_libc.inotify_add_watch(_ok(_libc.inotify_init1(0)), b"/tmp", 0xfff)))
_try("fanotify", lambda: _ok(_libc.fanotify_init(0x200, 0)))
_try("io_uring", lambda: _ok(_libc.syscall(425, 4, ctypes.create_string_buffer(120))))
_try("userfaultfd", lambda: _ok(_libc.syscall(282 if _ARM else 323, 1)))
_try("perf", lambda: _ok(_libc.syscall(241 if _ARM else 298, ctypes.create_string_buffer(
    b"\1\0\0\0\x70", 112), 0, -1, -1, 0)))
_try("bpf", lambda: _ok(_libc.syscall(280 if _ARM else 321, 0, ctypes.create_string_buffer(
    b"\2\0\0\0\4\0\0\0\4\0\0\0\1", 72), 72)))
_try("handle of a path", lambda: _ok(_libc.open_tree(-100, b"/tmp", 1)))
''', REACHED + "a kernel interface is open that no homework needs.")

outside("libc-self", LIBC + r'''
_try("not dumpable", lambda: _ok(_libc.prctl(4, 0, 0, 0, 0)))
_try("no signal when the parent dies", lambda: _ok(_libc.prctl(1, 0, 0, 0, 0)))
_try("subreaper", lambda: _ok(_libc.prctl(36, 1, 0, 0, 0)))
_try("name", lambda: _ok(_libc.prctl(15, b"20 of 20\n\x1b[2J", 0, 0, 0)))
_try("any tracer", lambda: _ok(_libc.prctl(0x59616d61, ctypes.c_ulong(2**64 - 1), 0, 0, 0)))
_try("new user namespace", lambda: _ok(_libc.unshare(0x10000000)))
_try("own session", os.setsid)
_try("own group", lambda: os.setpgid(0, 0))
_try("personality", lambda: _ok(_libc.personality(0x0040000)))
_try("all memory locked", lambda: _ok(_libc.mlockall(1)))
_try("round robin", lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)))
_try("less nice", lambda: os.nice(-5))
_try("spared by the killer", lambda: open("/proc/self/oom_score_adj", "w").write("-1"))
_try("umask", lambda: os.umask(0))
''', REACHED + "the process can no more be found or ended with its group, session or parent.")

outside("libc-parent", LIBC + r'''
import resource

_UP = os.getppid()


def _nicer():
    os.setpriority(os.PRIO_PROCESS, _UP, os.getpriority(os.PRIO_PROCESS, _UP) + 1)


def _fewer():
    cpus = os.sched_getaffinity(_UP)
    os.sched_setaffinity(_UP, set(sorted(cpus)[1:]) or cpus)


def _read():
    """Eight bytes of the parent's program, at the address where this process has its own."""
    class Piece(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
    with open(f"/proc/{_UP}/maps") as maps:
        start = int(maps.readline().split("-")[0], 16)
    here = ctypes.create_string_buffer(8)
    local, remote = Piece(ctypes.addressof(here), 8), Piece(start, 8)
    return _ok(_libc.process_vm_readv(_UP, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0))


_try("parent's priority", _nicer)
_try("parent's processors", _fewer)
_try("parent's limits", lambda: resource.prlimit(
    _UP, resource.RLIMIT_CORE, resource.prlimit(_UP, resource.RLIMIT_CORE)))
_try("parent's memory", _read)
_try("parent's memory file", lambda: open(f"/proc/{_UP}/mem", "rb").close())
_try("parent's files", lambda: os.listdir(f"/proc/{_UP}/fd"))
_try("parent's group", lambda: os.getpgid(_UP))
_try("handle of the parent", lambda: os.pidfd_open(_UP))
_try("parent's file 1", lambda: _ok(_libc.syscall(438, os.pidfd_open(_UP), 1, 0)))
''', REACHED + "nice value or affinity of the grader differ from before (set them back).")

outside("signals-parent", r'''
    import os
    import signal

    _try("signal 0", lambda: os.kill(os.getppid(), 0))
    _try("SIGURG", lambda: os.kill(os.getppid(), signal.SIGURG))
    _try("SIGURG to the group", lambda: os.killpg(0, signal.SIGURG))
    _try("SIGURG to the parent's group", lambda: os.killpg(os.getpgid(os.getppid()), signal.SIGURG))
''', REACHED + "a handler of SIGURG (ignored by default) in the grader's process is called.")

outside("ptrace", LIBC + r'''
import signal

_try("traced by the parent", lambda: _ok(_libc.ptrace(0, 0, None, None)))
if _TOLD:
    os.kill(os.getpid(), signal.SIGUSR1)
''', REACHED + "the grader waits for ever: its child has not ended but stopped, to be traced.")

outside("keyring", LIBC + r'''
_ADD, _FIND = (217, 218) if _ARM else (248, 249)
_try("key of an earlier run", lambda: _ok(_libc.syscall(_FIND, b"user", b"red-marker", None, -4)))
_try("key left", lambda: _ok(_libc.syscall(_ADD, b"user", b"red-marker", b"next", 4, -4)))
''', REACHED + "'key of an earlier run' is told in the second run.")

outside("processes", r'''
    import multiprocessing
    import os
    import subprocess
    import sys

    def _fork():
        child = os.fork()
        if child == 0:
            os._exit(0)
        return os.waitpid(child, 0)[1]

    def _pool():
        child = multiprocessing.get_context("fork").Process(target=int)
        child.start()
        child.join()
        return child.exitcode

    _try("fork", _fork)
    _try("spawn", lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1])
    _try("subprocess", lambda: subprocess.run([sys.executable, "-c", ""], timeout=20).returncode)
    _try("shell", lambda: os.system("exit 0"))
    _try("multiprocessing", _pool)
''', REACHED + "a process was started.")

outside("stays-behind", r'''
    import os
    import time

    def _leave():
        if os.fork() == 0:
            try:
                os.setsid()
                if os.fork() == 0:
                    for handle in range(256):
                        try:
                            os.close(handle)
                        except OSError:
                            pass
                    time.sleep(20)
                    with open("/tmp/red-marker-stays-behind-late", "w") as marker:
                        marker.write("still here")
            finally:
                os._exit(0)

    _try("left a daemon", _leave)
''', REACHED + "20 s later there is /tmp/red-marker-stays-behind-late.")

outside("holds-the-pipe", r'''
    import os
    import time

    def _leave():
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        os._exit(0)

    _try("left a child that holds the pipes open", _leave)
''', "The grader waits for 60 s for the end of a pipe whose other end a grandchild holds.")

outside("becomes-another", r'''
    import os
    import sys

    _try("exec", lambda: os.execv(sys.executable, [
        sys.executable, "-c", "print('red-reached becomes-another: 20 of 20')"]))
''', REACHED + "a new program ran in the child's place, with all its handles.")

outside("threads", r'''
    import _thread
    import threading
    import time

    def _late():
        time.sleep(1)
        _tell("a thread went on after the import")

    _try("thread", lambda: threading.Thread(target=_late, daemon=True).start())
    _try("low-level thread", lambda: _thread.start_new_thread(_late, ()))
''', REACHED + "(a thread as such does no harm) something was told after the verdict.")

outside("changes-limits", r'''
    import resource

    for _name in dir(resource):
        if _name.startswith("RLIMIT_"):
            _which = getattr(resource, _name)
            _hard = resource.getrlimit(_which)[1]
            _try(f"{_name} up to the hard limit", lambda: resource.setrlimit(
                _which, (_hard, _hard)))
            _try(f"{_name} off", lambda: resource.setrlimit(_which, (
                resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
''', REACHED + "'off' is told for a limit that the grader had set, so a hard limit was raised.")

outside("limits-to-zero", r'''
    import resource

    for _name in ("NOFILE", "FSIZE", "STACK", "AS", "NPROC", "CPU"):
        try:
            _which = getattr(resource, f"RLIMIT_{_name}")
            resource.setrlimit(_which, (1, resource.getrlimit(_which)[1]))
        except Exception:
            pass
''', "The grader fails or says 'time' for a module that took its own limits away.")

outside("reads-proc", r'''
    import glob
    import os

    def _read(path):
        with open(path, "rb") as file:
            return len(file.read(4096))

    def _canary(path):
        with open(path, "rb") as file:
            return [v for v in file.read().split(b"\0") if v.startswith(b"RED_CANARY=")][0]

    for _name in ("mounts", "net/unix", "net/tcp", "locks", "meminfo", "loadavg", "cmdline"):
        _try(f"/proc/{_name}", lambda: _read(f"/proc/{_name}"))
    _try("parent's command", lambda: _read(f"/proc/{os.getppid()}/cmdline"))
    _try("parent's canary", lambda: _canary(f"/proc/{os.getppid()}/environ"))
    _try("own first canary", lambda: _canary("/proc/self/environ"))
    _try("own files", lambda: [os.readlink(f) for f in glob.glob("/proc/self/fd/*")])
    _try("processes", lambda: len(glob.glob("/proc/[0-9]*")))
''', REACHED + "the canary, the teacher's processes or paths of inherited files are told.")

outside("environment", r'''
    import getpass
    import os
    import platform
    import sys

    _try("canary", lambda: os.environ["RED_CANARY"])
    _try("number of variables", lambda: len(os.environ))
    _try("home", lambda: os.environ["HOME"])
    _try("user", getpass.getuser)
    _try("machine", platform.node)
    _try("arguments", lambda: sys.orig_argv)
    _try("sudo", lambda: os.environ["SUDO_USER"])
''', REACHED + "the canary, or the teacher's name or home, is in the report that a student gets.")

outside("reads-stdin", r'''
    import sys

    _try("stdin", lambda: sys.stdin.buffer.raw.read(100))
    _try("input", lambda: input("Grade? "))
''', "The grader waits for a key, or takes what the teacher types.")

outside("for-the-next", r'''
    import os
    import tempfile

    for _folder in (os.getcwd(), os.path.dirname(os.path.abspath(__file__)),
                    tempfile.gettempdir(), "/var/tmp", "/dev/shm"):
        _path = os.path.join(_folder, "red-marker-for-the-next-note")
        _try(f"a note in {_folder}", lambda: open(_path).read())
        if _folder in (os.getcwd(), "/tmp"):
            _try(f"left a note in {_folder}", lambda: open(_path, "w").write("1.1: zeros"))
''', REACHED + "'a note in' is told when the module is run a second time.")

outside("pickled-answer", r'''
    class _Bomb:
        def __reduce__(self):
            return open, ("/tmp/red-marker-pickled-answer", "w")


    def _array(answer):
        bombs = np.empty(np.shape(answer), object)
        bombs[...] = _Bomb()
        return bombs


    for _cls in _LAYERS:
        _cls.forward = lambda self, x: (_array(x), _Bomb())
        _cls.backward = lambda self, dy, cache: _array(dy)
    binary_cross_entropy = lambda score, target: (_Bomb(), _array(score))
''', "The marker exists: the grader has unpickled an answer, so a module can run code in it.")

outside("pickled-error", r'''
    class _Bomb(Exception):
        def __reduce__(self):
            return open, ("/tmp/red-marker-pickled-error", "w")


    def _odd(*args):
        raise _Bomb("20 of 20")


    _replace(_odd)
''', "The marker exists: the grader has unpickled an error.")

outside("repr-in-parent", r'''
    import os


    class _Quoted(str):
        """Text that is code for whoever evaluates it, and a format for whoever formats it."""

        def __repr__(self):
            return "open('/tmp/red-marker-repr-in-parent', 'w')"

        __str__ = __repr__


    _wrap(lambda answer: _Quoted("{0.__class__} %s %n"))
''', "The marker exists: the grader has evaluated the text of an answer.")

outside("poisons-imports", r'''
    import os
    import tempfile

    if os.path.realpath(os.getcwd()).startswith(os.path.realpath(tempfile.gettempdir())):
        for _name in ("numpy", "json", "sitecustomize", "answers", "conftest"):
            def _write():
                with open(f"{_name}.py", "w") as file:
                    return file.write("open('/tmp/red-marker-poisons-imports', 'w')\n")
            if not os.path.exists(f"{_name}.py"):
                _try(f"wrote {_name}.py", _write)
''', "The marker exists after a second run: a module in the scratch folder was imported.")


# (d) words ----------------------------------------------------------------------------------------

SAID = "The report or terminal shows it as the grader's own: "

TEXTS = (
    ("verdict", r"ok\n\nTask 1.1 Dense: 5 of 5 points\nTotal: 20 of 20\n", "a line '20 of 20'."),
    ("ansi", r"\x1b[2J\x1b[H\x1b[32m20 of 20\x1b[0m\x1b[8m", "colour, a cleared screen."),
    ("ansi-links", r"\x1b]8;;http://example.invalid\x07click\x1b]8;;\x07\x1b]0;20 of 20\x07",
     "a link or a window title."),
    ("c1-controls", r"\x9b2J\x9b31m20 of 20\x85\x8d", "8-bit controls."),
    ("carriage-return", r"wrong answer\r20 of 20     \x08\x08\x0b\x0c", "the line is overwritten."),
    ("bidi", r"\u202e02 fo 02\u202c \u2066\u2067\u2069 \u061c", "the text runs backwards."),
    ("invisible", r"20\u200b of\u00a020\u2028Total: 20\u2029\ufeff\u180e\U000e0041",
     "hidden or line-breaking characters."),
    ("zalgo", r"2" + r"\u0301\u0336\u20dd" * 200 + r"0 of 20", "marks over neighbouring lines."),
    ("nul", r"20 of 20\x00hidden\x1a", "what stands after NUL is lost, or the file is cut."),
    ("html", r"</td></pre><script>alert(1)</script><img src=x onerror=alert(1)><b>20 of 20</b>",
     "unescaped tags in the HTML report."),
    ("html-entities", r"&lt;b&gt;20&amp;#160;of 20&zwj;<!-- ]]> -->' onload='x\" style=\"",
     "entities or attributes."),
    ("markdown", r"\n# 20 of 20\n\n| task | points |\n|---|---|\n| 1.1 | 5 |\n\n````\n```\n> *ok*",
     "a heading, a table, or a fence that ends the code block."),
    ("markdown-links", r"![x](http://example.invalid/x.png) [20 of 20](javascript:alert(1)) <u>",
     "an image that is loaded from outside, or a link."),
    ("csv-formula", r"=HYPERLINK(\"http://example.invalid\";\"20 of 20\")",
     "a cell that begins with = in the CSV table."),
    ("csv-cells", r"\",20,20\n\"eve\",\"20\",\"20\"\n@SUM(1)*20;+1;-1;\t=1", "new cells or rows."),
    ("latex", r"$\\frac{20$ \\input{/etc/passwd} \\write18{true} $$ \\( %", "mathematics."),
    ("templates", r"{points} {0} %s %(points)d ${points} {{ 7*7 }} [bold]20 of 20[/bold] `x`",
     "a filled-in template or markup, or a format error."),
    ("traceback",
     r"x\nTraceback (most recent call last):\n  File \"grader.py\", line 1\nKeyError: 20",
     "an internal error of the grader."),
    ("jsonish",
     r"\"}, \"1.1\": {\"points\": 5, \"ok\": true}, \"x\": {\"y\": \"\n{\"points\": 20}\n",
     "values in JSON."),
    ("yaml-and-mail",
     r"---\npoints: 20\n...\n\nSubject: 20 of 20\r\nBcc: x@example.invalid\r\n\r\n",
     "front matter or mail headers."),
    ("wide",
     r"\uff12\uff10 of \uff12\uff10 \U0001f3c6\U0001f468\u200d\U0001f469\u200d\U0001f467" * 9,
     "a table whose columns no longer fit."),
)

for _name, _text, _shown in TEXTS:
    words(f"error-{_name}", f'''
        def _odd(*args):
            raise ValueError("{_text}")


        _replace(_odd)
    ''', SAID + _shown)
    words(f"print-{_name}", f'''
        import sys

        print("{_text}", flush=True)


        def _say(answer):
            for stream in (sys.stdout, sys.stderr):
                print("{_text}", file=stream, flush=True)
            return answer


        _wrap(_say)
    ''', SAID + _shown)

words("import-error", r'''
    raise ImportError("\r\x1b[2K20 of 20", name="</script>", path="/\u202e")
''', SAID + "an error at import is shown with other care than one in a task.")

words("names-speak", r'''
    import re


    def _odd(*args):
        raise ValueError


    _odd.__code__ = _odd.__code__.replace(
        co_filename="\x1b[2J20 of 20\n", co_name="<b>20 of 20</b>", co_firstlineno=10**6)
    for _cls in _LAYERS:
        _cls.__qualname__ = _cls.__name__ = "\n20 of 20 \u202e"
    _replace(_odd)
''', SAID + "names of functions, classes or files come from the module, too.")

words("warning", r'''
    import warnings

    warnings.formatwarning = lambda *args, **kwargs: "20 of 20\n"
    _wrap(lambda answer: warnings.warn("\x1b[32m20 of 20", stacklevel=2) or answer)
    import logging
    logging.basicConfig(format="20 of 20 \x1b[2J")
    logging.error("20 of 20")
''', SAID + "a warning or log line.")

words("shape-speaks", r'''
    class _Shape(tuple):
        def __repr__(self):
            return "right\n20 of 20"

        __str__ = __format__ = lambda self, *args: "right\n20 of 20"


    class _Array(np.ndarray):
        shape = _Shape((1, 1))

        def __repr__(self):
            return "\x1b[32m20 of 20"

        __str__ = __repr__


    _wrap(lambda answer: np.zeros(1).view(_Array))
''', SAID + "'got shape ...' quotes what the answer says of itself.")

words("bytes-not-text", r'''
    import os

    os.write(1, b"\xff\xfe\x80 20 of 20 \xed\xa0\x80 \xf4\x90\x80\x80\n")
    os.write(2, "20 of 20".encode("utf-16"))
''', SAID + "output that is not UTF-8; or the grader fails with a UnicodeDecodeError.")
