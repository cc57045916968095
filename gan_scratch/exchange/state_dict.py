"""A model's state_dict for PyTorch and back: all arrays of the model, or none.

Either way the walk says which arrays there are, how PyTorch names them and how it orders them.
"""

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.exchange.rules import RULES
from gan_scratch.exchange.walk import Walk

COUNTERS = "num_batches_tracked"  # PyTorch counts batches; nothing here depends on it
NAMED = 4  # names in an error, before "and more"


def to_state_dict(model, sample_shape=None, prefix=""):
    """name -> NumPy array for every parameter and buffer, as the twin in PyTorch names them, each
    name behind the `prefix`.

    The arrays are copies. Raises TypeError for a type of layer without a rule in RULES, and
    ValueError where the order of features is unknown (see `sample_shape` in the package's
    docstring) or where the twin would be another function, whatever its weights.
    """
    return {prefix + entry.name: entry.to_torch() for entry in entries_of(model, sample_shape)}


def from_state_dict(model, state_dict, sample_shape=None, prefix=""):
    """Copy the twin's `state_dict`, of NumPy arrays or tensors, into the model, in place.

    prefix="main." takes the entries whose names begin with that, and leaves the others alone: so a
    player comes out of a whole GAN's state_dict, or out of what DataParallel calls "module.".

    Nothing is changed unless every name and shape fits, and every dtype without loss; otherwise
    ValueError. `num_batches_tracked` is passed over.
    """
    if not hasattr(state_dict, "items"):
        raise TypeError(f"a state_dict is a dict name -> array, got {type(state_dict).__name__}")
    entries = entries_of(model, sample_shape)
    given = {
        name.removeprefix(prefix): array for name, array in state_dict.items()
        if name.startswith(prefix) and name.split(".")[-1] != COUNTERS
    }
    names = [entry.name for entry in entries]
    missing = [name for name in names if name not in given]
    unknown = [name for name in given if name not in names]
    if missing or unknown:
        raise ValueError(
            f"this state_dict is not one of this {type(model).__name__}: "
            f"missing {few(missing)}, unknown {few(unknown)}{elsewhere(names, state_dict, prefix)}"
        )
    arrays = [entry.from_torch(on_host(entry.name, given[entry.name])) for entry in entries]
    for first, second in in_two_places(entries):
        if not np.array_equal(arrays[first], arrays[second], equal_nan=True):
            raise ValueError(
                f"{names[first]} and {names[second]} are one array in this "
                f"{type(model).__name__}, and two that differ in this state_dict"
            )
    for entry, array in zip(entries, arrays, strict=True):
        value = entry.held.value
        value[...] = backend_of(value).asarray(array, dtype=value.dtype)


def entries_of(model, sample_shape):
    """The entries of every array of the model; one that stands in two places has two."""
    if not model.parameters() and not model.buffers():
        return []
    entries = Walk(RULES, sample_shape).through(model)
    for first, second in in_two_places(entries):
        if not np.array_equal(entries[first].index(), entries[second].index()):
            raise ValueError(
                f"{entries[first].name} and {entries[second].name} are one array, and in PyTorch "
                "its features would have to stand in two orders"
            )
    return entries


def in_two_places(entries):
    """(i, j) for each entry j whose array was entry i's before."""
    first = {}
    for j, entry in enumerate(entries):
        i = first.setdefault(id(entry.held), j)
        if i != j:
            yield i, j


def on_host(name, array):
    """A NumPy array or a tensor of PyTorch as a NumPy array; torch itself is not imported."""
    try:
        if hasattr(array, "detach"):
            return array.detach().cpu().numpy()
        return np.asarray(backend_of(array).to_numpy(array))
    except TypeError as error:
        raise ValueError(f"{name} in this state_dict is no array for NumPy: {error}") from error


def elsewhere(names, state_dict, prefix):
    """In words, another prefix behind which the state_dict has all the names, or that the prefix
    is none of its."""
    for known in state_dict if names else ():
        other = known.removesuffix(names[0])
        fits = state_dict.keys() >= {other + name for name in names}
        if fits and other.endswith(".") and other != prefix:
            number = "all" if all(name.startswith(other) for name in state_dict) else "some"
            return f"; {number} names begin with {other!r}: give prefix={other!r}"
    if any(name.startswith(prefix) for name in state_dict) or not prefix:
        return ""
    first_words = [*dict.fromkeys(name.split(".")[0] for name in state_dict)]
    return f"; no name begins with {prefix!r}, the first words are {few(first_words)}"


def few(names):
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}" if names else "nothing"
