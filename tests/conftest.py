"""Fixtures that every test may use, and how many processes share the tests."""

import os

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # one of several processes: BLAS gets one core of its own
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")

from gan_scratch.backend import get_backend  # noqa: E402
from gan_scratch.cli import main  # noqa: E402

MOST_PROCESSES = 4  # each holds PyTorch and takes seconds to collect the tests


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """What `-n auto` means: a process for each core, and none beside this one where tests are
    named, so that a few of them start at once and can be debugged."""
    if config.args_source is config.ArgsSource.ARGS:
        return 0
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()
    return min(cores, MOST_PROCESSES)


@pytest.fixture(
    params=["strict", pytest.param("cupy", marks=pytest.mark.gpu)]
)
def device(request):
    """A backend that is not NumPy: the strict test array, and CuPy where a GPU answers."""
    if request.param == "strict":
        from gan_scratch.testing import STRICT

        return STRICT
    try:
        return get_backend("cupy")
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture
def say(capsys):
    """Run a command; returns (exit code, stdout, stderr)."""

    def run(*words):
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
