"""A device where there is none, for people who write layers and have no GPU.

    from gan_scratch.testing import runs_on_a_device

    def test_swish_runs_on_a_device():
        runs_on_a_device(Swish(), np.random.default_rng(0).standard_normal((5, 3)))

    AssertionError: Swish does not run on a device: line 12 of my_layers.py,
    `y = x / (1 + np.exp(-x))`: numpy.exp of an array of the device; call xp.exp with
    xp = gan_scratch.backend.array_module(x)

The device is an array as strict as CuPy's, held by NumPy. A StrictArray refuses silent conversion
to NumPy and NumPy arrays among its operands, and, inside `no_waiting()`, whatever would make the
host wait for a GPU. It also refuses numpy.exp(x), which CuPy would turn into cupy.exp(x). It cannot
know which of NumPy's functions CuPy lacks.
"""

import linecache
import traceback
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gan_scratch.backend import Backend, backend_of, register_backend
from gan_scratch.layers.layer import Layer

__all__ = ["STRICT", "StrictArray", "no_waiting", "runs_on_a_device"]

CLOSE = 1e-9  # relative and absolute: kernels of a device may add in another order
MODULE = "xp = gan_scratch.backend.array_module(x)"

_waiting_allowed = True


def runs_on_a_device(layer, x):
    """AssertionError unless every pass of a Layer runs on a device and gives what it gives here.

    `x` is an input as NumPy arrays: one, or a tuple for a layer of several, such as (samples,
    labels). Copies of the layer run in float64. The error names the line of the layer that mixed
    host and device and what to write instead, or the result that came out on the host or differs;
    inside `no_waiting()` also a line that waits, as a step on a GPU is fast only if none does.
    """
    if not isinstance(layer, Layer):
        raise TypeError(f"runs_on_a_device takes a Layer, got {type(layer).__name__}")
    here, it = layer.astype("float64"), type(layer).__name__
    there = here.to(STRICT)
    on_host = results(here, x, np.asarray)
    try:
        on_device = results(there, x, STRICT.asarray)
    except Exception as error:
        raise AssertionError(f"{it} does not run on a device: {line_of(error)}: {error}") from error
    for name, array in on_device.items():
        if backend_of(array) is not STRICT:
            raise AssertionError(f"{it} gives {name} as a NumPy array; make it with {MODULE}")
        array, wanted = STRICT.to_numpy(array), on_host[name]
        if array.shape != wanted.shape or not np.allclose(array, wanted, CLOSE, CLOSE, True):
            raise AssertionError(f"{it} gives another {name} on a device than on the host")


def results(layer, x, move):
    """name -> array, for all that the passes give. What flows in is drawn alike each time."""
    rng = np.random.default_rng(0)

    def moved(x):
        if isinstance(x, tuple):
            return tuple(map(moved, x))
        return move(x.astype("float64") if x.dtype.kind == "f" else x)

    def drawn(like):
        if isinstance(like, tuple):
            return tuple(map(drawn, like))
        if isinstance(like, dict):
            return {name: drawn(part) for name, part in like.items()}
        return move(rng.standard_normal(like.shape)) if like.dtype.kind == "f" else None

    x = moved(x)
    y, cache = layer.forward(x)
    dy = drawn(y)
    found = {"y": y, "y in inference": layer(x), "dx": layer.backward(dy, cache)}
    if layer.has_tangents:
        for parameter in layer.parameters().values():
            parameter.tangent = drawn(parameter.value)
        found["y_dot"], tangents = layer.tangent_forward(drawn(x), cache)
        found["dx again"], found["dx_dot"] = layer.tangent_backward(dy, drawn(y), cache, tangents)
    found |= {f"d {name}": parameter.gradient for name, parameter in layer.parameters().items()}
    for name in [name for name, value in found.items() if isinstance(value, (tuple, dict))]:
        parts = found.pop(name)
        parts = parts if isinstance(parts, dict) else dict(enumerate(parts))
        found |= {f"{name}[{key!r}]": part for key, part in parts.items()}
    return {name: array for name, array in found.items() if array is not None}


def line_of(error):
    """The innermost line, in words, in a file whose layer was at work when the error was raised."""
    frames = list(traceback.walk_tb(error.__traceback__))
    files = {
        frame.f_code.co_filename for frame, _ in frames
        if isinstance(frame.f_locals.get("self"), Layer)
    } - {Layer.expect.__code__.co_filename}  # which says what a layer found
    frame, number = ([it for it in frames if it[0].f_code.co_filename in files] or frames)[-1]
    path = frame.f_code.co_filename
    return f"line {number} of {Path(path).name}, `{linecache.getline(path, number).strip()}`"


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
        raise TypeError(
            f"a NumPy array meets an array of the device; make it with {MODULE}, or hand it over "
            "with gan_scratch.backend.backend_of(x).asarray(...)"
        )
    if isinstance(value, (tuple, list)):
        return type(value)(unwrap(item) for item in value)
    return value


def on_arrays(function):
    """The same function of strict arrays."""
    return lambda *args, **settings: wrap(
        function(*unwrap(args), **{name: unwrap(value) for name, value in settings.items()})
    )


def wrap(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return StrictArray(np.asarray(value))
    if isinstance(value, (tuple, list)):
        return type(value)(wrap(item) for item in value)
    return value


class StrictArray:
    """An array that CuPy would have on a GPU."""

    def __init__(self, array):
        self._array = array

    def __array__(self, *args, **kwargs):
        raise TypeError(f"an array of the device becomes one of NumPy; compute with {MODULE}")

    def __array_function__(self, function, *args):
        raise of_numpy(function)

    def __array_ufunc__(self, function, method, *inputs, **settings):
        inputs = unwrap(inputs)
        if not any(isinstance(item, np.generic) for item in inputs):  # the operator of a scalar
            raise of_numpy(function)
        return wrap(getattr(function, method)(*inputs, **settings))

    def _wait(self):
        if not _waiting_allowed:
            raise AssertionError("this made the host wait for the device")
        return self._array

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
            return on_arrays(value)
        return wrap(value) if isinstance(value, np.ndarray) else value

    def __reduce__(self):
        return StrictArray, (self._array,)


def of_numpy(function):
    name = function.__name__
    return TypeError(f"numpy.{name} of an array of the device; call xp.{name} with {MODULE}")


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
for _kind in (float, int, bool):
    setattr(StrictArray, f"__{_kind.__name__}__", lambda self, kind=_kind: kind(self._wait()))


class StrictModule:
    """NumPy's functions on strict arrays."""

    def asarray(self, array, dtype=None):
        if isinstance(array, StrictArray):
            return wrap(np.asarray(array._array, dtype=dtype))
        return wrap(np.array(array, dtype=dtype))

    def __getattr__(self, name):
        function = getattr(np, name)
        is_function = callable(function) and not isinstance(function, type)
        return on_arrays(function) if is_function else function


class StrictBackend(Backend):
    def to_numpy(self, array):
        return array._array.copy()


STRICT = StrictBackend("strict", StrictModule())
register_backend(StrictArray, STRICT)
