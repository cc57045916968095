"""Weights in safetensors files, which PyTorch's users read and write without pickle.

A safetensors file has no checksum of its own: `save` adds one, and `load` looks at it where there
is one.
"""

import hashlib
import json
from pathlib import Path

from gan_scratch.exchange.state_dict import from_state_dict, to_state_dict
from gan_scratch.files import whole_file

CHECKSUM = "sha256"


def save(model, path, sample_shape=None, prefix=""):
    """Write the model's state_dict to the safetensors file `path`, whole or not at all."""
    arrays = to_state_dict(model, sample_shape, prefix)
    safetensors = import_safetensors()
    try:
        content = safetensors.numpy.save(arrays, {"format": "pt", CHECKSUM: digest(arrays)})
    except safetensors.SafetensorError as error:
        raise ValueError(f"safetensors cannot hold this model: {error}") from error
    with whole_file(path) as file:
        file.write(content)


def load(model, path, sample_shape=None, prefix=""):
    """Copy the weights in the safetensors file `path` into the model, in place; with a `prefix`
    those whose names begin with it.

    The file may come from `save` or from PyTorch. ValueError, and nothing changed, where it is
    damaged (of PyTorch's files only the form shows that) or holds something else.
    """
    arrays = read(path)
    try:
        from_state_dict(model, arrays, sample_shape, prefix)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read(path):
    """name -> array of a safetensors file; ValueError unless it is one, whole."""
    safetensors = import_safetensors()
    content = Path(path).read_bytes()
    try:
        arrays = safetensors.numpy.load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except (safetensors.SafetensorError, ValueError) as error:
        raise ValueError(f"{path} is damaged or is no safetensors file: {error}") from error
    except KeyError as error:
        raise ValueError(f"{path} holds numbers of a type that NumPy lacks: {error}") from error
    checksum = (header.get("__metadata__") or {}).get(CHECKSUM)
    if checksum not in (None, digest(arrays)):
        raise ValueError(f"{path} is damaged: its checksum does not match")
    return arrays


def digest(arrays):
    """SHA-256 over names, dtypes, shapes and numbers."""
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def import_safetensors():
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "files for PyTorch need safetensors; run 'pip install gan_scratch[exchange]'"
        ) from None
    return safetensors
