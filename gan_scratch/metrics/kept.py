"""Arrays that take long to make, kept in a file: 32 bytes of SHA-256, then an .npz."""

import hashlib
import io
from contextlib import suppress
from pathlib import Path

import numpy as np

from gan_scratch.files import whole_file


def kept(path, key, make):
    """(arrays, why they could not be kept or ""): what `make()` gives, a dict name -> array.

    They are read from `path` if they were kept there under the same `key`, text that names all they
    depend on. Otherwise, or if a single bit of the file is wrong, they are made and kept.
    """
    with suppress(OSError):
        content = Path(path).read_bytes()
        if hashlib.sha256(content[32:]).digest() == content[:32]:
            with np.load(io.BytesIO(content[32:]), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            if arrays.pop("key", "") == key:
                return arrays, ""
    arrays, stream = make(), io.BytesIO()
    np.savez(stream, key=np.array(key), **arrays)
    content = stream.getvalue()
    try:
        with whole_file(path) as file:
            file.write(hashlib.sha256(content).digest() + content)
    except OSError as error:
        return arrays, f"{path}: {error.strerror}"
    return arrays, ""
