"""For maintainers: trains the classifiers of digits and clothes, and writes their weights.

    python tests/metrics/train_classifiers.py [--out DIR]

Both start from a fixed seed, train on the embedded training images alone, each moved by a pixel or
two, and keep averaged weights. It takes about two minutes a classifier on one core, and prints the
accuracy on the held-out images and the checksum that belongs into classifier.py. Another machine
may round differently, and so come to other weights of about the same accuracy.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np

from gan_scratch import datasets, metrics
from gan_scratch.layers import augmentation
from gan_scratch.metrics.classifier import CLASSIFIERS, network, pack, unpack
from gan_scratch.optimizers import Adam, Average

DATA = Path(metrics.__file__).parent / "data"
SEED = 0
STEPS = 5000
BATCH_SIZE = 64
LEARNING_RATE = 2e-3
AVERAGE = 0.998
SHIFTS = {"digits": 2, "fashion": 1}  # pixels; clothes fill their picture


def cross_entropy(scores, labels):
    """(loss, dloss/dscores): the mean of -log p(label) with p = softmax(scores).

    Shapes
        scores (N, C), labels (N,) integers, loss 0-d, the derivative (N, C)
    With one-hot labels Y (N, C)
        -log p_i = log Σ_j e^{s_j} - s_i          dloss/dscores = (p - Y) / N
    """
    rows = np.arange(len(labels))
    shifted = scores - scores.max(axis=1, keepdims=True)  # the largest power is e⁰
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    d_scores = np.exp(log_p)
    d_scores[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d_scores / len(labels)


def moved(images, shift, rng):
    """Each image moved by -shift to shift pixels along both axes; black comes in behind it."""
    moves = shift - rng.integers(2 * shift + 1, size=(len(images), 2))
    return augmentation.moved(images, *moves.T)


def train(dataset, shift, steps=STEPS):
    """The averaged network after `steps` steps of Adam on batches of `dataset`, in [0, 1]."""
    rng = np.random.default_rng(SEED)
    model = network(rng)
    optimizer = Adam(model.parameters(), LEARNING_RATE, beta1=0.9, beta2=0.999)
    average = Average(model, AVERAGE)
    batches = dataset.batches(BATCH_SIZE, rng, condition=True)
    for step in range(steps):
        batch = next(batches)
        scores, cache = model.forward(moved(batch.values, shift, rng))
        _, d_scores = cross_entropy(scores, batch.condition)
        model.zero_gradients()
        model.backward(d_scores, cache, need_dx=False)
        optimizer.learning_rate = LEARNING_RATE * (1 - step / steps)
        optimizer.step()
        average.update()
    return average.model


def accuracy(classifier, dataset):
    """The share of the images of `dataset` that the classifier gives their label."""
    return float((classifier.classify(dataset.images) == dataset.labels).mean())


def make(name, steps=STEPS):
    """(bytes of the file of weights, held-out accuracy) of the classifier called `name`."""
    training, held_out = (
        datasets.load(name, split, value_range=(0, 1)) for split in ("train", "held-out")
    )
    model = train(training, SHIFTS[name], steps)
    # The accuracy is that of the weights that are kept, so it is measured after they are rounded.
    kept = unpack(pack(model, 0), training.class_names)
    right = accuracy(kept, held_out)
    return pack(model, right), right


def main(arguments=None):
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=DATA)
    out = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    for name, weights in CLASSIFIERS.items():
        started, worked = time.perf_counter(), time.process_time()
        content, right = make(name)
        (out / weights.file_name).write_bytes(content)
        print(
            f"{name}: right on {right:.1%} of the held-out images, {len(content)} bytes, "
            f"{time.perf_counter() - started:.0f} s ({time.process_time() - worked:.0f} s of work)"
            f"\n  SHA-256 {hashlib.sha256(content).hexdigest()}",
            flush=True,
        )


if __name__ == "__main__":
    main()
