"""The walk of a student and of a teacher through `gan-scratch assignment`."""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

from gan_scratch.cli import main
from gan_scratch.coursework import source

BODY = re.compile(r' +raise NotImplementedError\("task 1.2: LeakyReLU.(forward|backward)"\)\n')
RIGHT = {
    "forward": "        return np.where(x > 0, x, self.a * x), x > 0\n",
    "backward": "        return np.where(cache, dy, self.a * dy)\n",
}


@pytest.fixture
def started(tmp_path, monkeypatch, capsys):
    assert main(["assignment", "start", "1", str(tmp_path / "hw"), "--student", "ada"]) == 0
    monkeypatch.chdir(tmp_path / "hw")
    capsys.readouterr()
    return tmp_path / "hw"


def fill(path, **bodies):
    text = path.read_text()
    path.write_text(BODY.sub(lambda found: bodies[found[1]], text))


def test_list_names_all_assignments_and_tasks(capsys):
    assert main(["assignment", "list"]) == 0
    said = capsys.readouterr().out
    assert "Assignment 1: layers" in said and "1.4  Binary cross-entropy, 4 points" in said
    assert "read by a person" in said


def test_start_fill_check_submit(started, capsys):
    assert main(["assignment", "check"]) == 1
    assert "1.2 Leaky ReLU: not yet\n  not written yet (task 1.2: " in capsys.readouterr().out
    fill(started / "my_layers.py", **RIGHT)
    began = sum(os.times()[:4])
    assert main(["assignment", "check", "1.2"]) == 0
    assert sum(os.times()[:4]) - began < 5  # seconds of computing, however busy the machine is
    assert capsys.readouterr().out == "1.2 Leaky ReLU: ok\n"
    assert main(["assignment", "check", "2"]) == 0
    assert main(["assignment", "submit"]) == 0
    assert "hand in layers-ada.zip" in capsys.readouterr().out
    with zipfile.ZipFile("layers-ada.zip") as archive:
        assert set(archive.namelist()) == {"my_layers.py", "answers.md", "manifest.json"}
        assert json.loads(archive.read("manifest.json"))["student"] == "ada"


def test_an_open_question_is_told_and_is_no_task(started, capsys):
    assert main(["assignment", "submit"]) == 0
    assert "a question is open in answers.md" in capsys.readouterr().out
    path = started / "answers.md"
    path.write_text(path.read_text().replace("(Your answer.)", "Because it is a sum."))
    assert main(["assignment", "submit"]) == 0
    assert "a question is open" not in capsys.readouterr().out
    assert main(["assignment", "check", "1.6"]) == 2
    assert "1.6 is a question: your answer in answers.md is read" in capsys.readouterr().err


def test_answers_in_another_encoding_are_not_handed_in(started, capsys):
    (started / "answers.md").write_bytes("weil es eine Summe über x ist".encode("latin-1"))
    assert main(["assignment", "submit"]) == 2
    assert "answers.md is no text in UTF-8; save it as such" in capsys.readouterr().err
    assert not list(started.glob("*.zip"))


@pytest.mark.parametrize("line, what", [
    ("import scipy.linalg", "imports scipy.linalg"),
    ("from gan_scratch import layers", "imports gan_scratch.layers"),
    ("import os, pandas", "imports pandas"),
])  # fmt: skip
def test_what_the_grader_does_not_have_may_not_be_imported(started, capsys, line, what):
    path = started / "my_layers.py"
    text = path.read_text()
    path.write_text(text + f"\n\ndef later():\n    {line}\n")
    assert main(["assignment", "check"]) == 2
    said = capsys.readouterr().err
    assert what in said and "it has NumPy, Python's standard library" in said
    assert said.count("\n") == 1
    path.write_text(text + "\n\nimport math, itertools\nfrom numpy import linalg\n")
    assert main(["assignment", "check"]) == 1  # the tasks, which are not written


def test_a_wrong_layer_is_named(started, capsys):
    fill(started / "my_layers.py", **RIGHT | {
        "backward": "        return np.where(cache, dy, self.a)\n",
    })
    assert main(["assignment", "check", "1.2"]) == 1
    assert "dx does not change with dy in" in capsys.readouterr().out


