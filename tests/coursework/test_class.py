"""A class in which everything that can lie in a folder lies in it: a row for each, and no word or
name that is not what it seems. The marks themselves are given here without running anything.
"""

import csv
import hashlib
import html
import io
import json
import os
import re
import socket
import stat
import zipfile

import pytest
from PIL import Image

from coursework.mistakes import ADA
from gan_scratch.cli import main
from gan_scratch.coursework import gradebook, source, students, submission
from gan_scratch.coursework.grader import Grader, Result, TaskResult

EVIL = "\x1b[2K\rbob.zip: 20 of 20 points\u202e"


def packed(student, text=None):
    assignment = source.load("layers", student)
    return submission.pack(assignment, assignment.solution() if text is None else text, "")


def marked(self, student, text, seed):
    """Grader.grade, but that 1.2 is lost, with words of the student's."""
    tasks = [TaskResult(task, name, 4, 4) for task, name in source.load("layers").tasks.items()]
    tasks[0].figures = {"score": 1.0}
    tasks[1].points, tasks[1].words = 0, [f"backward (0 of 4): {EVIL}"]
    return Result(1, student, tasks, tests=f"1.2 Leaky ReLU: ok\nenter 20 by hand{EVIL}")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(Grader, "grade", marked)
    monkeypatch.setattr(gradebook, "checked_grader", lambda name, *settings: Grader(name))


