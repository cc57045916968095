"""Which array library an array belongs to, and what a missing GPU says."""

import sys

import numpy as np
import pytest

from gan_scratch.backend import array_module, backend_of, get_backend
from gan_scratch.testing import STRICT, StrictArray, no_waiting


def test_numpy_arrays_and_scalars_belong_to_numpy():
    assert array_module(np.ones(2)) is np
    assert array_module(np.float32(1), None, np.ones(1)) is np
    assert backend_of(np.ones(2).view(np.memmap)).name == "numpy"


def test_two_backends_in_one_call_raise():
    with pytest.raises(TypeError, match="two backends in one call: numpy and strict"):
        backend_of(np.ones(2), STRICT.asarray(np.ones(2)))


@pytest.mark.parametrize("thing", [[1.0], 1.0, "x"])
def test_what_is_no_array_is_named(thing):
    with pytest.raises(TypeError, match=f"got {type(thing).__name__}"):
        array_module(thing)


def test_backends_by_name():
    assert get_backend("numpy").name == "numpy"
    assert get_backend(STRICT) is STRICT
    with pytest.raises(ValueError, match="unknown backend 'tpu'; choose numpy, cupy or auto"):
        get_backend("tpu")


def test_without_cupy_auto_is_numpy_and_cupy_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert get_backend("auto").name == "numpy"
    with pytest.raises(RuntimeError, match=r"CuPy is not installed.*gan_scratch\[cuda12\]") as info:
        get_backend("cupy")
    assert "\n" not in str(info.value)


def test_cupy_without_a_gpu_says_so(monkeypatch):
    """`import cupy` succeeds without a GPU, and the first array raises."""

    class DriverError(Exception):
        pass

    class NoDevice:
        ndarray = type("ndarray", (), {})

        def arange(self, *args, **kwargs):
            raise DriverError("cudaErrorNoDevice: no CUDA-capable device is detected\nmore")

    monkeypatch.setitem(sys.modules, "cupy", NoDevice())
    assert get_backend("auto").name == "numpy"
    with pytest.raises(RuntimeError, match="no GPU answers .cudaErrorNoDevice") as info:
        get_backend("cupy")
    assert "\n" not in str(info.value)


def test_moving_there_and_back(device):
    array = np.arange(6, dtype="float32").reshape(2, 3)
    there = device.asarray(array)
    assert backend_of(there) is device
    assert array_module(there) is device.xp
    np.testing.assert_array_equal(device.to_numpy(there), array)
    assert device.asarray(there, dtype="float64").dtype == "float64"
    device.synchronize()


class TestStrictArray:
    """The stand-in for a device must be as strict as one, or it guards nothing."""

    array = StrictArray(np.arange(4.0))

    def test_refuses_numpy_arrays(self):
        with pytest.raises(TypeError):
            self.array + np.ones(4)
        with pytest.raises(TypeError):
            np.ones(4) + self.array
        with pytest.raises(TypeError):
            STRICT.xp.maximum(self.array, np.ones(4))

    def test_refuses_silent_conversion(self):
        for convert in (np.asarray, np.exp, np.sum):
            with pytest.raises(TypeError):
                convert(self.array)

    def test_notices_waiting(self):
        assert float(self.array.sum()) == 6
        with no_waiting(), pytest.raises(AssertionError, match="host wait"):
            float(self.array.sum())
        with no_waiting(), pytest.raises(AssertionError, match="host wait"):
            bool((self.array > 1).all())

    def test_computes_in_place_and_through_views(self):
        array = StrictArray(np.zeros((2, 2)))
        view = array.reshape(4)[1:3]
        view += 2.0
        array[0, 0] = StrictArray(np.asarray(5.0))
        assert STRICT.to_numpy(array).tolist() == [[5.0, 2.0], [2.0, 0.0]]
