"""Pictures and pages, whole or not at all: a viewer that reloads never meets half of one."""

import contextlib
import pathlib

from gan_scratch import files


@contextlib.contextmanager
def whole_file(path):
    """A binary stream as of `gan_scratch.files.whole_file`; missing folders are made."""
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    with files.whole_file(path) as stream:
        yield stream


def save_image(image, path, *, format="PNG", **options):
    """Write a Pillow `image` whole to `path`; `options` are those of Pillow's format."""
    with whole_file(path) as stream:
        image.save(stream, format=format, **options)
