"""Files that appear whole or not at all: who reads a file never meets half of it."""

import contextlib
import os
import pathlib
import secrets


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
        if isinstance(error, OSError) and str(error.filename) == str(unfinished):
            error.filename, error.filename2 = str(path), None  # what the caller has heard of
        raise
