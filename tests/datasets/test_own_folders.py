"""Odd folders: what is loaded equals what was put in, and the account says what was not and why."""

import json
import os
import subprocess
import sys
import tracemalloc
import types

import numpy
import odd_folders
import pytest
from odd_folders import encoded, noise, put
from PIL import Image

from gan_scratch.datasets import Reading, load, load_folder, own, pictures
from gan_scratch.part import make

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="folders of Unix")


def read(root, **reading):
    return own.find(root, Reading(**reading)).read()


@pytest.mark.parametrize("build", odd_folders.BUILDERS, ids=lambda build: build.__name__)
def test_an_odd_folder(build, tmp_path, capfd):
    root = str(tmp_path / "odd")
    os.mkdir(root)
    odd = build(root)
    source = own.find(root, Reading(size=8, **odd.reading))
    if odd.afterwards:
        odd.afterwards()
    found = source.read()

    wanted = [numpy.broadcast_to(numpy.asarray(p).reshape(8, 8, -1), (8, 8, 3))
              for p in odd.pictures]
    numpy.testing.assert_array_equal(numpy.broadcast_to(found.images, (*found.images.shape[:3], 3)),
                                     wanted)
    labels = None if found.labels is None else [found.class_names[i] for i in found.labels]
    assert labels == odd.classes
    assert numpy.flatnonzero(found.held_out).tolist() == (odd.held_out or [])

    account = found.account
    assert {reason: sorted(names) for reason, names in account.left_out.items()} == odd.left_out
    files = [name for names in account.left_out.values() for name in names if name[-1] != "/"]
    assert account.seen == account.used + len(files) <= source.count + len(files)
    said = "\n".join(account.lines())
    for words in odd.words:
        assert words in said
    for remark in odd_folders.REMARKS:
        assert (remark in said) == any(remark in words for words in odd.words), remark
    assert len(said.splitlines()) == len(account.lines())
    json.dumps(account.plain(), ensure_ascii=False).encode()
    said.encode()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "files, words", [
        ({}, "no pictures in '{root}': it is empty"),
        ({"a.txt": b"x", "b.csv": b"1", "c.txt": b"y", "d.jpg": b""},
         "no pictures among the 4 files seen in '{root}': 3 not pictures (a.txt, b.csv, c.txt); "
         "1 empty file (d.jpg); for the data in b.csv give --data '{root}/b.csv'"),
        ({"a.zip": b"x", "b.zip": b"x"},
         "no pictures among the 2 files seen in '{root}': 2 not pictures (a.zip, b.zip)"),
        ({"sub/checkpoint.gan": b"x"},
         "no pictures among the 0 files seen in '{root}': 1 run folder (sub/)"),
        ({"checkpoint.gan": b"x", "a.png": b"x"},
         "'{root}' is the folder of a run, and its pictures are not data; give the folder of the "
         "pictures to learn from"),
    ],
)
def test_a_folder_without_a_picture_is_refused_in_a_sentence(files, words, tmp_path):
    for name, content in files.items():
        put(str(tmp_path), name, content)
    with pytest.raises(ValueError) as refused:
        read(tmp_path)
    assert str(refused.value) == words.format(root=tmp_path)


