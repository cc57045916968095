"""The embedded files: what is in them, and that damage never goes unnoticed."""

from pathlib import Path

import numpy
import pytest

from gan_scratch import datasets
from gan_scratch.datasets import DataError, embedded, load_embedded

DATA = Path(datasets.__file__).with_name("data")


@pytest.mark.parametrize(
    "name, train, held_out", [("digits", 9000, 1000), ("fashion", 5400, 600)]
)
def test_sizes_shapes_and_ranges(name, train, held_out):
    for split, count in (("train", train), ("held-out", held_out), ("all", train + held_out)):
        dataset = load_embedded(name, split)
        assert dataset.images.shape == (count, 28, 28, 1)
        assert dataset.images.min() == -1 and dataset.images.max() == 1
        assert set(dataset.labels) == set(range(10)) and len(dataset.class_names) == 10


@pytest.mark.parametrize("name", ["digits", "fashion"])
def test_the_parts_are_disjoint_and_make_the_whole(name):
    train, held_out, everything = (
        load_embedded(name, split) for split in ("train", "held-out", "all")
    )
    numpy.testing.assert_array_equal(
        everything.images, numpy.concatenate([train.images, held_out.images])
    )
    numpy.testing.assert_array_equal(
        everything.labels, numpy.concatenate([train.labels, held_out.labels])
    )
    assert len({image.tobytes() for image in everything.images}) == len(everything)


@pytest.mark.parametrize("name", ["digits", "fashion"])
def test_every_class_has_the_same_share_in_both_parts_and_along_the_file(name):
    train, held_out = (load_embedded(name, split).labels for split in ("train", "held-out"))
    total = numpy.bincount(train) + numpy.bincount(held_out)
    assert numpy.abs(numpy.bincount(held_out) - total / 10).max() < 1
    shares = total / total.sum()
    for start in range(0, len(train) - 500, 250):
        stretch = numpy.bincount(train[start : start + 500], minlength=10)
        assert numpy.abs(stretch - 500 * shares).max() <= 2


def test_a_digit_looks_like_itself():
    """A nearest-mean classifier, which knows nothing but the labels, is right on most images."""
    for name, at_least in (("digits", 0.78), ("fashion", 0.64)):
        train, held_out = load_embedded(name), load_embedded(name, "held-out")
        pixels = train.images.reshape(len(train), -1)
        means = numpy.stack([pixels[train.labels == label].mean(axis=0) for label in range(10)])
        questions = held_out.images.reshape(len(held_out), -1)
        scores = questions @ means.T - (means**2).sum(axis=1) / 2
        assert (scores.argmax(axis=1) == held_out.labels).mean() > at_least


def test_all_bytes_come_back_in_the_other_range():
    tanh, sigmoid = load_embedded("digits"), load_embedded("digits", value_range=(0, 1))
    assert sigmoid.value_range == (0, 1) and sigmoid.images.min() == 0
    numpy.testing.assert_array_equal(
        numpy.rint(255 * sigmoid.images), numpy.rint(127.5 * (tanh.images + 1))
    )


@pytest.mark.parametrize("name", ["digits", "fashion"])
def test_the_arrays_are_those_that_were_published(name):
    known = embedded.EMBEDDED[name]
    with numpy.load(DATA / known.file_name) as arrays:
        assert embedded.arrays_sha256(arrays) == known.arrays_sha256
        assert all(array.dtype == numpy.uint8 for array in arrays.values())


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 6_000_000


def test_every_corruption_is_one_clear_error(tmp_path):
    known, path = embedded.EMBEDDED["digits"], tmp_path / "digits.npz"
    content = (DATA / known.file_name).read_bytes()

    def assert_refused(damaged):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="digits.npz is damaged"):
            embedded.published(path, known.file_sha256)

    rng = numpy.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        assert_refused(damaged)
    for cut in (0, 1, len(content) // 2, len(content) - 1):
        assert_refused(content[:cut])


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "__file__", str(tmp_path / "embedded.py"))
    with pytest.raises(DataError, match="digits.npz.*install gan_scratch again"):
        load_embedded("digits")


def test_the_notice_names_authors_and_licences():
    notice = (DATA / "NOTICE.md").read_text(encoding="utf-8")
    for words in (
        "Yann LeCun", "Corinna Cortes", "CC BY-SA 3.0", "Copyright (c) 2017 Zalando SE",
        "Permission is hereby granted", "digits.npz", "fashion.npz",
    ):
        assert words in notice
