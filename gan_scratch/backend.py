"""Which array library an array belongs to; creating, moving and synchronising arrays.

The backend follows the data. A layer writes plain array formulas, and where it needs a function it
asks the data: `xp = array_module(x)`. There is no global switch. CuPy is imported only when
somebody asks for it.
"""

import sys

import numpy


class Backend:
    """Creates arrays in one library, moves them there and back, and waits for its device.

    `name` is what a person types, `xp` the array library's module.
    """

    def __init__(self, name, xp):
        self.name = name
        self.xp = xp

    def asarray(self, array, dtype=None):
        """`array` (of NumPy or of this backend) as an array of this backend."""
        return self.xp.asarray(array, dtype=dtype)

    def to_numpy(self, array):
        """`array` of this backend as a NumPy array."""
        return numpy.asarray(array)

    def synchronize(self):
        """Return when all work given to the device is done."""

    def __repr__(self):
        return f"<backend {self.name}>"

    def __deepcopy__(self, memo):
        return self


class CuPyBackend(Backend):
    """CuPy: NumPy's interface on an NVIDIA or AMD GPU."""

    def to_numpy(self, array):
        return self.xp.asnumpy(array)

    def synchronize(self):
        self.xp.cuda.get_current_stream().synchronize()


_NUMPY = Backend("numpy", numpy)
_by_array_type = {numpy.ndarray: _NUMPY}


def register_backend(array_type, backend):
    """Make arrays of `array_type` known, so that layers compute on them with `backend.xp`."""
    _by_array_type[array_type] = backend


def backend_of(*arrays):
    """The backend that all `arrays` belong to; None among them is passed over.

    Raises TypeError for something that is no array, and for arrays of two backends in one call.
    """
    found = None
    for array in arrays:
        if array is None:
            continue
        backend = _by_array_type.get(type(array)) or _recognise(array)
        if found is not None and backend is not found:
            raise TypeError(
                f"arrays of two backends in one call: {found.name} and {backend.name}; "
                f"move one of them with get_backend({found.name!r}).asarray(...)"
            )
        found = backend
    return found or _NUMPY


def array_module(*arrays):
    """The module (numpy, cupy, ...) whose functions take `arrays`."""
    return backend_of(*arrays).xp


def _recognise(array):
    """The backend of an array whose type was not seen before."""
    if isinstance(array, (numpy.ndarray, numpy.generic)):
        return _NUMPY
    cupy = sys.modules.get("cupy")
    if cupy is not None and isinstance(array, cupy.ndarray):
        return _cupy_backend(cupy)
    raise TypeError(f"expected an array of NumPy or CuPy, got {type(array).__name__}")


def _cupy_backend(cupy):
    backend = _by_array_type.get(cupy.ndarray)
    if backend is None:
        backend = CuPyBackend("cupy", cupy)
        register_backend(cupy.ndarray, backend)
    return backend


def get_backend(name="auto"):
    """The backend "numpy" or "cupy"; "auto" takes CuPy where it works and NumPy elsewhere.

    "cupy" without a usable GPU raises RuntimeError, in one line that says what is missing and
    what to install. An unknown name raises ValueError.
    """
    if isinstance(name, Backend):
        return name
    if name == "numpy":
        return _NUMPY
    if name not in ("cupy", "auto"):
        raise ValueError(f"unknown backend {name!r}; choose numpy, cupy or auto")
    cupy, missing = _working_cupy()
    if cupy is not None:
        return _cupy_backend(cupy)
    if name == "auto":
        return _NUMPY
    raise RuntimeError(f"backend cupy cannot be used: {missing}")


def _working_cupy():
    """(cupy, None) where it computes, else (None, what is missing).

    `import cupy` succeeds without a GPU and the first array raises, so one tiny kernel and one
    random draw find out.
    """
    try:
        import cupy
    except ImportError:
        return None, (
            "CuPy is not installed; for a GPU with CUDA 12 run "
            "'pip install gan_scratch[cuda12]', with CUDA 13 'pip install gan_scratch[cuda13]'"
        )
    try:
        float((cupy.arange(3, dtype="float32") * 2).sum())
        float(cupy.random.standard_normal(1)[0])
    except Exception as error:  # CuPy raises a different type for each thing that may be missing
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        return None, (
            f"CuPy is installed but no GPU answers ({reason}); it needs an NVIDIA driver and a "
            "CUDA runtime of CuPy's version"
        )
    return cupy, None
