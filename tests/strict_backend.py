"""A device where there is none: an array as strict as CuPy's, held by NumPy.

A StrictArray refuses what CuPy refuses, silent conversion to NumPy and NumPy arrays among its
operands, and, inside `no_waiting()`, whatever would make the host wait for a GPU.
"""

from contextlib import contextmanager

import numpy as np

from gan_scratch.backend import Backend, register_backend

_waiting_allowed = True


@contextmanager
def no_waiting():
    """Inside the block, reading a value on the host raises."""
    global _waiting_allowed
    _waiting_allowed = False
    try:
        yield
    finally:
        _waiting_allowed = True


def unwrap(value):
    if isinstance(value, StrictArray):
        return value._array
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array among strict ones")
    if isinstance(value, (tuple, list)):
        return type(value)(unwrap(item) for item in value)
    return value


def wrap(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return StrictArray(np.asarray(value))
    if isinstance(value, (tuple, list)):
        return type(value)(wrap(item) for item in value)
    return value


class StrictArray:
    __array_ufunc__ = None

    def __init__(self, array):
        self._array = array

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion of a strict array to NumPy")

    def __array_function__(self, *args, **kwargs):
        raise TypeError("a NumPy function was called on a strict array")

    def _wait(self):
        if not _waiting_allowed:
            raise AssertionError("this made the host wait for the device")
        return self._array

    def __float__(self):
        return float(self._wait())

    def __int__(self):
        return int(self._wait())

    def __bool__(self):
        return bool(self._wait())

    def item(self):
        return self._wait().item()

    def __len__(self):
        return len(self._array)

    def __getitem__(self, index):
        return wrap(self._array[unwrap(index)])

    def __setitem__(self, index, value):
        self._array[unwrap(index)] = unwrap(value)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self._array, name)
        if callable(value):
            return lambda *args, **kwargs: wrap(
                value(*unwrap(args), **{key: unwrap(item) for key, item in kwargs.items()})
            )
        return wrap(value) if isinstance(value, np.ndarray) else value

    def __reduce__(self):
        return StrictArray, (self._array,)


def _operator(name):
    def method(self, *others):
        result = getattr(self._array, name)(*unwrap(others))
        if name.startswith("__i") and name != "__invert__":
            return self
        return result if result is NotImplemented else wrap(result)

    return method


for _name in (
    "add sub mul truediv pow matmul radd rsub rmul rtruediv rpow rmatmul iadd isub imul itruediv "
    "neg abs lt le gt ge eq ne and or invert"
).split():
    setattr(StrictArray, f"__{_name}__", _operator(f"__{_name}__"))


class StrictModule:
    """NumPy's functions on strict arrays."""

    def asarray(self, array, dtype=None):
        if isinstance(array, StrictArray):
            return wrap(np.asarray(array._array, dtype=dtype))
        return wrap(np.array(array, dtype=dtype))

    def __getattr__(self, name):
        function = getattr(np, name)
        if isinstance(function, type) or not callable(function):
            return function
        return lambda *args, **kwargs: wrap(
            function(*unwrap(args), **{key: unwrap(item) for key, item in kwargs.items()})
        )


class StrictBackend(Backend):
    def to_numpy(self, array):
        return array._array.copy()


STRICT = StrictBackend("strict", StrictModule())
register_backend(StrictArray, STRICT)
