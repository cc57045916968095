"""The checks of the book's exercises: one file a chapter, one function an exercise.

    check("1.1", growth)        prints what is to be said of the reader's answer

A check is a function of the answer that raises Wrong, with one sentence that says what is wrong,
never what is right. It finds the truth by another way than the solution does: by playing the game,
by a numeric derivative, by a closed form.
"""

import importlib

import numpy as np

from gan_scratch.gradient_check.plain import Unusable

NAMES = (
    "dirac", "densities", "layer", "first_gan", "collapse", "objectives", "second_order",
    "convolution", "batch_norm", "how_good", "ill",
)  # fmt: skip
CHAPTERS = {str(number): name for number, name in enumerate(NAMES, start=1)}
OPEN = "not answered yet"


def check(number, *answer):
    """Say of an answer, a function or values, whether it is right."""
    print(f"Exercise {number}: {judged(number, *answer) or 'right.'}")


def judged(number, *answer):
    """None where the answer is right, else what is to be said of it."""
    if any(part is None or part is Ellipsis for part in answer):
        return OPEN
    judge = check_of(number)
    try:
        judge(*answer)
    except Unanswered:
        return OPEN
    except (Wrong, Unusable) as error:
        return str(error)
    except Exception as error:  # whatever the reader's code does wrong is for the reader to see
        return f"your code raises {type(error).__name__}: {error}"


class Unanswered(Exception):
    """A function that gives back nothing: its body is still to be written."""


class Wrong(Exception):
    """An answer that is wrong, or that no check can look at, with the sentence that says so."""


def check_of(number):
    chapter, _, index = number.partition(".")
    if chapter in CHAPTERS:
        module = importlib.import_module(f"{__name__}.{CHAPTERS[chapter]}")
        if index in module.CHECKS:
            return module.CHECKS[index]
    raise ValueError(f"there is no exercise {number!r} in the book")


def called(function, *arguments):
    """What the reader's function returns, as an array; Unanswered if it returns nothing.

    The function gets copies of arrays, so that one that writes into them changes no truth.
    """
    if not callable(function):
        raise Wrong(f"the answer must be a function, not {short(function)}")
    given = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    result = function(*given)
    if result is None:
        raise Unanswered
    return numbers(result)


def number(function, *arguments):
    """What the reader's function returns, as a float. An array or a list of one number will do."""
    return one(called(function, *arguments), "the function returns")


def one(value, what):
    """The only number of an array, as a float; Wrong if there are several. `what` begins the
    sentence that says so."""
    value = numbers(value)
    if value.size != 1:
        raise Wrong(f"{what} an array of shape {value.shape}, and one number is wanted")
    return float(value.item())


def numbers(value):
    """Anything that is made of real numbers, as an array of float64."""
    try:
        array = np.asarray(value)
        if np.iscomplexobj(array) and not array.imag.any():
            array = array.real
        if array.dtype.kind not in "biufO":  # text that reads as a number is no number
            raise TypeError
        return array.astype("float64")
    except (TypeError, ValueError):
        raise Wrong(f"numbers are wanted, not {short(value)}") from None


def short(value):
    """How a sentence names a value: in a few words."""
    words = repr(value)
    return words if len(words) <= 40 else f"{words[:37]}..."


def expect(given, wanted, what, tolerance=1e-9, hint=""):
    """Wrong where two arrays differ; `hint` ends the sentence."""
    given, wanted = numbers(given), numbers(wanted)
    if given.shape != wanted.shape:
        raise Wrong(f"{what} has shape {given.shape} instead of {wanted.shape}{hint}")
    if not np.allclose(given, wanted, rtol=tolerance, atol=tolerance):
        strange = given[~np.isfinite(given)]
        if strange.size:
            raise Wrong(f"{what} is {strange[0]}, which is no finite number{hint}")
        raise Wrong(f"{what} is off by {np.abs(given - wanted).max():.2g}{hint}")
