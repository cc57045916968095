"""Classifiers that judge samples: one of digits, one of clothes, made of this library's layers.

    name      trained on                right on held-out images
    digits    9,000 embedded digits     99.6 % of 1,000
    fashion   5,400 embedded clothes    88.5 % of 600

`tests/metrics/train_classifiers.py` made the weights under data/ with the layers and Adam of this
package; they are kept as float16. In inference no image's result depends on the other images of its
batch.
"""

import dataclasses
import io
import zipfile
from pathlib import Path

import numpy as np

from gan_scratch import layers, settings
from gan_scratch.cores import one_blas_thread
from gan_scratch.datasets.dataset import DataError
from gan_scratch.datasets.embedded import DIGIT_NAMES, FASHION_NAMES, published

FEATURES = 64
IMAGE_SHAPE = (28, 28, 1)
BATCH = 50  # images that go through the network together: what a layer makes stays in the cache


@dataclasses.dataclass(frozen=True)
class Weights:
    """One file under data/, its checksum, and the names of the classes it tells apart."""

    file_name: str
    sha256: str
    class_names: tuple


CLASSIFIERS = {
    "digits": Weights(
        "digits.npz", "3e5e2bd5661b016205516ca46d908f0caa3ebce4ab7bdedd70bdf944971f66d1",
        DIGIT_NAMES,
    ),
    "fashion": Weights(
        "fashion.npz", "e01588fd2a033fde58390964770cf95e6ddbbe7434e9dc7633515d508abe974d",
        FASHION_NAMES,
    ),
}

# The data sets whose images a classifier knows: its own, and the full one that it is a part of.
JUDGES = {"digits": "digits", "mnist": "digits", "fashion": "fashion", "fashion-mnist": "fashion"}


def network(rng):
    """Images (N, 28, 28, 1) -> features (N, 64) -> scores (N, 10): two layers of a Sequential."""
    return layers.Sequential(
        layers.Sequential(
            layers.Conv2D(1, 16, 3, padding="same", rng=rng), layers.MaxPool2D(2),
            layers.LeakyReLU(),
            layers.Conv2D(16, 32, 3, padding="same", rng=rng), layers.MaxPool2D(2),
            layers.LeakyReLU(),
            layers.Flatten(), layers.Dropout(0.4, rng=rng),
            layers.Dense(7 * 7 * 32, FEATURES, rng=rng), layers.LeakyReLU(),
        ),
        layers.Sequential(layers.Dropout(0.4, rng=rng), layers.Dense(FEATURES, 10, rng=rng)),
    )


class Classifier:
    """What a trained network makes of images (N, 28, 28, 1) in [0, 1], NumPy arrays throughout.

    features(images)        (N, 64), the last layer before the scores
    probabilities(images)   (N, 10), softmax of the scores
    classify(images)        (N,), the most probable class of each

    held_out_accuracy       share of the held-out images of its data set that it classifies right
    class_names             one name a class
    """

    def __init__(self, network, class_names, held_out_accuracy):
        self.network = network
        self.class_names = tuple(class_names)
        self.held_out_accuracy = float(held_out_accuracy)

    def features(self, images):
        images = checked_images(images)
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        with one_blas_thread():  # for so few images the threads do not pay
            return np.concatenate([self.network[0](batch) for batch in batches])

    def probabilities(self, images):
        return self.probabilities_of(self.features(images))

    def probabilities_of(self, features):
        """(N, 10) of the features (N, 64), for those who have these already."""
        return layers.Softmax()(self.network[1](features))

    def classify(self, images):
        return self.probabilities(images).argmax(axis=1)


def load_classifier(name):
    """The classifier called `name`, "digits" or "fashion".

    Raises ValueError for another name, DataError where its file is missing or damaged.
    """
    weights = CLASSIFIERS[settings.one_of(None, "classifier", name, CLASSIFIERS)]
    path = Path(__file__).with_name("data") / weights.file_name
    return unpack(published(path, weights.sha256), weights.class_names)


def pack(network, held_out_accuracy):
    """The bytes of a file of weights: an .npz of float16 arrays and the accuracy."""
    arrays = {name: value.astype("float16") for name, value in network.state().items()}
    stream = io.BytesIO()
    np.savez_compressed(stream, held_out_accuracy=np.float64(held_out_accuracy), **arrays)
    return stream.getvalue()


def unpack(content, class_names):
    """The classifier in `content`, the bytes of a file of weights."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        accuracy = arrays.pop("held_out_accuracy")
        classifier = Classifier(network(np.random.default_rng(0)), class_names, accuracy)
        classifier.network.load_state(arrays)
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"no weights of a classifier: {error}") from error
    return classifier


def checked_images(images):
    """`images` as float32; they may pass an end of [0, 1] by a rounding error.

    Raises TypeError unless they are a NumPy array of floating-point numbers, ValueError unless
    they are at least one image of (28, 28, 1) and all values are in [0, 1].
    """
    if not isinstance(images, np.ndarray) or images.dtype.kind != "f":
        kind = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
        wanted = "images as a NumPy array of floats in [0, 1]"
        raise TypeError(f"a classifier takes {wanted}, got {kind}")
    if images.ndim != 4 or images.shape[1:] != IMAGE_SHAPE or len(images) == 0:
        raise ValueError(
            "a classifier takes at least one image, in the shape (N, 28, 28, 1), "
            f"got {images.shape}"
        )
    smallest, largest = float(images.min()), float(images.max())
    if not (smallest >= -1e-6 and largest <= 1 + 1e-6):  # nan is refused here too
        found = f"values from {smallest:g} to {largest:g}"
        raise ValueError(f"a classifier takes images in [0, 1], got {found}")
    return images.astype("float32", copy=False)
