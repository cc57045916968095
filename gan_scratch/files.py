"""Files that appear whole or not at all: who reads a file never meets half of it."""

import contextlib
import os
import pathlib
import re
import secrets

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


def clear_unfinished(folder):
    """Remove what a killed process left half-written in `folder`, where nobody else writes now."""
    for path in pathlib.Path(folder).glob(".*.part"):
        if UNFINISHED.fullmatch(path.name):
            path.unlink()
