"""What the tests of an assignment say of a number: which mistake made it, and how it reads."""

import numpy as np


def same(found, wanted, digits=10):
    """Equal to so many digits, number by number."""
    alike = np.shape(found) == np.shape(wanted)
    return alike and np.allclose(found, wanted, rtol=10.0**-digits, atol=0)


def listed(array):
    return ", ".join(f"{number:.10g}" for number in np.ravel(array))


def mistake(found, likely, digits=10):
    """The likely mistakes (words -> what each gives) that give what was found, two at most, or
    ""."""
    fits = [words for words, value in likely.items() if same(found, value, digits)]
    return ", or ".join(fits) if len(fits) <= 2 else ""


def without_overflow(function, *arrays, hint=""):
    """What function(*arrays) returns; nothing may overflow and no array may be changed."""
    before = [array.copy() for array in arrays]
    with np.errstate(all="raise", under="ignore"):
        try:
            found = function(*arrays)
        except FloatingPointError as error:
            raise AssertionError(f"{function.__name__} at -800 or 800: {error}{hint}") from None
    for array, was in zip(arrays, before, strict=True):
        assert np.array_equal(array, was), (
            f"{function.__name__} changed what it was given, {listed(was)}"
        )
    return found
