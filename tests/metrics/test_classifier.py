"""The classifiers: how often they are right, and what they take."""

from pathlib import Path

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.datasets import DataError
from gan_scratch.metrics import classifier as module
from gan_scratch.metrics.classifier import BATCH, CLASSIFIERS, load_classifier, unpack

DATA = Path(module.__file__).with_name("data")


@pytest.fixture(scope="module", params=["digits", "fashion"])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def judge(name):
    return load_classifier(name)


@pytest.fixture(scope="module")
def held_out(name):
    return datasets.load(name, "held-out", value_range=(0, 1))


@pytest.fixture(scope="module")
def images(held_out):
    return held_out.images[: BATCH + 3]


def test_it_is_right_as_often_as_it_says(name, judge, held_out):
    right = (judge.classify(held_out.images) == held_out.labels).mean()
    # Another machine may round the scores of one image in a thousand to the other side.
    assert right == pytest.approx(judge.held_out_accuracy, abs=1 / 500)
    assert right >= {"digits": 0.99, "fashion": 0.88}[name]
    assert f"{judge.held_out_accuracy:.1%} of" in module.__doc__.replace(" %", "%")
    assert judge.class_names == held_out.class_names


def test_features_probabilities_and_classes(judge, images):
    features = judge.features(images)
    assert features.shape == (len(images), module.FEATURES) and features.dtype == "float32"
    assert np.linalg.matrix_rank(features) > 50
    probabilities = judge.probabilities(images)
    assert probabilities.shape == (len(images), 10)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(judge.probabilities_of(features), probabilities)
    np.testing.assert_array_equal(judge.classify(images), probabilities.argmax(axis=1))


def test_an_image_is_judged_alone(judge, images):
    """What the others of the batch are, how many, and where a batch ends, changes nothing."""
    together = judge.features(images)
    np.testing.assert_array_equal(judge.features(images), together)  # nothing is drawn
    alone = np.concatenate([judge.features(images[i : i + 1]) for i in (0, BATCH - 1, BATCH)])
    np.testing.assert_allclose(alone, together[[0, BATCH - 1, BATCH]], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(judge.features(images[::-1]), together[::-1], rtol=1e-4, atol=1e-4)


def test_float64_and_rounding_at_the_ends_are_taken(judge, images):
    nudged = images.astype("float64") * (1 + 5e-7)
    np.testing.assert_allclose(judge.features(nudged), judge.features(images), atol=1e-4)
    assert nudged.max() > 1  # and stays: the input is not written to


ONES = np.ones((2, 28, 28, 1), "float32")


@pytest.mark.parametrize(
    "images, error, sentence",
    [
        (ONES.astype("uint8"), TypeError, "floats in .0, 1., got uint8"),
        (ONES.tolist(), TypeError, "as a NumPy array of floats in .0, 1., got list"),
        (ONES[..., 0], ValueError, r"\(N, 28, 28, 1\), got \(2, 28, 28\)"),
        (ONES[:, :20], ValueError, r"\(N, 28, 28, 1\), got \(2, 20, 28, 1\)"),
        (ONES[:0], ValueError, r"at least one image, .* got \(0, 28, 28, 1\)"),
        (ONES * 2 - 3, ValueError, "images in .0, 1., got values from -1 to -1"),
        (ONES * 255, ValueError, "images in .0, 1., got values from 255 to 255"),
        (ONES * np.nan, ValueError, "images in .0, 1., got values from nan to nan"),
    ],
)
def test_bad_images_are_one_sentence(images, error, sentence):
    judge = load_classifier("digits")
    for method in (judge.features, judge.probabilities, judge.classify):
        with pytest.raises(error, match=sentence):
            method(images)


class TestTheFiles:
    def test_they_are_small(self):
        assert sum(path.stat().st_size for path in DATA.iterdir()) < 500_000

    def test_unknown_names(self):
        with pytest.raises(ValueError, match="unknown classifier 'cats'; choose one of digits, f"):
            load_classifier("cats")

    def test_a_missing_file_is_named(self, monkeypatch, tmp_path):
        monkeypatch.setattr(module, "__file__", str(tmp_path / "classifier.py"))
        with pytest.raises(DataError, match="digits.npz .*install gan_scratch again"):
            load_classifier("digits")

    def test_damage_is_one_clear_error(self, monkeypatch, tmp_path):
        content = bytearray((DATA / "digits.npz").read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "digits.npz").write_bytes(content)
        monkeypatch.setattr(module, "__file__", str(tmp_path / "classifier.py"))
        with pytest.raises(DataError, match="digits.npz is damaged: its SHA-256 is not"):
            load_classifier("digits")

    def test_what_is_no_file_of_weights(self, tmp_path):
        np.savez(tmp_path / "other.npz", held_out_accuracy=1.0, weight=np.ones(3))
        contents = [b"", b"PK\x03\x04 cut off", (tmp_path / "other.npz").read_bytes()]
        for content in [*contents, (DATA / "digits.npz").read_bytes()[:-100]]:
            with pytest.raises(DataError, match="no weights of a classifier: "):
                unpack(content, CLASSIFIERS["digits"].class_names)

    def test_the_notice_says_where_they_come_from(self):
        notice = (DATA / "NOTICE.md").read_text(encoding="utf-8")
        for words in ("train_classifiers", "datasets/data/NOTICE.md", "digits.npz", "fashion.npz"):
            assert words in notice
