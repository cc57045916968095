"""Whatever is handed in, it is read or refused in a sentence, and nothing is written anywhere."""

import io
import json
import os
import re
import stat
import unicodedata
import zipfile

import pytest

from coursework.mistakes import ADA
from gan_scratch.coursework import handout, source, students, submission

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
    assert read(folder).text == TEXT
    assert read(folder).notes == ["it names ada, and its file name does not"]
    files = {"hw/my_layers.py": TEXT, "__MACOSX/hw/my_layers.py": "x"}
    nested = zipped(tmp_path / "dan.zip", files)
    assert read(nested).text == TEXT
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
    "no assignment": (
        lambda p: zipped(p, {"my_layers.py": TEXT, "manifest.json": '{"assignment": [7]}'}),
        "submission of the assignment of no name",
    ),
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


@pytest.mark.parametrize("manifest, note", [
    ("{", "manifest.json cannot be read"), ("[1]", "manifest.json cannot be read"),
    ("[" * 200_000, "manifest.json cannot be read"), ('{"a": ' * 100_000, "cannot be read"),
    ("1" * 10_000, "cannot be read"), ('{"student": 7}', "an id that `assignment start` refuses"),
    (json.dumps({"sha256": "0" * 64}), "not the one that `assignment submit` packed"),
    ('{"student": "a\\u0000\\nb"}', "an id that `assignment start` refuses"),
    ('{"student": "\\ud800"}', "an id that `assignment start` refuses"),
    (json.dumps({"student": "a" * 201}), "an id that `assignment start` refuses"),
    (json.dumps({"student": "x"}), "its manifest says x, but its module was drawn for ada"),
    (json.dumps({"student": ""}), "its manifest says nobody, but its module was drawn for ada"),
])
def test_a_strange_manifest_does_no_harm_and_is_pointed_out(tmp_path, manifest, note):
    path = zipped(tmp_path / "x.zip", {"my_layers.py": TEXT, "manifest.json": manifest})
    work = read(path)
    assert not work.problem and note in "; ".join(work.notes)
    named = json.loads(manifest)["student"] if "manifest says" in note else ADA
    assert work.student == named


IDS = [
    "ada", "Ada Lovelace", "ada@uni.edu", "a" * 200, "ada\xa0b", "نی\u200cما", "a\xadda", "anybody",
    "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}", '"ada"', '"', " ada ", "Ångström",
    unicodedata.normalize("NFD", "Ångström"), "\u202eada", "İ", "straße", "# Drawn for: bob",
]


@pytest.mark.parametrize("student", IDS)
def test_an_id_travels_unaltered(tmp_path, student):
    """By the manifest and by the module alone; and what is drawn is what was drawn at the start."""
    handout.start("layers", tmp_path / "hw", student)
    here = source.started_in(tmp_path / "hw")
    path = tmp_path / f"layers-{submission.file_name(student)}.zip"
    path.write_bytes(submission.pack(here, here.solution(), ""))
    bare = zipped(tmp_path / path.name.replace("layers", "bare"), {"my_layers.py": here.solution()})
    for work in (read(path), read(bare)):
        assert (work.student, work.problem, work.notes) == (student, "", [])
        assert source.load("layers", work.student).solution() == here.solution()


@pytest.mark.parametrize("student", ["a\nb", "a\rb", "\x1b[2Ka", "a\u2028b", "\udcff", "a" * 201])
def test_an_id_that_no_file_could_carry_is_refused_at_the_start(tmp_path, student):
    with pytest.raises(ValueError, match="^a student's id has (at most|no line)") as said:
        handout.start("layers", tmp_path / "hw", student)
    assert str(said.value).isprintable() and not (tmp_path / "hw").exists()


@pytest.mark.parametrize("one, other", [
    ("ada", " ADA\n"), ("STRASSE", "straße"), ("Å", "A\u030a"), ("é", "E\u0301"), ("ς", "σ"),
])
def test_one_id_in_two_spellings_draws_one_variant(one, other):
    assert students.normalised(one) == students.normalised(other)
    assert source.load("layers", one).drawn == source.load("layers", other).drawn


