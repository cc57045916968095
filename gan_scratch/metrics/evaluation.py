"""All figures of a set of samples, each beside that of real samples."""

import math

import numpy as np

from gan_scratch.cores import one_blas_thread
from gan_scratch.metrics.birthday import birthday, threshold
from gan_scratch.metrics.frechet import SAMPLES, frechet_distance, real_parts
from gan_scratch.metrics.kernel import kid
from gan_scratch.metrics.nearest import copying
from gan_scratch.metrics.neighbours import clipped, density_coverage, precision_recall
from gan_scratch.metrics.sliced import mind

CHOICES = 6  # of two real parts, by which a figure of real samples and its spread are known
LEAST = 20  # samples on each side; fewer are not compared
SURE = 0.9  # a probability from here on counts as sure
K_RECALL, K_COVERAGE = 3, 5

# Of features of fakes and of as many reals, and the distance from which on two are no duplicates.
MEASURES = {
    ("frechet",): lambda fake, real, near, rng: [frechet_distance(fake, real)],
    ("kid",): lambda fake, real, near, rng: [kid(fake, real, rng).mean],
    ("mind",): lambda fake, real, near, rng: [mind(fake, real, rng)],
    ("precision", "recall"): lambda fake, real, near, rng: precision_recall(real, fake, K_RECALL),
    ("density", "coverage"): lambda fake, real, near, rng: density_coverage(real, fake, K_COVERAGE),
    ("clipped_density", "clipped_coverage"): lambda fake, real, near, rng: (
        clipped(real, fake, K_COVERAGE)
    ),
    ("birthday",): lambda fake, real, near, rng: [birthday(fake, near, rng).size],
}
KEYS = [key for keys in MEASURES for key in keys]


def evaluate(samples, training, held_out, features, asked=None, labels=None, real=None):
    """Judge `samples` (N, ...) beside real ones, as plain data (what JSON can hold).

    training, held_out  the two parts of the real samples, (M, ...) in [0, 1] or as bytes
    features            the `Features` of such samples
    asked, labels       the class that each sample was asked to be, where a generator is told, and
                        those of the held-out samples
    real                what `of_real` has found, if it is known already

    The result, where "real" is the figure that a perfect generator would have:
        KEYS            of the first n samples beside n real ones; real: the mean for n real samples
                        beside n others, over CHOICES random choices, and spread: its deviation
        n               the largest number that the real samples have twice, at most SAMPLES
        nearest         distances to the nearest training sample, see `nearest.copying`
        notes           what could not be measured, and why
    and if the features are those of a classifier, beside held-out samples
        sure            share of samples with a most probable class of at least 0.9
        class_shares    share of each class, as the classifier sees it
        obedience       with `asked` only: share that is classified as asked, in all and for each
                        class (None for a class that was never asked for); real: by their labels
    """
    if real is None:
        real = of_real(training, held_out, features, len(samples))
    nearby, size, notes = copying(samples, held_out, training), int(real["n"]), []
    fakes, count = features(samples), len(real["features"])
    figures = {
        "sample_count": len(samples), "training_count": len(training),
        "held_out_count": len(held_out), "features": features.words, "n": size, "nearest": nearby,
        "notes": notes,
    }
    if size:
        first, _ = real_parts(count, size)
        found = compared(fakes[:size], real["features"][first], real["near"], notes)
        means, spreads = real["choices"].mean(axis=0), real["choices"].std(axis=0, ddof=1)
        for key, mean, spread in zip(KEYS, means.tolist(), spreads.tolist(), strict=True):
            if key in found and math.isfinite(mean):
                figures[key] = {**beside(found[key], mean), "spread": spread}
        if found.get("birthday") == size:
            notes.append(f"no duplicate in {size:,} samples: their birthday size is larger")
    else:
        notes.append(
            f"not measured: Fréchet distance to birthday size, as these take {LEAST} real samples "
            f"beside {LEAST} others, and there are {count} in all"
        )
    if features.classifier:
        of_both = fakes, real["features"][len(training) :]
        seen, seen_real = map(features.classifier.probabilities_of, of_both)
        figures["sure"] = share(share_sure(seen), share_sure(seen_real), len(held_out))
        figures["class_shares"] = beside(class_shares(seen), class_shares(seen_real))
        if asked is not None:
            figures["obedience"] = beside(obedience(seen, asked), obedience(seen_real, labels))
    return figures


def of_real(training, held_out, features, samples):
    """All that a comparison with so many samples needs of the real ones, as arrays.

    {"features" (M, F): of both parts, "near": see `birthday.threshold`, "n": samples to compare,
    "choices" (CHOICES, len(KEYS)): figures of one real part beside another}
    """
    known = features(training), features(held_out)
    both, near = np.concatenate(known), threshold(*known[::-1])
    size = min(samples, SAMPLES, len(both) // 2)
    size = size if size >= LEAST else 0
    found = (
        compared(both[second], both[first], near, [])
        for first, second in (real_parts(len(both), size, each) for each in range(CHOICES))
    ) if size else ()
    choices = np.array([[figures.get(key, math.nan) for key in KEYS] for figures in found])
    return {"features": both, "near": np.array(near), "n": np.array(size), "choices": choices}


def compared(fake, real, near, notes):
    """key -> figure of features (N, F) beside as many real ones; the notes get what has none."""
    figures = {}
    for keys, measure in MEASURES.items():
        try:
            with one_blas_thread():  # for so few samples the threads do not pay
                found = measure(fake, real, near, np.random.default_rng(0))
        except ValueError as error:
            words = " and ".join(keys).replace("_", " ")
            notes.append(f"not measured: {words}, as {error}")
        else:
            figures.update(zip(keys, found, strict=True))
    return figures


def beside(samples, real):
    return {"samples": samples, "real": real}


def share(samples, real, count):
    """A share of the samples beside that of `count` real ones, which has a standard deviation."""
    return {**beside(samples, real), "spread": math.sqrt(real * (1 - real) / count)}


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
