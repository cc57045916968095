"""Stacked digits: independent digits as the channels of one image, so that there are 10, 100 or
1,000 equally likely modes that a classifier can tell (Metz et al. 2017; PacGAN, Lin et al. 2018).
"""

import numpy

from gan_scratch import settings
from gan_scratch.datasets.dataset import Dataset
from gan_scratch.datasets.embedded import load_embedded


def stacked_digits(count, rng, *, digits=3, value_range=(0, 1), split="train"):
    """`count` images (28, 28, digits), each channel an embedded digit drawn independently.

    The label reads the channels as one number: channel 0 is its leading digit.
    """
    settings.generator(None, rng)
    count = settings.positive_integer(None, "count", count)
    digits = settings.positive_integer(None, "digits", digits)
    single = load_embedded("digits", split, value_range=value_range)
    by_class = [numpy.flatnonzero(single.labels == digit) for digit in range(10)]
    classes = rng.integers(10, size=(count, digits))
    chosen = numpy.empty((count, digits), numpy.int64)
    for digit, indices in enumerate(by_class):  # every class alike, as the modes should be
        asked = classes == digit
        chosen[asked] = rng.choice(indices, size=asked.sum())
    images = numpy.moveaxis(single.images[chosen][..., 0], 1, -1)
    labels = classes @ (10 ** numpy.arange(digits)[::-1])
    name = f"{digits} stacked digits"
    return Dataset(name, images=images, labels=labels, value_range=value_range)
