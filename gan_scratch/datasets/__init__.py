"""Data sets: embedded, downloaded, generated, or a folder of your own images.

    load("digits")                              10,000 digits that come with the package
    load("mnist", split="held-out")             the full set, downloaded once
    load("ring", rng=default_rng(0))            points drawn from a mixture of Gaussians
    load("my/photographs", size=64)             a folder of images
"""

import os
import warnings

from gan_scratch.datasets import dataset
from gan_scratch.datasets.dataset import SPLITS, Batches, DataError, Dataset, from_bytes
from gan_scratch.datasets.downloads import SOURCES, DownloadError, Source, load_download
from gan_scratch.datasets.embedded import EMBEDDED, load_embedded
from gan_scratch.datasets.mixtures import MIXTURES, Mixture, grid, ring, swiss_roll, two_moons
from gan_scratch.datasets.reading import Reading
from gan_scratch.datasets.stacked import stacked_digits

__all__ = [
    "SPLITS", "Batches", "DataError", "Dataset", "DownloadError", "Mixture", "Reading",
    "Source", "from_bytes", "grid", "load", "load_download", "load_embedded", "load_folder",
    "names", "ring", "stacked_digits", "swiss_roll", "two_moons",
]  # fmt: skip

POINTS_BY_DEFAULT = 10_000


def names():
    """The names that `load` knows: embedded, then downloaded, then generated data sets."""
    return (*EMBEDDED, *SOURCES, *MIXTURES)


def load(name, split="train", *, value_range=(-1, 1), count=None, rng=None, cache=None, **reading):
    """The data set called `name`, or your own data in the folder or file `name`, as a `Dataset`.

    split        "train", "held-out" or "all"; of a generated set each is freshly drawn
    value_range  (low, high) of images: (-1, 1) suits tanh, (0, 1) suits sigmoid
    count, rng   generated sets only: how many points (10,000 if not given), drawn from `rng`, a
                 `numpy.random.Generator`
    cache        downloaded sets only: a folder for the files, see `load_download`
    reading      your own data only: size, channels, fit, stretch and draft, see `load_folder`

    Raises ValueError for an unknown name, an unknown split and a setting that does not apply;
    TypeError for a generated set without `rng`; DataError and DownloadError where files fail.
    """
    dataset.checked_split(split)
    if name in names():
        _refuse_settings(name, reading)
    if name in MIXTURES:
        return MIXTURES[name](POINTS_BY_DEFAULT if count is None else count, rng)
    _refuse_settings(name, {"count": count})
    if name in EMBEDDED:
        return load_embedded(name, split, value_range=value_range)
    if name in SOURCES:
        return load_download(name, split, value_range=value_range, cache=cache)
    if isinstance(name, os.PathLike) or (isinstance(name, str) and os.path.exists(name)):
        return _load_own(name, split, value_range, reading)
    raise ValueError(
        f"unknown data set {name!r}; choose {', '.join(names())}, or give a folder of images"
    )


def load_folder(path, split="train", *, size=28, channels=None, value_range=(-1, 1), **others):
    """The pictures in the folder `path` and below it as a `Dataset` of (N, size, size, C) images.

    They are taken in the order of their relative names, which is the same on every system, and
    resized with a Lanczos filter. The orientation that a camera noted (EXIF) is honoured,
    transparent parts are laid on white, and of an animation the first picture is taken.

    split        "held-out", "train" or "all". The folders train, test and such at the top decide;
                 without them every tenth picture is held out
    size, channels, others  see `Reading`
    value_range  0 becomes its low end and 255 its high end

    If all pictures lie in subfolders, the subfolders directly below `path` (or below train and
    test) are the classes: their names in order are `class_names`, and `labels` says which one each
    picture is from.

    Pictures that cannot be read are left out, with one UserWarning that names up to five of them.
    Raises ValueError for a path without a readable picture, and a split without one.
    """
    return _load_own(path, split, value_range, {"size": size, "channels": channels, **others})


def _load_own(path, split, value_range, settings):
    from gan_scratch.datasets import own  # not before it is needed: Pillow comes with it

    dataset.checked_split(split)
    dataset.checked_value_range(value_range)
    data = own.find(path, Reading(**settings)).read()
    if warning := data.account.warning():
        warnings.warn(f"{data.name}: {warning}", UserWarning, stacklevel=3)
    return data.dataset(split, value_range)


def _refuse_settings(name, given):
    if wrong := [setting for setting, value in given.items() if value is not None]:
        raise ValueError(f"data set {str(name)!r} does not take {' or '.join(wrong)}")
