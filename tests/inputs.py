"""Inputs of layers in tests: an array, or a pair of arrays for a layer that takes a condition."""


def each(function, x):
    """function(x), or of both parts of a pair; None stays None."""
    if isinstance(x, tuple):
        return tuple(each(function, part) for part in x)
    return None if x is None else function(x)


def given(*arrays):
    """The arrays in a row, those of pairs as well, without the Nones."""
    flat = []
    for array in arrays:
        flat += given(*array) if isinstance(array, tuple) else [] if array is None else [array]
    return flat


def is_labels(x):
    return not isinstance(x, tuple) and x.dtype.kind in "iu"