def test_what_is_no_folder_of_pictures(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe' is neither a file nor a folder"):
        own.find(tmp_path / "pipe")
    with pytest.raises(ValueError, match="nowhere' does not exist"):
        own.find(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="does not exist"):
        own.find("~no-such-user/pictures")


def test_the_home_folder_has_a_short_name(tmp_path, monkeypatch):
    put(str(tmp_path), "photos/a.png", noise(0))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read("~/photos").account.used == 1


def test_nothing_is_printed_of_broken_files(tmp_path):
    odd_folders.broken_pictures(str(tmp_path))
    code = "import sys; from gan_scratch.datasets import own; own.find(sys.argv[1]).read()"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def as_nobody():
    """A folder that everyone may enter, and a process that is not root."""
    import tempfile

    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        yield root, (lambda: os.seteuid(65534)) if os.geteuid() == 0 else (lambda: None)
        os.seteuid(os.getuid())


def test_what_may_not_be_opened_is_named(as_nobody):
    root, become_nobody = as_nobody
    put(root, "cats/1.png", noise(0))
    os.chmod(put(root, "cats/2.png", noise(1)), 0)
    os.chmod(os.path.dirname(put(root, "dogs/1.png", noise(2))), 0)
    os.chmod(os.path.dirname(put(root, "eels/1.png", noise(3))), 0o444)  # it can be listed only
    become_nobody()
    found = read(root)
    assert found.account.left_out == {
        "could not be opened": ["dogs/", "eels/1.png", "cats/2.png"]
    }
    assert len(found.images) == 1 and found.class_names == ("cats",)
    os.seteuid(os.getuid())
    for folder in ("dogs", "eels"):
        os.chmod(os.path.join(root, folder), 0o755)
    os.chmod(root, 0)
    become_nobody()
    with pytest.raises(ValueError, match="cannot open the folder .*: Permission denied"):
        own.find(root)


def test_heic_is_read_where_pillow_heif_is_installed(tmp_path, monkeypatch):
    def register():
        from PIL import PngImagePlugin

        class Heif(PngImagePlugin.PngImageFile):
            format = "HEIF"

            def _open(self):
                self.fp.read(12)
                self.fp = type(self.fp)(self.fp.read())
                super()._open()

        Image.register_open("HEIF", Heif, lambda head: head[4:12] == b"ftypheic")

    put(str(tmp_path), "a.heic", b"\0\0\0\x0cftypheic" + encoded(noise(0), "PNG"))
    monkeypatch.setitem(sys.modules, "pillow_heif", types.SimpleNamespace(
        register_heif_opener=register
    ))
    pictures._accepts.cache_clear()
    try:
        numpy.testing.assert_array_equal(read(tmp_path, size=8).images[0, ..., 0], noise(0))
    finally:
        del Image.OPEN["HEIF"]
        Image.ID.remove("HEIF")
        pictures._accepts.cache_clear()


def test_a_warning_of_pillow_is_none_for_people(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)
    put(str(tmp_path), "a.png", noise(0))  # 64 pixels: Pillow warns, and above 100 refuses
    put(str(tmp_path), "b.png", noise(1, 11, 11))
    found = read(tmp_path, size=8)
    assert found.account.left_out == {"too large to be decoded": ["b.png"]}


def test_wide_pictures_are_cropped_or_padded(tmp_path):
    wide = numpy.full((16, 64, 3), (10, 20, 30))
    wide[4:12, 24:40] = 200
    put(str(tmp_path), "a.png", wide.astype(numpy.uint8))
    cropped, padded, oblong = (
        read(tmp_path, **settings).images[0].astype(int)
        for settings in ({"size": 16}, {"size": 32, "fit": "pad"}, {"size": (8, 32), "fit": "pad"})
    )
    assert (cropped[4:12] == 200).all() and (cropped[:4] == (10, 20, 30)).all()
    assert padded.shape == (32, 32, 3)
    assert (padded[:12] == (10, 20, 30)).all() and (padded[20:] == (10, 20, 30)).all()
    assert (padded[15:17, 14:18] > 190).all() and (padded[15:17, :8] < 40).all()
    assert oblong.shape == (8, 32, 3) and (oblong[3:5, 14:18] > 190).all()
    with pytest.raises(ValueError, match="fit must be 'crop' or 'pad', got 'stretch'"):
        Reading(fit="stretch")


def test_of_a_line_something_is_seen(tmp_path):
    line = numpy.full((1, 300), 200, numpy.uint8)
    line[:, 100:200] = 0
    put(str(tmp_path), "a.png", line)
    put(str(tmp_path), "b.png", line.T)
    for fit in ("crop", "pad"):
        wide, tall = read(tmp_path, fit=fit).images[..., 0]
        assert (wide[13:15, 13:15] < 20).any()
        numpy.testing.assert_array_equal(tall, wide.T)


def test_draft_decodes_less_and_changes_the_pixels_little(tmp_path, monkeypatch):
    y, x = numpy.mgrid[:300, :400]
    smooth = 127 + 60 * numpy.sin(x / 30) + 60 * numpy.cos(y / 25)
    exif = Image.Exif()
    exif[0x0112] = 6
    put(str(tmp_path), "a.jpg", encoded(smooth.astype(numpy.uint8), "JPEG", exif=exif, quality=95))
    decoded = []
    fitted = pictures.fitted
    monkeypatch.setattr(pictures, "fitted", lambda image, reading: (
        decoded.append(image.size), fitted(image, reading))[1])
    settings = {"size": (40, 30), "fit": "pad"}
    quick = read(tmp_path, **settings).images.astype(int)
    whole = read(tmp_path, **settings, draft=False).images.astype(int)
    assert decoded == [(75 * 2, 100 * 2), (300, 400)]  # at least twice what is wanted
    assert 0 < numpy.abs(quick - whole).max() < 6


def test_the_digest_is_of_what_is_used(tmp_path):
    for i in range(3):
        put(str(tmp_path), f"a/{i}.png", noise(i))
    first = read(tmp_path).files_digest
    put(str(tmp_path), "a/2.png", noise(9))
    assert read(tmp_path).files_digest != first
    put(str(tmp_path), "a/2.png", noise(2))
    put(str(tmp_path), "a/notes.txt", b"not used")
    assert read(tmp_path, size=9, channels=3).files_digest == first
    os.rename(tmp_path / "a", tmp_path / "b")
    assert read(tmp_path).files_digest == first
    put(str(tmp_path), "a/3.png", noise(3))
    other = read(tmp_path).files_digest
    os.rename(tmp_path / "a", tmp_path / "b0")  # the same pictures, the first now of another class
    os.rename(tmp_path / "b0" / "3.png", tmp_path / "b" / "-.png")
    assert len({first, other, read(tmp_path).files_digest}) == 3


def test_progress_reaches_its_end(tmp_path):
    for i in range(6):
        put(str(tmp_path), f"{i}.png", noise(i))
    told = []
    own.find(tmp_path).read(lambda *step: told.append(step))
    assert told == [(i, 6) for i in range(1, 7)]
    own.find(tmp_path, Reading(stretch=True)).read(lambda *step: told.append(step))
    assert told[6:] == [(i, 12) for i in range(1, 13)]


def test_a_source_can_be_read_twice(tmp_path):
    put(str(tmp_path), "a.png", noise(0))
    put(str(tmp_path), "b.jpg", b"")
    source = own.find(tmp_path)
    assert source.read().account.plain() == source.read().account.plain() == {
        "seen": 2, "used": 1, "left_out": {"empty file": {"count": 1, "first": ["b.jpg"]}},
        "notes": ["smaller than the samples, and enlarged: 1 picture"], "shape": [28, 28, 1],
        "classes": None, "held_out": 0, "words": source.read().account.lines(),
    }


def test_a_source_knows_before_it_reads(tmp_path):
    for name in ("cats/1.png", "dogs/1.jpg", "list.csv", "notes.txt"):
        put(str(tmp_path), name, b"not looked at yet")
    source = own.find(tmp_path, Reading(size=(8, 6)))
    assert (source.count, source.class_names) == (4, ("cats", "dogs"))
    assert source.shape == (8, 6, 1)


def test_memory_is_that_of_the_pixels(tmp_path):
    for i in range(40):
        put(str(tmp_path), f"{i}.png", noise(0, 4, 4, 3))
    put(str(tmp_path), "clip.mp4", b"x" * 30_000_000)
    read(tmp_path, size=4)  # what is made once
    tracemalloc.start()
    try:
        found = read(tmp_path, size=256)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.images.nbytes == 40 * 256 * 256 * 3
    assert peak < 1.4 * found.images.nbytes


def test_the_doors_take_the_settings(tmp_path):
    for i in range(10):
        put(str(tmp_path), f"{i}.png", noise(i, 10, 20))
    dataset = load(tmp_path, "all", size=(6, 8), fit="pad", channels=3)
    assert dataset.images.shape == (10, 6, 8, 3)
    assert load_folder(tmp_path, fit="pad", draft=False).images.shape == (9, 28, 28, 1)
    with pytest.raises(ValueError, match="data set 'digits' does not take fit or draft"):
        load("digits", fit="pad", draft=False)


def test_a_reading_is_plain_data():
    reading = Reading(size=(64, 48), fit="pad", channels=1, stretch=True, draft=False)
    assert make(json.loads(json.dumps(reading.settings()))) == reading
    assert make(Reading().settings()) == Reading() and Reading(size=5).size == (5, 5)
    with pytest.raises(ValueError, match="at most 4096 pixels a side, got 5000"):
        Reading(size=(10, 5000))
