"""A class: every submission graded, in parallel, whatever becomes of some of them.

OUT holds, for each submission, results/NAME.json (which Gradescope reads) and feedback/NAME.html,
and grades.csv over all, with leaderboard.png where generators were trained. A result is written
whole or not at all, so a run that was interrupted goes on where it was. The cases of each student
come from a seed of his own: that of a secret, drawn at the first run and kept here, and of his id.
"""

import csv
import hmac
import json
import math
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from gan_scratch.coursework import source, submission
from gan_scratch.coursework.grader import checked_grader
from gan_scratch.coursework.handout import write
from gan_scratch.coursework.remote import missing_walls
from gan_scratch.coursework.students import PROSE, normalised, shown
from gan_scratch.files import whole_file
from gan_scratch.templates import render
from gan_scratch.version import VERSION

SETTINGS = "grading.json"
TABLE = "grades.csv"
LEADERBOARD = "leaderboard.png"  # where an assignment has one
SAID_IN_CASES = "What your code did and said when it was graded (not a mark)"
SAID_IN_TESTS = "What your code said when the assignment's tests ran in it (not a mark)"


def grade_class(
    number, submissions, out, *, jobs=None, patience=1.0, strict=False, roster=None, say=print
):
    """Grade all submissions in a folder; returns the rows of the table.

    jobs    submissions at a time (default: one a core)
    patience  all time limits times this, for a slow computer
    strict  ValueError where this system lacks a wall, before anything is run
    roster  a file with the ids of the class, one a line
    say     is told of each result, in a line
    """
    name = source.find(number)
    module = source.load(name).module
    out = Path(out)
    apart = [Path(each).resolve() for each in (out, roster) if each]
    paths, ignored = submission.found_in(submissions, name, module, apart)
    expected = read_roster(roster) if roster else None
    lacking = missing_walls()
    if strict and lacking:
        raise ValueError(
            "this system does not wall the code off completely, and --strict asks for it, so "
            f"nothing was graded: {'; '.join(lacking)}"
        )
    jobs = jobs or os.cpu_count() or 1
    secret = secret_of(out, name)
    for sentence in lacking:
        say(f"this system does not wall the code off completely: {sentence}")
    if ignored:
        say(f"ignored {len(ignored)} names in this folder: {listed(ignored)}")
    alone = paths[0] == Path(submissions).resolve()
    saying, done = threading.Lock(), []
    with checked_grader(name, jobs if len(paths) == 1 else 1, patience) as grader:

        def one(path):
            row = graded_row(grader, path, name, module, out, secret, alone)
            with saying:
                say(" ".join(f"{quoted(row['file'])}: {row['words']}".split()))
                done.append(row)
            return row

        try:
            with ThreadPoolExecutor(jobs) as pool:
                rows = list(pool.map(one, paths))
        except KeyboardInterrupt:
            kept = f"{len(done)} of {len(paths)} are done and kept in {out}"
            say(f"stopped: {kept}; the same command goes on from there")
            raise
    rows += compared(rows, expected)
    write_table(out / TABLE, rows, source.load(name))
    if entries := {row["file"]: row["figures"] for row in rows if row["figures"]}:
        from gan_scratch.plots.leaderboard import save_leaderboard

        try:
            save_leaderboard(entries, out / LEADERBOARD)
        except Exception as error:
            say(f"the leaderboard could not be drawn, the table is whole: {shown(str(error))}")
    return rows


def secret_of(out, name):
    """The secret of this grading, kept in its folder; ValueError where the folder is another's."""
    path = out / SETTINGS
    if path.is_file():
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))
            of, version = settings["assignment"], settings["version"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path} is damaged; choose another folder, or delete it") from None
        if (of, version) != (name, VERSION):
            raise ValueError(
                f"{out} holds a grading of {of} by version {version}; choose another folder for "
                f"{name} by {VERSION}"
            )
        if not isinstance(settings.get("secret"), str):
            raise ValueError(
                f"{path} keeps one seed for all students and no secret, as older versions did; "
                "choose another folder, where all are graded anew"
            )
        return settings["secret"]
    settings = {"assignment": name, "version": VERSION, "secret": secrets.token_hex(32)}
    out.mkdir(parents=True, exist_ok=True)
    for_us_alone = partial(os.open, mode=0o600)
    with whole_file(path, "w", encoding="utf-8", opener=for_us_alone) as stream:
        json.dump(settings, stream)
    return settings["secret"]


