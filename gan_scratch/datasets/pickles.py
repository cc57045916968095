"""The pickles in which CIFAR is published, read so that nothing in them is run.

Unpickling calls whatever a pickle names, so one from somewhere else can run any program. Here the
few instructions and names that arrays and lists need are let through, and of these names none gets
what it stands for: a `Call` only notes what would be called.
"""

import io
import math
import pickle
import pickletools
import re

import numpy

from gan_scratch.datasets.dataset import DataError

LARGEST = 2**28  # bytes
LONGEST = 2_000_000  # instructions; CIFAR-100 has some 200,000
MOST_TUPLES = 100  # Python crashes on tuples in tuples in tuples, a million deep
INSTRUCTIONS = frozenset(
    "PROTO FRAME STOP MARK GLOBAL STACK_GLOBAL REDUCE BUILD NONE NEWTRUE NEWFALSE EMPTY_DICT "
    "EMPTY_LIST EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 APPEND APPENDS SETITEM SETITEMS BINPUT "
    "LONG_BINPUT MEMOIZE BINGET LONG_BINGET BININT BININT1 BININT2 LONG1 BINFLOAT BINSTRING "
    "SHORT_BINSTRING BINUNICODE SHORT_BINUNICODE BINBYTES SHORT_BINBYTES".split()
)
NAMES = re.compile(
    r"numpy\._?core\.multiarray\._reconstruct|numpy\.(ndarray|dtype)|_codecs\.encode"
)
SAVE = "save its arrays with numpy.savez(\"data.npz\", images=..., labels=...)"


class Call:
    """What a pickle would have called something with, and the state it would have given it."""

    def __init__(self, *arguments):
        self.arguments = arguments
        self.state = None

    def __setstate__(self, state):
        self.state = state


class _Inert(pickle.Unpickler):
    def find_class(self, module, name):
        if not NAMES.fullmatch(f"{module}.{name}"):
            raise DataError(f"asks for {ascii(f'{module}.{name}')[:80]}")
        return lambda *arguments: Call(*arguments)  # a new one, as a pickle may set its attributes


def read(content, name):
    """The dict of lists, strings, numbers and `Call`s in `content`, the bytes of a pickle.

    Raises DataError, with the file's `name` in the sentence, for any other or damaged pickle.
    """
    tuples, why = 0, "holds something else"
    try:
        if len(content) > LARGEST:
            raise DataError("is too large or too deep")
        # Before it is read: a number in a pickle can ask for any amount of memory.
        for count, (code, value, _) in enumerate(pickletools.genops(content)):
            tuples += code.name.startswith("TUPLE")
            if code.name not in INSTRUCTIONS:
                raise DataError(f"holds the instruction {code.name}")
            if max(count, value if "PUT" in code.name else 0) > LONGEST or tuples > MOST_TUPLES:
                raise DataError("is too large or too deep")
        found = _Inert(io.BytesIO(content), encoding="latin-1").load()
        if isinstance(found, dict):
            return found
    except Exception as error:  # of a damaged file it may be anything
        why = error if isinstance(error, DataError) else "is damaged"
    raise DataError(
        f"{name} is a pickle that {why}; a pickle can run any program, so none but CIFAR's batches "
        f"are read: if you trust it, open it and {SAVE}"
    )


def array(call, name):
    """The array of bytes that a `Call` of NumPy's would make; DataError where it is none."""
    try:
        _, shape, dtype, fortran, content = call.state
        if isinstance(content, Call):  # Python 3 writes for Python 2: encode(text, "latin1")
            content = content.arguments[0]
        if isinstance(content, str):
            content = content.encode("latin-1")
        if dtype.arguments[0] == "u1" and min(shape) > 0 and math.prod(shape) == len(content):
            order = "F" if fortran else "C"
            return numpy.frombuffer(content, numpy.uint8).reshape(shape, order=order)
    except Exception:  # of a damaged file it may be anything
        pass
    raise DataError(f"{name} has no array of bytes where CIFAR's batches have one: {SAVE}")
