"""How things print: `Name(what it was made with)`, read from the constructor's signature.

An argument is shown where an attribute of its name holds plain data: numbers, words, tuples of
these, functions by their name. So a class need not say how it prints.
"""

import dataclasses
import inspect
import numbers
import re
import textwrap
import types

WIDTH = 80  # of what still stands on one line
# Values that are not said where they are the default.
GOES_UNSAID = {"None", "False", "True", "0", "1", "0.0", "1.0", "'zeros'"}


def shown(thing, words=None, parts=None):
    """`Name(words, parts)`, or with a line for each of the parts, by its name, where that is long.

    `words` are the arguments where none are given; `parts` is name -> words.
    """
    name, parts = type(thing).__name__, parts or {}
    words = arguments(thing) if words is None else words
    line = f"{name}({', '.join([*words, *parts.values()])})"
    if not parts or len(line) <= WIDTH:
        return line
    lines = "\n".join(f"({part}): {inside}" for part, inside in parts.items())
    head = f"{', '.join(words)}," if words else ""
    return f"{name}({head}\n{textwrap.indent(lines, '  ')}\n)"


def arguments(thing):
    """The constructor's arguments in words; the first two, which tell sizes or a strength, without
    their names where they have no default."""
    words, by_position = [], True
    for index, (name, argument) in enumerate(inspect.signature(type(thing)).parameters.items()):
        default, value = argument.default, getattr(thing, name, argument.empty)
        if isinstance(default, bool) and value is not argument.empty:
            value = bool(value)  # a bias is there or not
        by_position &= index < 2 and default is argument.empty
        said, usual = written(value), written(default)
        if said is None or usual in GOES_UNSAID and {*re.findall(r"[^(), ]+", said)} == {usual}:
            by_position = False
        else:
            words.append(said if by_position else f"{name}={said}")
    return words


def written(value):
    """Plain data as one writes it; None for what is not plain."""
    if value is None or isinstance(value, (bool, str)):
        return repr(value)
    if isinstance(value, numbers.Real):
        return str(value if isinstance(value, numbers.Integral) else float(f"{value:.6g}"))
    if isinstance(value, types.FunctionType):
        return value.__name__
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return shown(value)
    items = [written(item) for item in value] if isinstance(value, (tuple, list)) else []
    if not items or None in items:
        return None
    items = [re.sub(r"^\((\d+), \1\)$", r"\1", item) for item in items]  # as wide on both sides
    return f"({', '.join(items)}{',' * (len(items) == 1)})"


def amount(parameters):
    """ "400,256 numbers in 6 parameters", of a dict name -> Parameter."""
    held = {id(parameter): parameter for parameter in parameters.values()}.values()
    count = sum(parameter.value.size for parameter in held)
    return f"{count:,} numbers in {len(held)} parameter{'s' * (len(held) != 1)}"