def seed_of(secret, name, student):
    """HMAC-SHA256(secret, assignment and id) as a number: only who has the secret can compute it,
    and who knows his own seed knows nobody else's."""
    message = f"{name}\n{normalised(student)}".encode()
    return int.from_bytes(hmac.digest(secret.encode(), message, "sha256"))


def graded_row(grader, path, name, module, out, secret, alone=False):
    """The row of one submission, from its result if there is one, else graded now."""
    row = row_of(path.name)
    try:
        work = submission.read(path, name, module, alone)
        row |= {"student": shown(work.student), "key": normalised(work.student)}
        row["notes"] = work.notes
        if work.aside:
            return noted(row, f"not graded: {work.aside}")
        record = record_for(grader, work, path, name, out, secret)
    except OSError as error:
        row["failed"] = True
        return noted(row, f"NOT GRADED: {shown(error.strerror or str(error))}")
    except Exception as error:  # ours, not the student's: never a zero
        row["failed"] = True
        said = shown(f"{type(error).__name__}: {error}")
        return noted(row, f"NOT GRADED, the grader failed: {said}")
    row["tasks"] = {test["number"]: test["score"] for test in record["tests"]}
    row["score"], row["of"] = record["score"], sum(test["max_score"] for test in record["tests"])
    row["figures"] = record["extra_data"]["figures"]
    points = f"{row['score']:g} of {row['of']:g} points"
    return noted(row, record["extra_data"]["problem"], points)


def row_of(file, student=""):
    """A row of the table of which only the names are known. key: what the id is compared by."""
    row = {"file": shown(file), "student": shown(student), "key": normalised(student)}
    row |= {"score": "", "of": "", "tasks": {}, "figures": {}, "notes": [], "failed": False}
    return row


def noted(row, note, points=""):
    """The row with one more note, and with the words for the terminal."""
    row["notes"] = [each for each in (note, *row["notes"]) if each]
    words = "; ".join(row["notes"])
    row["words"] = f"{points} ({words})" if points and words else points or words
    return row


def record_for(grader, work, path, name, out, secret):
    """The result of a submission: the one that is kept, else a new one."""
    file = submission.file_name(path.name)
    record = read_record(out / "results" / f"{file}.json", work)
    if record is None:
        if work.problem:
            result = grader.nothing(work.student, work.problem)
        else:
            result = grader.grade(work.student, work.text, seed_of(secret, name, work.student))
        record = record_of(result, work)
        write(out, {
            f"feedback/{file}.html": page_of(result, work, name),
            f"results/{file}.json": json.dumps(record, indent=1, allow_nan=False),
        })
    return record


def read_record(path, work):
    """The result of the same submission, if it was graded before."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        extra = record["extra_data"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = work.digest and (extra["digest"], extra["student"]) == (work.digest, work.student)
    return record if same else None


def record_of(result, work):
    """The result as Gradescope's autograder wants it in results.json."""
    tests = [
        {
            "name": f"{task.task} {task.name}", "number": task.task, "score": task.points,
            "max_score": task.of, "status": "passed" if task.whole else "failed",
            "output": said("\n".join(task.words), SAID_IN_CASES),
        }
        for task in result.tasks
    ]
    figures = {k: v for task in result.tasks for k, v in task.figures.items()}
    its_own = result.problem and f"its code said: {shown(result.problem)}"  # in a line of the table
    says = said(result.problem, SAID_IN_CASES), said(words_of_tests(result), SAID_IN_TESTS)
    output = work.problem or "\n\n".join(filter(None, says))
    return {
        "score": result.points, "tests": tests, "output": output,
        "output_format": "text", "test_output_format": "text", "test_name_format": "text",
        "extra_data": {
            "student": work.student, "problem": work.problem or its_own, "digest": work.digest,
            "figures": figures if all(map(math.isfinite, figures.values())) else {},
        },
    }


