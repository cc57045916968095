"""Files that appear whole or not at all: who reads a file never meets half of it."""

import contextlib
import hashlib
import io
import os
import pathlib
import re
import secrets

import numpy

UNFINISHED = re.compile(r"\..+\.[0-9a-f]{8}\.part")  # as `whole_file` calls it


@contextlib.contextmanager
def whole_file(path, mode="wb", **options):
    """A stream whose content appears at `path` all together, when the block ends.

    `mode` is "wb" or "w"; `options` are those of `open`. If the block raises, a file that stood at
    `path` before stays as it was and nothing is left behind.
    """
    path = pathlib.Path(path)
    # In the same folder, because a file moves at one stroke only within a file system.
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(unfinished, mode, **options) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())  # else a power cut may leave an empty file of that name
        os.replace(unfinished, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        named = getattr(error, "filename", None) or unfinished  # a full disk names no file
        if getattr(error, "errno", None) and str(named) == str(unfinished):
            error.filename, error.filename2 = str(path), None  # what the caller has heard of
        raise


def kept(path, key, make):
    """(arrays, why they could not be kept or ""): what `make()` gives, a dict name -> array.

    They are read from `path` if they were kept there under the same `key`, text that names all they
    depend on. Otherwise, or if a single bit of the file is wrong, they are made and kept. The file
    is 32 bytes of SHA-256, then an .npz.
    """
    with contextlib.suppress(OSError):
        content = pathlib.Path(path).read_bytes()
        if hashlib.sha256(content[32:]).digest() == content[:32]:
            with numpy.load(io.BytesIO(content[32:]), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            if arrays.pop("key", "") == key:
                return arrays, ""
    arrays, stream = make(), io.BytesIO()
    numpy.savez(stream, key=numpy.array(key), **arrays)
    content = stream.getvalue()
    try:
        with whole_file(path) as file:
            file.write(hashlib.sha256(content).digest() + content)
    except OSError as error:
        return arrays, f"{path}: {error.strerror}"
    return arrays, ""


def clear_unfinished(folder):
    """Remove what a killed process left half-written in `folder`, where nobody else writes now."""
    for path in pathlib.Path(folder).glob(".*.part"):
        if UNFINISHED.fullmatch(path.name):
            path.unlink()
