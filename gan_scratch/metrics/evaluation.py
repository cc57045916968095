"""All figures of a set of samples, each beside that of real images."""

import numpy as np

from gan_scratch.metrics.frechet import SAMPLES, frechet_distance, real_parts
from gan_scratch.metrics.nearest import copying

SURE = 0.9  # a probability from here on counts as sure


def evaluate(samples, training, held_out, classifier, asked=None):
    """Judge `samples`, exactly SAMPLES images in [0, 1], as plain data (what JSON can hold).

    training, held_out  the two parts of the real images, `Dataset`s in [0, 1]
    classifier          a `Classifier` that knows their classes
    asked               (N,) the class that each sample was asked to be, where a generator is told

    The result, where "real" is the figure that a perfect generator would have:
        frechet         distance of the features to those of as many real images; real: the floor,
                        between two disjoint parts of the real images
        sure            share of images with a most probable class of at least 0.9; real: held-out
        class_shares    share of each class, as the classifier sees it; real: held-out
        nearest         distances to the nearest training image, see `nearest.copying`
        obedience       with `asked` only: share that is classified as asked, in all and for each
                        class (None for a class that was never asked for); real: held-out images,
                        asked by their labels

    Raises ValueError for another number of samples, as the distance depends on it.
    """
    if len(samples) != SAMPLES:
        raise ValueError(f"an evaluation takes {SAMPLES:,} samples, got {len(samples):,}")
    features = classifier.features(samples)
    probabilities = classifier.probabilities_of(features)
    real_probabilities = classifier.probabilities(held_out.images)
    distance, floor = frechet_and_floor(features, training.images, held_out.images, classifier)
    figures = {
        "frechet": beside(distance, floor),
        "sure": beside(share_sure(probabilities), share_sure(real_probabilities)),
        "class_shares": beside(class_shares(probabilities), class_shares(real_probabilities)),
        "nearest": copying(samples, held_out.images, training.images),
    }
    if asked is not None:
        real = obedience(real_probabilities, held_out.labels)
        figures["obedience"] = beside(obedience(probabilities, asked), real)
    return figures


def beside(samples, real):
    return {"samples": samples, "real": real}


def frechet_and_floor(features, training, held_out, classifier):
    """Of the samples' features and of the second part of the real images, the distance to the
    first part."""
    known, count = len(training), len(training) + len(held_out)
    parts = (
        np.stack([training[i] if i < known else held_out[i - known] for i in part])
        for part in real_parts(count, len(features))
    )
    first, second = map(classifier.features, parts)
    return frechet_distance(features, first), frechet_distance(second, first)


def share_sure(probabilities):
    """The share of rows of (N, C) whose largest number is at least SURE."""
    return float((probabilities.max(axis=1) >= SURE).mean())


def class_shares(probabilities):
    """For each class of (N, C) the share of rows of which it is the most probable one."""
    count = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
    return (count / len(probabilities)).tolist()


def obedience(probabilities, asked):
    """The share of rows of (N, C) whose most probable class is the one `asked` (N,) of them.

    {"all": share, "classes": one share for each class that was asked for, None for the others}
    """
    asked = np.asarray(asked)
    if asked.shape != (len(probabilities),):
        raise ValueError(
            f"obedience takes one class asked for a sample, got {asked.shape} for "
            f"{len(probabilities)} samples"
        )
    right = probabilities.argmax(axis=1) == asked
    of_class = [right[asked == label] for label in range(probabilities.shape[1])]
    classes = [float(each.mean()) if each.size else None for each in of_class]
    return {"all": float(right.mean()), "classes": classes}
