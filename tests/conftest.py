"""Fixtures that every test may use."""

import pytest

from gan_scratch.backend import get_backend
from gan_scratch.gradient_check import catalogue


@pytest.fixture(
    params=["strict", pytest.param("cupy", marks=pytest.mark.gpu)]
)
def device(request):
    """A backend that is not NumPy: the strict test array, and CuPy where a GPU answers."""
    if request.param == "strict":
        from strict_backend import STRICT

        return STRICT
    try:
        return get_backend("cupy")
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def library_reports():
    """The gradient check of everything in the library; it takes its time, so it is made once."""
    return list(catalogue.reports(seed=1))
