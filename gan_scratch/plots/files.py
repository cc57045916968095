"""Files that appear whole or not at all: a viewer that reloads never meets half a picture."""

import contextlib
import os
import pathlib
import secrets


@contextlib.contextmanager
def whole_file(path):
    """A binary stream whose bytes appear at `path` together, when the block ends.

    If the block raises, a file that stood at `path` before stays as it was and nothing is left
    behind. Missing folders are made.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, because a file moves at one stroke only within a file system.
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(unfinished, "xb") as stream:
            yield stream
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def save_image(image, path, *, format="PNG", **options):
    """Write a Pillow `image` whole to `path`; `options` are those of Pillow's format."""
    with whole_file(path) as stream:
        image.save(stream, format=format, **options)
