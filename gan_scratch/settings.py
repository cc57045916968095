"""Checks of settings: each passes a value through or raises one sentence that says what is wanted.

`owner` is the object that asks; its class is named in the sentence.
"""

import difflib
import math
import numbers

import numpy as np


def positive_integer(owner, name, value):
    """`value` as an int; ValueError unless it is a whole number ≥ 1."""
    return _whole(owner, name, value, 1, "a positive whole number")


def whole_number(owner, name, value):
    """`value` as an int; ValueError unless it is a whole number ≥ 0."""
    return _whole(owner, name, value, 0, "a whole number ≥ 0")


def _whole(owner, name, value, least, wanted):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{_name(owner)}{name} must be {wanted}, got {value!r}")
    return int(value)


def positive_integers(owner, name, value, count):
    """A tuple of `count` whole numbers ≥ 1: given one by one, or one for all."""
    return _each(positive_integer, owner, name, value, count)


def shape(owner, name, value):
    """A tuple of whole numbers ≥ 1: the sizes of all axes, or the one size of a vector."""
    sizes = value if isinstance(value, (tuple, list)) else (value,)
    return positive_integers(owner, name, sizes, len(sizes))


def whole_numbers(owner, name, value, count):
    """A tuple of `count` whole numbers ≥ 0: given one by one, or one for all."""
    return _each(whole_number, owner, name, value, count)


def _each(check, owner, name, value, count):
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    if len(values) != count:
        raise ValueError(f"{_name(owner)}{name} must be a number or {count} of them, got {value!r}")
    return tuple(check(owner, name, item) for item in values)


def number(owner, name, value, wanted, fits):
    """`value` as a float; ValueError unless it is a finite number for which `fits` holds.

    `wanted` says in words what fits: "a positive number".
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not math.isfinite(value) or not fits(value):
        raise ValueError(f"{_name(owner)}{name} must be {wanted}, got {value!r}")
    return float(value)


def positive(owner, name, value):
    return number(owner, name, value, "a positive number", lambda v: v > 0)


def not_negative(owner, name, value):
    return number(owner, name, value, "a finite number ≥ 0", lambda v: v >= 0)


def in_unit_interval(owner, name, value):
    """A share: in [0, 1)."""
    return number(owner, name, value, "in [0, 1)", lambda v: 0 <= v < 1)


def truth(owner, name, value):
    """`value` itself; ValueError unless it is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{_name(owner)}{name} must be true or false, got {value!r}")
    return value


def text(owner, name, value):
    """`value` itself; ValueError unless it is a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{_name(owner)}{name} must be a text, got {value!r}")
    return value


def each(owner, name, value, check, *more):
    """A tuple of any number of items, each of which passes `check`."""
    if not isinstance(value, (tuple, list)):
        raise ValueError(f"{_name(owner)}{name} must be a tuple, got {value!r}")
    return tuple(check(owner, name, item, *more) for item in value)


def generator(owner, rng):
    """`rng` itself; TypeError unless it is a numpy.random.Generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{_name(owner)}rng must be a numpy.random.Generator, as "
            f"numpy.random.default_rng(seed) gives, got {rng!r}"
        )
    return rng


def schedule(owner, function):
    """`function` itself; TypeError unless it is None or can be called with a progress."""
    if function is not None and not callable(function):
        raise TypeError(
            f"{_name(owner)}schedule must be a function of the progress, such as those of "
            f"gan_scratch.training.schedules, got {function!r}"
        )
    return function


def one_of(owner, name, value, options):
    """`value` itself; ValueError unless it is among `options`."""
    if value not in options:
        raise ValueError(
            f"{_name(owner)}unknown {name} {value!r}{did_you_mean(value, options)}; "
            f"choose one of {', '.join(map(str, options))}"
        )
    return value


def did_you_mean(word, options):
    """ " (did you mean that?)" where the word is nearly one of the options, else ""."""
    named = {str(option).lower(): option for option in options}
    near = isinstance(word, str) and difflib.get_close_matches(word.lower(), named, n=1)
    return f" (did you mean {named[near[0]]}?)" if near else ""


def _name(owner):
    return "" if owner is None else f"{type(owner).__name__}: "