def said(words, heading):
    """Words that the student's process may have made up, under a heading that says so."""
    return f"{heading}:\n{shown(words, PROSE, most=50_000)}" if words else ""


def words_of_tests(result, where="the points of the task"):
    """What the tests say; without their "ok" where the task lost points all the same."""
    lost = [task for task in result.tasks if not task.whole]
    untrue = [f"{task.task}{name}: ok" for task in lost for name in ("", f" {task.name}")]
    more = f"the assignment's tests pass; the grader's larger cases do not: see {where}"
    lines = result.tests.split("\n")
    told = [f"{line.removesuffix('ok')}{more}" if line in untrue else line for line in lines]
    return "\n".join(told)


def compared(rows, expected):
    """Adds to the notes what only the whole class shows; returns rows of those who are missing.

    expected: normalised id -> id of the roster, or None.
    """
    of = {}
    for row in rows:
        of.setdefault(row["key"], []).append(row)
    for row in rows:
        if not row["key"]:
            continue
        if others := [other["file"] for other in of[row["key"]] if other is not row]:
            row["notes"].append(f"{row['student']} is named by {listed(others)} too")
        if expected is not None and row["key"] not in expected:
            row["notes"].append(f"{row['student']} is not on the roster")
    absent = []
    for key, student in (expected or {}).items():
        if key not in of:
            named = [row["file"] for row in rows if submission.in_names(student, [row["file"]])]
            note = f"no submission; but see {listed(named)}" if named else "no submission"
            absent.append(noted(row_of("", student), note))
    return absent


def read_roster(path):
    """Normalised id -> id, of a file with an id in the first column of each line."""
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
        delimiter = max(",;\t", key="\n".join(lines).count)
        ids = [cells[0].strip() for cells in csv.reader(lines, delimiter=delimiter) if cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not a roster, an id a line in UTF-8: {error}") from None
    ids = [student for student in ids if student]
    if ids and ids[0].lower() in ("id", "student"):
        del ids[0]
    if not ids:
        raise ValueError(f"{path} names no student; wanted an id a line, in the first column")
    return {normalised(student): student for student in ids}


def listed(names, most=5):
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def quoted(name):
    """A name for the start of a line: in quotes where it could be read on as part of the line."""
    short = (name if len(name) <= 60 else f"{name[:59]}…").replace('"', r'\"')
    return short if all(c.isalnum() or c in "-_." for c in short) else f'"{short}"'


def write_table(path, rows, assignment):
    with whole_file(path, "w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "student", "score", "of", *assignment.tasks, "note"])
        for row in rows:
            tasks = [row["tasks"].get(task, "") for task in assignment.tasks]
            note = "; ".join(row["notes"])
            cells = [row["file"], row["student"], row["score"], row["of"], *tasks, note]
            table.writerow([harmless(cell) for cell in cells])


def harmless(cell):
    """A spreadsheet would run a cell that begins so; some take the wide signs for the same."""
    formula = isinstance(cell, str) and cell.startswith(tuple("=+-@\t\r＝＋－＠"))
    return f"'{cell}" if formula else cell


def page_of(result, work, name):
    """The student's page of feedback."""
    return render(
        "coursework/feedback.html", result=result, work=work, student=shown(work.student),
        title=source.load(name, work.student).title,
        tests=words_of_tests(result, "the table above"),
        said_in_cases=SAID_IN_CASES, said_in_tests=SAID_IN_TESTS,
        inside=lambda text: shown(text.expandtabs(), PROSE, most=submission.MOST_BYTES),
    )
