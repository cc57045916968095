"""The nearest training image of each sample: a generator that copies its data is seen.

The distance is Euclidean, in pixels: √ Σ (a - b)² over all values of two images.

A copyist's samples are (nearly) training images, so the measure is how near samples are to their
nearest training image, against how near real images are that were held out. New images of the same
kind are as near as those, whatever the kind. Soft images are somewhat nearer than sharp ones, so
a ratio of 0.8 is no theft; and a picture of the pairs says more than any number.
"""

import math

import numpy as np

from gan_scratch.metrics.features import rows

BLOCK = 2048  # of samples and of training images; a block of distances takes 16 MB
BLOCK_VALUES = 2**22  # of large images a block has fewer, so that they take 16 MB too


def nearest(samples, training):
    """(index (N,), distance (N,)): which training image is nearest to each sample, and how near.

    Shapes
        samples (N, ...), training (M, ...) with the same shape of one image; values in [0, 1], or
        bytes, which take a fourth of the memory
    Where two are equally near the first counts. |a - b|² = |a|² + |b|² - 2 a·b, so the search is a
    matrix product, block by block; the distance to what it found is then taken directly, and so is
    exactly 0 for a copy.

    Raises ValueError where the shapes do not fit, one of the two is empty or a sample not finite.
    """
    if samples.shape[1:] != training.shape[1:] or 0 in (len(samples), len(training)):
        raise ValueError(
            "nearest takes samples and training images of one shape, at least one of each, "
            f"got {samples.shape} and {training.shape}"
        )
    if not np.isfinite(samples).all():
        raise ValueError("nearest takes samples that are finite, got nan or infinity")
    found = []
    for block in blocks(samples):
        index = nearest_of_block(block, training)
        apart = rows(training[index]) - block
        found.append((index, np.sqrt(np.einsum("nd,nd->n", apart, apart, dtype="float64"))))
    index, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return index, distance


def nearest_of_block(samples, training):
    """The index of the nearest of `training` (M, ...) to each row of `samples` (n, D)."""
    index = np.zeros(len(samples), int)
    smallest = np.full(len(samples), np.inf, "float32")
    start = 0
    for block in blocks(training):
        score = samples @ block.T
        score *= -2
        score += np.einsum("md,md->m", block, block)  # and |a|², the same for every b
        here = score.argmin(axis=1)
        score = score[np.arange(len(samples)), here]
        nearer = score < smallest
        index[nearer] = start + here[nearer]
        smallest[nearer] = score[nearer]
        start += len(block)
    return index


def blocks(images):
    """`images` (N, ...) as some rows at a time."""
    size = max(1, min(BLOCK, BLOCK_VALUES // math.prod(images.shape[1:])))
    for start in range(0, len(images), size):
        yield rows(images[start : start + size])


def copying(samples, held_out, training):
    """How near samples are to the training images, beside how near held-out real images are.

        samples, held_out   median distance to the nearest training image
        spread              standard error of the held-out one: half of what lies between the ranks
                            n/2 ± √n/2; None where that is nothing
        ratio               the first over the second: about 1 for new images, 0 for copies; None
                            where half of the held-out images are training images as well
        copies              share of samples nearer to a training image than all but 1 % of the
                            held-out images are: about 0.01 for new images, and a generator that
                            copies a part of the time shows here
    """
    near, real = (nearest(images, training)[1] for images in (samples, held_out))
    median, real_median = float(np.median(near)), float(np.median(real))
    low, high = np.quantile(real, np.clip(0.5 + np.array([-0.5, 0.5]) / len(real) ** 0.5, 0, 1))
    return {
        "samples": median, "held_out": real_median, "spread": float(high - low) / 2 or None,
        "ratio": median / real_median if real_median else None,
        "copies": float((near < np.quantile(real, 0.01)).mean()),
    }