@pytest.fixture
def grade(tmp_path):
    """Puts files, name -> bytes or how to make it, into a folder and grades it: (rows of the table,
    the file names in order; what was said)."""
    (tmp_path / "in").mkdir()

    def grade(files, **settings):
        for name, make in files.items():
            path = os.path.join(os.fsencode(tmp_path / "in"), os.fsencode(name))
            if isinstance(make, bytes):
                with open(path, "wb") as stream:
                    stream.write(make)
            else:
                make(path)
        said = []
        gradebook.grade_class("layers", tmp_path / "in", tmp_path / "out", say=said.append,
                              **settings)
        with open(tmp_path / "out" / "grades.csv", newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        return {row["file"] or row["student"]: row for row in rows}, said

    return grade


def device(path):
    """The null device, under another name; a pipe for who may not make one."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        os.mkfifo(path)


def socket_at(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)


def folder_with(**files):
    def make(path):
        os.mkdir(path)
        for name, data in files.items():
            with open(os.path.join(path, os.fsencode(name.replace("_py", ".py"))), "wb") as stream:
                stream.write(data)
    return make


TEXT = source.load("layers", "mod").solution().encode()
THINGS = {  # name -> (what it is, its score, words of its note)
    b"\xff.zip": (packed("\xe4"), "16", "it names \xe4, and its file name does not"),
    "my_layers.py": (TEXT, "16", "it lies in the folder of the class itself"),
    "pipe.zip": (os.mkfifo, "", "not graded: it is a pipe"),
    "socket.py": (socket_at, "", "not graded: it is a socket"),
    "device.zip": (device, "", "not graded: it is a "),
    "dangling.zip": (lambda path: os.symlink("nowhere", path), "", "not graded: it is a link"),
    "tar.tar.gz": (b"x", "", "not graded: it ends in .gz, and only a zip, my_layers.py or a"),
    "seven.7z": (b"x", "", "not graded: it ends in .7z"), "notes.txt": (b"x", "", ".txt"),
    "README": (b"x", "", "not graded: its name has no ending"),
    ".hidden.zip": (packed("hidden"), "", "not graded: its name begins with a dot"),
    "test_my_layers.py": (b"x", "", "not graded: it comes with the assignment"),
    "$\\frac{x$.zip": (packed("x"), "16", ""),
    "=cmd().zip": (packed("=cmd()"), "16", ""),
    "ada.py": (source.load("layers", "ada").solution().encode(), "16", "ada is named by ADA"),
    "ADA.zip": (packed("ADA"), "16", "ADA is named by ada.py"),
    "eve.zip": (packed("ada"), "16", "its file name does not; ada is named by ADA.zip, ada.py too"),
    '"bob.zip: 20 of 20 points".zip': (packed("e"), "16", "it names e, and its file name does not"),
    "nobody.zip": (packed(""), "16", "it names no student; graded in the variant of nobody"),
    "blank.zip": (packed("  "), "16", "the variant of nobody in particular"),
    "plain.py": (b"x = 1", "16", "graded as plain's, after its file name"),
    "empty.zip": (b"", "0", "damaged, or no zip"),
    "dir": (folder_with(my_layers_py=TEXT), "16", "it names mod, and its file name does not"),
    "dir.zip": (folder_with(), "0", "my_layers.py is missing; there is nothing"),
    "a\nb\x1b[2J\u202e.zip": (packed("b"), "16", ""),
    "n" * 250 + ".zip": (packed("n"), "16", ""),
}


def test_a_row_for_each_thing_and_all_others_are_graded(grade, tmp_path):
    rows, said = grade({name: what for name, (what, _, _) in THINGS.items()}
                       | {".DS_Store": b"", "__MACOSX": folder_with()})
    assert "ignored 2 names in this folder: .DS_Store, __MACOSX" in said
    names = {students.shown(os.fsdecode(name)): name for name in THINGS}
    assert {row.removeprefix("'") for row in rows} == set(names)
    for name, row in rows.items():
        _, score, note = THINGS[names[name.removeprefix("'")]]
        assert row["score"] == score and note in row["note"], row
        assert all(cell.isprintable() and cell[:1] not in tuple("=+-@") for cell in row.values())
    assert all(line.isprintable() for line in said)
    assert '"a\\nb\\x1b[2J\\u202e.zip": 16 of 20 points' in [line[:50] for line in said]
    graded = [row for row in rows.values() if row["score"]]
    for kind in ("results", "feedback"):
        paths = list((tmp_path / "out" / kind).iterdir())
        assert len(paths) == len({path.name.lower() for path in paths}) == len(graded)
        assert all(control not in path.read_text("utf-8") for path in paths for control in EVIL[:5]
                   if not control.isprintable())
    with Image.open(tmp_path / "out" / "leaderboard.png") as picture:
        assert picture.height > 30 * len(graded)
    again, _ = grade({})
    assert again == rows


@pytest.mark.parametrize("line", ["1.2 Leaky ReLU: ", "1.2: "])
def test_what_a_student_s_code_said_is_marked_as_such(grade, tmp_path, monkeypatch, line):
    def lost(self, student, text, seed):
        result = marked(self, student, text, seed)
        result.tests = result.tests.replace("1.2 Leaky ReLU: ", line)
        return result

    monkeypatch.setattr(Grader, "grade", lost)
    grade({"ada.zip": packed("ada")})
    page = html.unescape((tmp_path / "out" / "feedback" / "ada.zip.html").read_text("utf-8"))
    record = json.loads((tmp_path / "out" / "results" / "ada.zip.json").read_text())
    shown = "\\x1b[2K\\rbob.zip: 20 of 20 points\\u202e"
    before, after = page.split(gradebook.SAID_IN_TESTS)
    assert before.index(gradebook.SAID_IN_CASES) < before.index(shown) and shown in after
    assert "enter 20 by hand" not in before
    instead = "the assignment's tests pass; the grader's larger cases do not: see the "
    assert f"{line}ok" not in page
    assert f"{line}{instead}table above" in after
    assert record["output"].startswith(
        f"{gradebook.SAID_IN_TESTS}:\n{line}{instead}points of the task\nenter 20")
    assert record["tests"][1]["output"].startswith(f"{gradebook.SAID_IN_CASES}:\nbackward")
    assert all(test["output"] == "" for test in record["tests"] if test["number"] != "1.2")


def test_why_a_module_cannot_be_imported_is_the_student_s_word_too(grade, tmp_path, monkeypatch):
    said = "my_layers.py cannot be imported: no\nada.zip: 20 of 20"
    monkeypatch.setattr(Grader, "grade", lambda self, student, *_: self.nothing(student, said))
    rows, lines = grade({"ada.zip": packed("ada")})
    note = "its code said: my_layers.py cannot be imported: no\\nada.zip: 20 of 20"
    assert rows["ada.zip"]["note"] == note
    assert not any("\n" in line for line in lines)
    record = json.loads((tmp_path / "out" / "results" / "ada.zip.json").read_text())
    assert record["output"] == f"{gradebook.SAID_IN_CASES}:\n{said}"
    page = (tmp_path / "out" / "feedback" / "ada.zip.html").read_text("utf-8")
    assert f"<h2>{gradebook.SAID_IN_CASES}</h2><pre>{said}</pre>" in page


def test_a_seed_for_each_student_that_only_the_secret_gives(grade, tmp_path, monkeypatch):
    seeds = {}

    def grade_and_tell(self, student, text, seed):
        seeds.setdefault(student, []).append(seed)
        return marked(self, student, text, seed)

    monkeypatch.setattr(Grader, "grade", grade_and_tell)
    grade({f"{student}.zip": packed(student) for student in ("ada", "bob")})
    kept = tmp_path / "out" / "grading.json"
    secret = json.loads(kept.read_text())["secret"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and len(bytes.fromhex(secret)) == 32
    block = secret.encode().ljust(64, b"\0")  # HMAC by its definition
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + b"layers\nada").digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()
    assert seeds["ada"] == [int.from_bytes(outer)] and seeds["ada"] != seeds["bob"]
    for path in (tmp_path / "out" / "results").iterdir():
        path.unlink()
    grade({"once-more-ADA.zip": packed("ADA")})
    assert seeds["ada"] == seeds["ADA"] * 2 and len(seeds["bob"]) == 2
    assert not any(secret in path.read_text("utf-8") for path in tmp_path.glob("out/*/*"))


@pytest.mark.parametrize("settings, words", [
    ('{"assignment": "layers", "version": "VERSION", "seed": 7}', "keeps one seed for all"),
    ("{", "grading.json is damaged"), ("[]", "grading.json is damaged"),
])
def test_a_grading_without_a_secret_is_refused(grade, tmp_path, settings, words):
    (tmp_path / "out").mkdir()
    settings = settings.replace("VERSION", gradebook.VERSION)
    (tmp_path / "out" / "grading.json").write_text(settings)
    with pytest.raises(ValueError, match=words):
        grade({"ada.zip": packed("ada")})


@pytest.mark.parametrize("roster", [
    "ada\nbob\n", "id\nADA \nbob", "Student;mark\r\nada;1\r\n\r\nbob;2",
    '\ufeffid,name\n"ada","A, B"\nbob,', "id\tname\nada\tAda\nbob\tBob\n",
])
def test_a_roster_tells_who_is_missing_and_who_is_not_on_it(grade, tmp_path, roster):
    (tmp_path / "in" / "roster.csv").write_text(roster, "utf-8")
    rows, _ = grade({"ada.zip": packed("ada"), "eve.zip": packed("eve"), "layers-bob.7z": b""},
                    roster=tmp_path / "in" / "roster.csv")
    assert {name: row["note"] for name, row in rows.items()} == {
        "ada.zip": "", "eve.zip": "eve is not on the roster",
        "layers-bob.7z": "not graded: it ends in .7z, and only a zip, my_layers.py or a folder is "
        "read", "bob": "no submission; but see layers-bob.7z",
    }
    (tmp_path / "in" / "layers-bob.7z").unlink()
    assert grade({}, roster=tmp_path / "in" / "roster.csv")[0]["bob"]["note"] == "no submission"


@pytest.mark.parametrize("data, words", [(b"", "names no student"), (b"id\n", "names no student"),
                                         (b"\xff\xfe\xff", "is not a roster")])
def test_a_roster_that_is_none_is_a_sentence(grade, tmp_path, data, words):
    (tmp_path / "roster").write_bytes(data)
    with pytest.raises(ValueError, match=words):
        grade({"ada.zip": packed("ada")}, roster=tmp_path / "roster")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_opened_is_no_zero_and_the_rest_is_graded(grade, monkeypatch):
    opened = submission.without_waiting

    def denied(path, flags):
        if "bob" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags)

    monkeypatch.setattr(submission, "without_waiting", denied)
    rows, _ = grade({"ada.zip": packed("ada"), "bob.zip": packed("bob")})
    assert rows["bob.zip"]["score"] == "" and rows["ada.zip"]["score"] == "16"
    assert rows["bob.zip"]["note"] == "NOT GRADED: Permission denied"


def test_stopped_with_ctrl_c_what_is_done_is_kept(grade, tmp_path, monkeypatch):
    def stopped(self, student, text, seed):
        if student == "bob":
            raise KeyboardInterrupt
        return marked(self, student, text, seed)

    monkeypatch.setattr(Grader, "grade", stopped)
    class_ = {f"{student}.zip": packed(student) for student in ("ada", "bob", "cyd")}
    with pytest.raises(KeyboardInterrupt):
        grade(class_, jobs=1)
    out = tmp_path / "out"
    assert (out / "results" / "ada.zip.json").exists() and not (out / "grades.csv").exists()
    monkeypatch.setattr(Grader, "grade", marked)
    assert {row["score"] for row in grade({}, jobs=1)[0].values()} == {"16"}


def test_a_picture_that_cannot_be_drawn_does_not_cost_the_table(grade, monkeypatch):
    monkeypatch.setattr("gan_scratch.plots.leaderboard.save_leaderboard", lambda *entries: 1 / 0)
    rows, said = grade({"ada.zip": packed("ada")})
    assert rows["ada.zip"]["score"] == "16" and "the leaderboard could not be drawn" in said[-1]


def test_strict_grades_nobody_where_a_wall_is_missing(tmp_path, capsys, monkeypatch):
    (tmp_path / "ada.zip").write_bytes(packed("ada"))
    out = str(tmp_path / "out")
    command = ["assignment", "grade", "1", str(tmp_path), "--out", out, "--strict"]
    monkeypatch.setattr(gradebook, "missing_walls", lambda: ["it can read files"])
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "--strict" in said and "it can read files" in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(gradebook, "missing_walls", list)
    assert main(command) == 0


def test_the_command_says_what_needs_a_look(tmp_path, capsys):
    for name, data in {"ada.zip": packed("ada"), "eve.zip": packed("ada"), "x.7z": b""}.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "ids").write_text("ada\nbob\n")
    assert main(["assignment", "grade", "1", str(tmp_path), "--out", str(tmp_path / "out"),
                 "--roster", str(tmp_path / "ids")]) == 0
    said = capsys.readouterr().out
    assert re.search(r"2 graded, 2 not: .*grades.csv\nrows with a note, .*: 4", said), said


@pytest.mark.parametrize("student", [ADA, "a\xadda"])
def test_a_zip_above_the_limit_is_a_sentence(grade, student):
    data = packed(student, "x = 1\n" * 200_000)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.getinfo("my_layers.py").file_size > submission.MOST_BYTES
    rows, _ = grade({"ada.zip": data})
    row, = rows.values()
    assert row["score"] == "0" and "my_layers.py in the zip is larger than 1 MiB" in row["note"]
    assert row["student"] == students.shown(student)
