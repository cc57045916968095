"""The two data sets that come with the package and need no network: "digits" and "fashion".

    digits   10,000 handwritten digits of MNIST: 9,000 to train on and 1,000 held out
    fashion   6,000 articles of Fashion-MNIST, 600 a class: 5,400 to train on and 600 held out

Both are grey, 28 by 28, in ten classes. Held out is every tenth image counted class by class, so
each class has the same share in both parts; the choice is fixed in the files. Within a part the
classes are spread evenly, so any stretch shows about the share of each. The files were made by
`tests/datasets/make_embedded.py`, and data/NOTICE.md names the authors and the licences.
"""

import dataclasses
import functools
import hashlib
import io
from pathlib import Path

import numpy

from gan_scratch.datasets.dataset import DataError, Dataset, checked_split, from_bytes

DIGIT_NAMES = tuple("0123456789")
FASHION_NAMES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)


@dataclasses.dataclass(frozen=True)
class Embedded:
    """One file under data/: its checksum, that of the arrays inside, and its class names."""

    file_name: str
    file_sha256: str
    arrays_sha256: str
    class_names: tuple


EMBEDDED = {
    "digits": Embedded(
        "digits.npz", "87fa6926655eec3e184f146a9b2830fed6e0d9871d0e512f9abdf8650f4dbe20",
        "0b9a6e4868bccfefdd4f1c23bf95fafa59765826cb36e6e1baf798bd1f3700ae", DIGIT_NAMES,
    ),
    "fashion": Embedded(
        "fashion.npz", "7c8734066f4d6f4a06b8eafc85cf4e864e36c511bd7e47c28960dfda72d043ca",
        "c3f63ad9573414c5bd774d35c114a3403429a265bb48202612d3d1a8499136ad", FASHION_NAMES,
    ),
}


def load_embedded(name, split="train", *, value_range=(-1, 1)):
    """The embedded data set `name`, "digits" or "fashion", as a `Dataset` of images and labels.

    `split` is "train", "held-out" or "all" (train, then held-out). Raises DataError where the
    file is missing or damaged.
    """
    checked_split(split)
    embedded = EMBEDDED[name]
    path = Path(__file__).with_name("data") / embedded.file_name
    with numpy.load(io.BytesIO(published(path, embedded.file_sha256))) as archive:
        arrays = dict(archive)
    parts = {"train": ["train"], "held-out": ["held_out"], "all": ["train", "held_out"]}[split]
    images = numpy.concatenate([arrays[f"{part}_images"] for part in parts])
    labels = numpy.concatenate([arrays[f"{part}_labels"] for part in parts])
    return Dataset(
        name, images=from_bytes(images[..., None], value_range), labels=labels,
        value_range=value_range, class_names=embedded.class_names,
    )


@functools.cache
def published(path, sha256):
    """The bytes of a file that comes with the package; DataError where it is not the one with this
    SHA-256, before anything is parsed."""
    try:
        content = path.read_bytes()
    except OSError as error:
        sentence = f"{path} cannot be read ({error.strerror}); install gan_scratch again"
        raise DataError(sentence) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(
            f"{path.name} is damaged: its SHA-256 is not that of the file that gan_scratch was "
            "published with; install gan_scratch again"
        )
    return content


def arrays_sha256(arrays):
    """SHA-256 of the arrays of a file, whatever way they were compressed."""
    sha256 = hashlib.sha256()
    for key, array in sorted(arrays.items()):
        sha256.update(f"{key} {array.dtype} {array.shape} ".encode())
        sha256.update(numpy.ascontiguousarray(array))
    return sha256.hexdigest()