def test_starting_again_loses_no_work(started, capsys):
    fill(started / "my_layers.py", **RIGHT)
    mine = (started / "my_layers.py").read_text()
    (started / "test_my_layers.py").unlink()
    assert main(["assignment", "start", "1", str(started), "--student", "ada"]) == 0
    assert (started / "my_layers.py").read_text() == mine
    assert (started / "test_my_layers.py").exists()
    assert "stays as it is" in capsys.readouterr().out
    assert main(["assignment", "start", "1", str(started), "--student", "bob"]) == 2
    assert "holds assignment 1 of ada" in capsys.readouterr().err


@pytest.mark.parametrize("text, limit, words", [
    ("x = = 1\n", 60, "my_layers.py, line 1: invalid syntax"),
    ("import numpy as np\n1 / 0\n", 60,
     "my_layers.py, line 2: ZeroDivisionError: division by zero"),
    ("while True: pass\n", 1, "did not finish within 1 seconds"),
])
def test_a_module_that_cannot_be_imported_is_a_sentence(started, capsys, text, limit, words):
    (started / "my_layers.py").write_text(text)
    assert main(["assignment", "check", "--limit", str(limit)]) == 2
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1


@pytest.mark.parametrize("arguments, words", [
    (["check"], "no assignment was started in"),
    (["submit"], "no assignment was started in"),
    (["start", "9"], "choose one of 1 (layers)"),
    (["grade", "1", "nowhere", "--out", "out"], "there is no nowhere"),
    (["grade", "1", ".", "--out", "out"], "holds no submissions"),
    (["grade", "1", ".", "--out", "out", "--jobs", "0"], "--jobs must be a whole number"),
    (["grade", "1", ".", "--out", "out", "--patience", "0"], "--patience must be a factor above 0"),
    (["chekc"], "unknown action 'chekc' (did you mean check?)"),
    ([], "ACTION"),
])
def test_bad_input_is_a_sentence(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(["assignment", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_task_that_does_not_exist(started, capsys):
    assert main(["assignment", "check", "1.9"]) == 2
    assert "has no task '1.9'; it has 1.1, 1.2" in capsys.readouterr().err


def test_watching_checks_at_every_save(started):
    command = [sys.executable, "-u", "-m", "gan_scratch", "assignment", "check", "1.2", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        try:
            first = [watching.stdout.readline() for _ in range(2)]
            while "watching" not in watching.stdout.readline():
                pass
            fill(started / "my_layers.py", **RIGHT)
            assert first[0] == "1.2 Leaky ReLU: not yet\n"
            assert watching.stdout.readline() == "1.2 Leaky ReLU: ok\n"
        finally:
            watching.kill()


def test_what_a_teacher_gets(tmp_path, capsys):
    assert main(["assignment", "release", "1", str(tmp_path)]) == 0
    assert (tmp_path / "solution" / "my_layers.py").read_text() == source.load(1).solution()
    assert "| 1.6 What the loop would learn | 3 | read by a person |" in (
        tmp_path / "rubric.md").read_text()
    assert main(["assignment", "grade", "1", str(tmp_path / "solution"), "--out",
                 str(tmp_path / "out")]) == 0
    assert "20 of 20 points" in capsys.readouterr().out
    assert main(["assignment", "variant", "1", "--student", "ada"]) == 0
    assert "REAL_WEIGHT: 2.5" in capsys.readouterr().out


def test_the_notebook_runs_beside_a_finished_module(started, tmp_path):
    """All its code, but for what only a kernel understands."""
    (started / "my_layers.py").write_text(source.load(1, "ada").solution())
    cells = json.loads((started / "layers.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    code = "\n".join(line for line in code.splitlines() if not line.startswith("%"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=started)
    assert done.returncode == 0, done.stderr
    for task, name in source.load(1).tasks.items():
        assert f"{task} {name}: ok" in done.stdout or task == "1.5"
