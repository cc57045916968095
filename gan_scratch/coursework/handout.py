"""The folders: what a student starts from, and what a teacher keeps."""

import json
from pathlib import Path

from gan_scratch.coursework import notebooks, source, submission
from gan_scratch.coursework.cases import cases_of
from gan_scratch.coursework.check import check_folder
from gan_scratch.coursework.students import checked, shown
from gan_scratch.files import whole_file
from gan_scratch.version import VERSION

NBGRADER_SETTINGS = """c = get_config()
c.Execute.timeout = 300  # seconds for a cell; two of the tasks train a generator
"""

TO_ANSWER = "(Your answer.)"  # stands in answers.md until somebody writes one


def start(number, folder, student=""):
    """Write the student's version into a folder; returns the names of the files.

    A file that is there already stays as it is, if it is the student's work: so a second start
    brings back what was deleted and loses nothing.
    """
    assignment = source.load(number, checked(student))
    folder = Path(folder)
    if (folder / source.STARTED).exists():
        before = source.started_in(folder)
        if (before.name, before.student) != (assignment.name, assignment.student):
            raise ValueError(
                f"{folder} holds assignment {before.number} of "
                f"{shown(before.student) or 'nobody in particular'}; choose another folder"
            )
    state = {"assignment": assignment.name, "student": student, "version": VERSION}
    own = {
        f"{assignment.module}.py": assignment.skeleton(),
        submission.ANSWERS: answers(assignment),
    }
    given = {
        f"{assignment.name}.ipynb": notebooks.leading(assignment),
        f"test_{assignment.module}.py": assignment.tests(),
        "pytest.ini": pytest_settings(assignment),
        source.STARTED: json.dumps(state, indent=1) + "\n",
    }
    kept = [name for name in own if (folder / name).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, {name: text for name, text in own.items() if name not in kept} | given)
    return assignment, kept


def release(number, folder, student=""):
    """Write what a teacher needs: the student's version, the solution, the rubric, nbgrader's."""
    folder = Path(folder)
    assignment, _ = start(number, folder / "student", student)
    write(folder, {
        f"solution/{assignment.module}.py": assignment.solution(),
        "rubric.md": rubric(assignment),
        f"nbgrader/source/{assignment.name}/{assignment.name}.ipynb":
            notebooks.for_nbgrader(assignment),
        "nbgrader/nbgrader_config.py": NBGRADER_SETTINGS,
    })
    return assignment


def write(folder, files):
    """Write each text (path in the folder -> text), whole or not at all."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)


def answered(folder="."):
    """What answers.md says; "" where it is not there."""
    path = Path(folder) / submission.ANSWERS
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8; save it as such: {error}") from None


def unanswered(folder="."):
    """Whether answers.md still has a place for an answer, or says nothing."""
    written = answered(folder)
    return not written or TO_ANSWER in written


def submit(folder="."):
    """Check once more and pack; returns (assignment, answers of the tests, path of the zip)."""
    assignment, found = check_folder(folder)
    folder = Path(folder)
    text = (folder / f"{assignment.module}.py").read_text(encoding="utf-8")
    words = answered(folder)
    path = folder / f"{assignment.name}-{submission.file_name(assignment.student)}.zip"
    with whole_file(path) as stream:
        stream.write(submission.pack(assignment, text, words))
    return assignment, found, path


def rubric(assignment):
    lines = [f"# {assignment.title}: rubric", "", "| task | points | for |", "|---|---|---|"]
    for case in cases_of(assignment):
        gate = " (without it the task has no points)" if case.gate else ""
        name = assignment.tasks[case.task]
        lines.append(f"| {case.task} {name} | {case.points} | {case.name}{gate} |")
    for cell in assignment.questions:
        name, points = notebooks.title_and_points(cell.name)
        lines.append(f"| {cell.task} {name} | {points} | read by a person |")
    return "\n".join(lines) + "\n"


def answers(assignment):
    parts = [f"# {assignment.title}: answers\n"]
    for cell in assignment.questions:
        parts.append(f"## {cell.task} {cell.name}\n\n{cell.text}\n{TO_ANSWER}\n")
    return "\n".join(parts)


def pytest_settings(assignment):
    tasks = assignment.tasks.items()
    marks = "".join(f"    task{task.partition('.')[2]}: {task} {name}\n" for task, name in tasks)
    return f"[pytest]\npythonpath = .\nmarkers =\n{marks}"
