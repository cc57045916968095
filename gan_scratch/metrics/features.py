"""Features: the numbers by which samples are compared.

    points                      their coordinates
    digits and clothes          the last hidden layer of the package's own classifier, 64 numbers
    all other images            their values, through a fixed random projection onto 64 numbers

A projection onto random directions keeps distances up to a factor that is the same for all pairs on
average (Johnson and Lindenstrauss 1984). It knows nothing of what the images show: two digits that
look alike to us may be far apart.
"""

import math

import numpy as np

from gan_scratch.datasets.dataset import from_bytes
from gan_scratch.metrics.classifier import IMAGE_SHAPE, JUDGES, load_classifier

PROJECTED = 64
BLOCK = 512  # images that are projected together


class Features:
    """samples (N, ...) -> features (N, F) in float32.

    words           what they are, for people
    classifier      the Classifier that gives them, or None
    """

    def __init__(self, words, of, classifier=None):
        self.words, self._of, self.classifier = words, of, classifier

    def __call__(self, samples):
        blocks = [samples[start : start + BLOCK] for start in range(0, len(samples), BLOCK)]
        return np.concatenate([self._of(block) for block in blocks]).astype("float32", copy=False)


def features_for(sample_shape, data_name=""):
    """The `Features` for samples of this shape; `data_name` is the name of their data set."""
    sample_shape = tuple(sample_shape)
    if data_name in JUDGES and sample_shape == IMAGE_SHAPE:
        name = JUDGES[data_name]
        classifier = load_classifier(name)
        return Features(f"features of the {name} classifier", classifier.features, classifier)
    size = math.prod(sample_shape)
    if size <= PROJECTED:
        return Features("the values themselves", rows)
    axes = np.random.default_rng(0).standard_normal((size, PROJECTED)) / math.sqrt(PROJECTED)
    axes = axes.astype("float32")
    words = f"{size:,} raw values through a fixed random projection onto {PROJECTED}"
    return Features(words, lambda samples: rows(samples) @ axes)


def rows(samples):
    """(N, ...) as (N, D) in float32; bytes as the values in [0, 1] that they stand for."""
    values = from_bytes(samples, (0, 1)) if samples.dtype == np.uint8 else samples
    return values.reshape(len(values), -1).astype("float32", copy=False)


def two_sets(a, b, least, figure):
    """a (N, D), b (M, D) in float64; ValueError if they are not what the `figure` can be had of."""
    a, b = (np.asarray(features, "float64") for features in (a, b))
    if a.ndim != 2 or a.shape[1:] != b.shape[1:] or not a.size or min(len(a), len(b)) < least:
        raise ValueError(
            f"{figure} takes features (N, D) and (M, D), N and M at least {least}, "
            f"got {a.shape} and {b.shape}"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError(f"{figure} takes finite features, got nan or infinity")
    return a, b
