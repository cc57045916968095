"""Data sets: embedded, downloaded, generated, or a folder of your own images.

    load("digits")                              10,000 digits that come with the package
    load("mnist", split="held-out")             the full set, downloaded once
    load("ring", rng=default_rng(0))            points drawn from a mixture of Gaussians
    load("my/photographs", size=64)             a folder of images
"""

import os

from gan_scratch.datasets.dataset import (
    SPLITS,
    Batches,
    DataError,
    Dataset,
    checked_split,
    from_bytes,
)
from gan_scratch.datasets.downloads import SOURCES, DownloadError, Source, load_download
from gan_scratch.datasets.embedded import EMBEDDED, load_embedded
from gan_scratch.datasets.folder import load_folder
from gan_scratch.datasets.mixtures import MIXTURES, Mixture, grid, ring, swiss_roll, two_moons
from gan_scratch.datasets.stacked import stacked_digits

__all__ = [
    "SPLITS",
    "Batches",
    "DataError",
    "Dataset",
    "DownloadError",
    "Mixture",
    "Source",
    "from_bytes",
    "grid",
    "load",
    "load_download",
    "load_embedded",
    "load_folder",
    "names",
    "ring",
    "stacked_digits",
    "swiss_roll",
    "two_moons",
]

POINTS_BY_DEFAULT = 10_000


def names():
    """The names that `load` knows: embedded, then downloaded, then generated data sets."""
    return (*EMBEDDED, *SOURCES, *MIXTURES)


def load(
    name, split="train", *, value_range=(-1, 1), count=None, rng=None, size=28, channels=None,
    cache=None,
):
    """The data set called `name`, or the images in the folder `name`, as a `Dataset`.

    split           "train", "held-out" or "all"; of a generated set each is freshly drawn
    value_range     (low, high) of images: (-1, 1) suits tanh, (0, 1) suits sigmoid
    count, rng      generated sets only: how many points (10,000 if not given), drawn from `rng`, a
                    `numpy.random.Generator`
    size, channels  folders only: see `load_folder`
    cache           downloaded sets only: a folder for the files, see `load_download`

    Raises ValueError for an unknown name, an unknown split and a setting that does not apply;
    TypeError for a generated set without `rng`; DataError and DownloadError where files fail.
    """
    checked_split(split)
    if name in MIXTURES:
        _refuse_settings(name, size=size != 28, channels=channels is not None)
        return MIXTURES[name](POINTS_BY_DEFAULT if count is None else count, rng)
    _refuse_settings(name, count=count is not None)
    if name in EMBEDDED:
        _refuse_settings(name, size=size != 28, channels=channels is not None)
        return load_embedded(name, split, value_range=value_range)
    if name in SOURCES:
        _refuse_settings(name, size=size != 28, channels=channels is not None)
        return load_download(name, split, value_range=value_range, cache=cache)
    if isinstance(name, os.PathLike) or (isinstance(name, str) and os.path.exists(name)):
        return load_folder(name, split, size=size, channels=channels, value_range=value_range)
    raise ValueError(
        f"unknown data set {name!r}; choose {', '.join(names())}, or give a folder of images"
    )


def _refuse_settings(name, **given):
    wrong = [setting for setting, is_given in given.items() if is_given]
    if wrong:
        raise ValueError(f"data set {str(name)!r} does not take {' or '.join(wrong)}")