def test_what_plain_ids_drew_stays():
    drawn = [list(source.load("layers", student).drawn.values()) for student in ("ada", "Bob 7")]
    assert drawn == [["2.5", "gate"], ["3.0", "gate"]]


@pytest.mark.parametrize("make, words", [
    (os.mkfifo, "a pipe"),
    (lambda path: os.symlink("/dev/zero", path), "a link"),
    (lambda path: os.symlink("nowhere", path), "a link"),
    (lambda path: os.symlink(path.name, path), "a link"),
    (lambda path: os.symlink(path.parents[1] / "cyd", path), "a link"),
])
def test_only_regular_files_are_read(tmp_path, make, words):
    for name in ("ada.zip", "bob/my_layers.py", "cyd/answers.md", "dan/x.zip"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        make(tmp_path / name)
    (tmp_path / "cyd" / "my_layers.py").write_text(TEXT)
    assert read(tmp_path / "ada.zip").aside == f"it is {words}, and only files and folders are read"
    assert f"my_layers.py is {words}" in read(tmp_path / "bob").problem
    assert f"x.zip is {words}" in read(tmp_path / "dan").problem
    cyd = read(tmp_path / "cyd")
    assert cyd.text == TEXT and f"answers.md is {words}, wanted the file itself" in cyd.notes


def test_answers_that_cannot_be_read_cost_nothing_else(tmp_path):
    path = zipped(tmp_path / "ada.zip", {"my_layers.py": TEXT, "answers.md": b"\xe9"})
    work = read(path)
    assert work.text == TEXT and not work.problem and "answers.md is not UTF-8" in work.notes[0]


@pytest.mark.parametrize("names, found", [  # what lies there -> what is a submission
    (["my_layers.py"], None), (["my_layers.py", "answers.md", "manifest.json"], None),
    (["my_layers.py", "layers.ipynb", "test_my_layers.py", "pytest.ini", "assignment.json",
      ".DS_Store", ".pytest_cache", "__pycache__"], None),
    (["my_layers.py", "answers.md", "ada.zip"], ["ada.zip", "my_layers.py"]),
    (["ada.zip", "bob.7z", ".a.zip", "Thumbs.db", "out"], [".a.zip", "ada.zip", "bob.7z"]),
])
def test_everything_in_a_folder_is_found_or_ignored(tmp_path, names, found):
    for name in names:
        (tmp_path / name).write_text("")
    paths, ignored = submission.found_in(tmp_path, "layers", "my_layers", [tmp_path / "out"])
    assert [path.name for path in paths] == (found or [tmp_path.name])
    assert set(ignored) == set(names) & {".DS_Store", "Thumbs.db", "out"}


def test_a_started_folder_is_one_submission(tmp_path):
    handout.start("layers", tmp_path, ADA)
    assert submission.found_in(tmp_path, "layers", "my_layers") == ([tmp_path], [])
    work = submission.read(tmp_path, "layers", "my_layers", alone=True)
    assert (work.student, work.notes, work.problem) == (ADA, [], "") and work.answers


def test_names_of_files_are_harmless_and_differ():
    names = ["ada", "Ada Lovelace", "../../etc/passwd", "Åsa", "asa", "", "a" * 500, "=cmd()", "Å"]
    names += ["ada.py", "ada.zip", "ADA", "Ada", "ada\udcff", "a" * 501, ".ada", "-ada", "ada.",
              "nul", "nul.zip", "CON.zip", "com1.py", "lpt\u00b9.zip", "conrad.zip"]
    files = [submission.file_name(name) for name in names]
    assert files[0] == "ada" and len({file.lower() for file in files}) == len(files)
    assert all(set(file) <= set(json.dumps(file)) and "/" not in file and len(file) < 80
               for file in files)
    assert all(file[0] not in ".-=" for file in files) and files[-1] == "conrad.zip"
    assert not any(file.partition(".")[0] in ("nul", "con", "com1", "lpt") for file in files)
    assert io.StringIO("".join(files)).read().isascii()
