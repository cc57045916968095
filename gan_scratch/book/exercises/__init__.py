"""The checks of the book's exercises: one file a chapter, one function an exercise.

    check("1.1", growth)        prints what is to be said of the reader's answer

A check is a function of the answer that returns None where it is right, and else one sentence that
says what is wrong, never what is right. It finds the truth by another way than the solution does:
by playing the game, by a numeric derivative, by a closed form.
"""

import importlib

import numpy as np

NAMES = (
    "dirac", "densities", "layer", "first_gan", "collapse", "objectives", "second_order",
    "convolution", "batch_norm",
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
        return judge(*answer)
    except Unanswered:
        return OPEN
    except Exception as error:  # whatever the reader's code does wrong is for the reader to see
        return f"your code raises {type(error).__name__}: {error}"


class Unanswered(Exception):
    """A function that gives back nothing: its body is still to be written."""


def check_of(number):
    chapter, _, index = number.partition(".")
    if chapter in CHAPTERS:
        module = importlib.import_module(f"{__name__}.{CHAPTERS[chapter]}")
        if index in module.CHECKS:
            return module.CHECKS[index]
    raise ValueError(f"there is no exercise {number!r} in the book")


def called(function, *arguments):
    """What the reader's function gives back, as an array; Unanswered where that is nothing."""
    result = function(*arguments)
    if result is None:
        raise Unanswered
    return np.asarray(result, "float64")


def differs(given, wanted, what, tolerance=1e-9):
    """A sentence where two arrays differ, else None."""
    given, wanted = np.asarray(given, "float64"), np.asarray(wanted, "float64")
    if given.shape != wanted.shape:
        return f"{what} has shape {given.shape} instead of {wanted.shape}"
    if not np.allclose(given, wanted, rtol=tolerance, atol=tolerance):
        off = np.abs(given - wanted).max()
        return f"{what} is off by {off:.2g}"
    return None
