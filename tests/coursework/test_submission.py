"""Whatever is handed in, it is read or refused in a sentence, and nothing is written anywhere."""

import io
import json
import re
import stat
import zipfile

import pytest

from coursework.mistakes import ADA
from gan_scratch.coursework import source, submission

LAYERS = source.load("layers", ADA)
TEXT = LAYERS.solution()


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def read(path):
    return submission.read(path, "layers", "my_layers")


def test_what_is_packed_is_read(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(submission.pack(LAYERS, TEXT, "because"))
    work = read(path)
    assert (work.student, work.text, work.answers, work.problem) == (ADA, TEXT, "because", "")
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_module_a_folder_and_a_zip_of_a_folder_are_read_too(tmp_path):
    plain = tmp_path / "bob.py"
    plain.write_text("x = 1")
    assert read(plain).text == "x = 1" and read(plain).student == "bob"
    plain.write_text(TEXT)
    assert read(plain).student == ADA  # as the module says itself
    plain.write_text(source.load("layers").solution())
    assert read(plain).student == ""
    folder = tmp_path / "cyd"
    folder.mkdir()
    (folder / "my_layers.py").write_text(TEXT)
    assert read(folder).text == TEXT and read(folder).file == "cyd"
    files = {"hw/my_layers.py": TEXT, "__MACOSX/hw/my_layers.py": "x"}
    nested = zipped(tmp_path / "dan.zip", files)
    assert read(nested).text == TEXT and read(nested).file == "dan"
    inside = tmp_path / "eve"
    inside.mkdir()
    zipped(inside / "layers-eve.zip", {"my_layers.py": TEXT})
    assert read(inside).text == TEXT


@pytest.mark.parametrize("encoded", [
    TEXT.replace("\n", "\r\n").encode(), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"),
    TEXT.replace("\n", "\r").encode(),
], ids=["windows-line-ends", "byte-order-mark", "utf-16", "old-line-ends"])
def test_line_ends_and_marks_of_other_systems(tmp_path, encoded):
    work = read(zipped(tmp_path / "x.zip", {"my_layers.py": encoded}))
    assert work.text == TEXT and not work.problem


def link(path):
    entry = zipfile.ZipInfo("my_layers.py")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")


def twice(path):
    zipped(path, {"a/my_layers.py": TEXT, "b/my_layers.py": TEXT})


def bomb(path):
    zipped(path, {"my_layers.py": b"0" * (300 << 20)})


def lying_bomb(path):
    """The size in the directory is not that of the data."""
    bomb(path)
    data = path.read_bytes().replace((300 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)


def large(path):
    path.write_bytes(b"PK\x03\x04" + bytes(9 << 20))


def cut(path):
    whole = submission.pack(LAYERS, TEXT, "")
    path.write_bytes(whole[: len(whole) // 2])


def bent(path):
    """A byte of the compressed data is another one."""
    whole = bytearray(submission.pack(LAYERS, TEXT, ""))
    at = whole.index(b"my_layers.py") + 200
    whole[at] ^= 255
    path.write_bytes(whole)


MALFORMED = {
    "no zip": (lambda path: path.write_bytes(b"hello"), "damaged, or no zip"),
    "empty": (lambda path: path.write_bytes(b""), "damaged, or no zip"),
    "cut": (cut, "damaged, or no zip"),
    "bent": (bent, "damaged, or no zip"),
    "link": (link, "is a link"),
    "out of the folder": (lambda p: zipped(p, {"../my_layers.py": TEXT}), "is missing; there is"),
    "absolute": (lambda p: zipped(p, {"/etc/cron.d/x": TEXT}), "my_layers.py is missing"),
    "twice": (twice, "in the zip twice"),
    "bomb": (bomb, "larger than 1 MiB"),
    "lying bomb": (lying_bomb, "larger than 1 MiB|damaged"),
    "large": (large, "larger than 8 MiB"),
    "nothing in it": (lambda p: zipped(p, {}), "missing; there is nothing"),
    "another name": (lambda p: zipped(p, {"layers_final(2).py": TEXT}), r"is layers_final\(2\).py"),
    "a notebook": (lambda p: zipped(p, {"layers.ipynb": "{}"}), "a notebook came in its place"),
    "not text": (lambda p: zipped(p, {"my_layers.py": b"\x80\x81\xff"}), "not UTF-8"),
    "zero bytes": (lambda p: zipped(p, {"my_layers.py": "x = 1\0"}), "zero byte"),
    "another assignment": (
        lambda p: zipped(p, {"my_layers.py": TEXT, "manifest.json": '{"assignment": "game"}'}),
        "submission of the assignment 'game'",
    ),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_cannot_be_read_is_a_sentence(tmp_path, what):
    make, words = MALFORMED[what]
    path = tmp_path / "x.zip"
    make(path)
    work = read(path)
    assert re.search(words, work.problem), work.problem
    assert work.student == "x" and work.text == ""
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("manifest", ["{", "[1]", '{"student": 7}', '{"student": "a\\u0000\\nb"}'])
def test_a_strange_manifest_does_no_harm(tmp_path, manifest):
    path = zipped(tmp_path / "x.zip", {"my_layers.py": TEXT, "manifest.json": manifest})
    work = read(path)
    assert not work.problem and work.student in (ADA, "ab")


def test_names_of_files_are_harmless_and_differ():
    names = ["ada", "Ada Lovelace", "../../etc/passwd", "Åsa", "asa", "", "a" * 500, "=cmd()", "Å"]
    files = [submission.file_name(name) for name in names]
    assert files[0] == "ada" and len(set(files)) == len(files)
    assert all(set(file) <= set(json.dumps(file)) and "/" not in file and len(file) < 80
               for file in files)
    assert all(file[0] not in ".-=" for file in files)
    assert io.StringIO("".join(files)).read().isascii()
