"""What the words of an option stand for: types for argparse, each with a sentence of complaint."""

import os
from argparse import ArgumentTypeError
from reprlib import repr as shortened


def text(words):
    if not words:
        raise ArgumentTypeError("must not be empty")
    return words


def path(words):
    """A path as text, with ~ for the home folder."""
    return os.path.expanduser(text(words))


def whole(least, most):
    """The type of whole numbers from `least` to `most`."""
    return number(int, f"a whole number from {least:,} to {most:,}", lambda n: least <= n <= most)


def number(kind, wanted, fits):
    """The type of numbers for which `fits` holds; `wanted` says in words which these are."""

    def parse(words):
        try:
            value = kind(words)
        except ValueError:
            value = None
        if value is None or not fits(value):
            raise ArgumentTypeError(f"must be {wanted}, got {shortened(words)}")
        return value

    return parse


MOST = 10**9
count = whole(1, MOST)
seed = whole(0, 2**63 - 1)
processes = whole(1, 1024)
positive = number(float, "a finite number above 0", lambda value: 0 < value < float("inf"))
duration = f"a number of seconds above 0 and at most {MOST:,}"
seconds = number(float, duration, lambda value: 0 < value <= MOST)
