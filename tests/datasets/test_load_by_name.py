"""`load`: one door to every data set, and what it says to a wrong name or setting."""

import subprocess
import sys

import numpy
import pytest
from PIL import Image

from gan_scratch import datasets
from gan_scratch.datasets import DownloadError, load, names

RNG = numpy.random.default_rng


def test_the_names():
    assert names() == (
        "digits", "fashion", "mnist", "fashion-mnist", "kmnist",
        "ring", "grid", "swiss-roll", "two-moons",
    )


def test_embedded_sets():
    assert len(load("digits")) == 9000
    dataset = load("fashion", split="held-out", value_range=(0, 1))
    assert len(dataset) == 600 and dataset.images.min() == 0 and dataset.value_range == (0, 1)


def test_generated_sets():
    assert len(load("ring", rng=RNG(0))) == 10_000
    rng = RNG(0)
    train, held_out = load("grid", count=50, rng=rng), load("grid", "held-out", count=50, rng=rng)
    assert train.mixture.means.shape == (25, 2)
    assert train.digest() != held_out.digest()
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator"):
        load("two-moons")


def test_a_folder(tmp_path, monkeypatch):
    for i in range(10):
        Image.fromarray(numpy.full((6, 6), 20 * i, numpy.uint8)).save(tmp_path / f"{i}.png")
    for path in (tmp_path, str(tmp_path)):
        dataset = load(path, size=4, channels=3, value_range=(0, 1))
        assert dataset.images.shape == (9, 4, 4, 3)
    assert len(load(tmp_path, "held-out")) == 1
    with pytest.raises(ValueError, match="is one picture; give the folder"):
        load(str(tmp_path / "0.png"))
    # A folder may be called like a data set; as a path it is the folder.
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    assert len(load("digits")) == 9000
    with pytest.raises(ValueError, match="no pictures in './digits': it is empty"):
        load("./digits")


def test_downloads_go_to_the_given_cache(tmp_path, monkeypatch):
    seen = {}

    def load_download(name, split, **settings):
        seen.update(settings, name=name, split=split)
        raise DownloadError("not now")

    monkeypatch.setattr(datasets, "load_download", load_download)
    with pytest.raises(DownloadError):
        load("kmnist", "all", value_range=(0, 1), cache=tmp_path)
    assert seen == {"name": "kmnist", "split": "all", "value_range": (0, 1), "cache": tmp_path}


@pytest.mark.parametrize("name", ["digit", "", "no/such/folder", None, 3])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(ValueError, match="unknown data set.*digits, fashion.*folder of images"):
        load(name)


@pytest.mark.parametrize("name", ["digits", "mnist", "ring", "."])
def test_an_unknown_split(name):
    with pytest.raises(ValueError, match="split 'test'; choose one of train, held-out, all"):
        load(name, split="test")


@pytest.mark.parametrize(
    "name, setting", [
        ("digits", {"count": 5}), ("digits", {"size": 32}), ("mnist", {"channels": 3}),
        ("ring", {"size": 32, "rng": RNG(0)}), (".", {"count": 5}),
    ],
)
def test_a_setting_that_does_not_apply_is_refused(name, setting):
    with pytest.raises(ValueError, match=f"does not take {next(iter(setting))}"):
        load(name, **setting)


def test_importing_is_light():
    code = (
        "import sys, gan_scratch.datasets as d; d.load('digits'); "
        "print([m for m in ('pooch', 'PIL', 'tqdm', 'matplotlib', 'requests', 'cupy') "
        "if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"
