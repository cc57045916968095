"""A class: every submission graded, in parallel, whatever becomes of some of them.

OUT holds, for each submission, results/NAME.json (which Gradescope reads) and feedback/NAME.html,
and grades.csv over all, with leaderboard.png where generators were trained. A result is written
whole or not at all, so a run that was interrupted goes on where it was; the cases of all students
come from one seed, drawn at the first run and kept.
"""

import csv
import html
import json
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gan_scratch.coursework import source, submission
from gan_scratch.coursework.grader import checked_grader
from gan_scratch.coursework.remote import missing_walls
from gan_scratch.files import whole_file
from gan_scratch.version import VERSION

SETTINGS = "grading.json"
TABLE = "grades.csv"
LEADERBOARD = "leaderboard.png"  # where an assignment has one


def grade_class(number, submissions, out, *, jobs=None, patience=1.0, say=print):
    """Grade all submissions in a folder; returns the rows of the table.

    jobs    submissions at a time (default: one a core)
    patience  all time limits times this, for a slow computer
    say     is told of each result, in a line
    """
    name = source.find(number)
    module = source.load(name).module
    paths = submission.found_in(submissions, module)
    jobs = jobs or os.cpu_count() or 1
    out = Path(out)
    settings = settings_of(out, name)
    for sentence in missing_walls():
        say(f"this system does not wall the code off completely: {sentence}")
    said = threading.Lock()
    with checked_grader(name, jobs if len(paths) == 1 else 1, patience) as grader:

        def one(path):
            row = graded_row(grader, path, name, module, out, settings["seed"])
            with said:
                say(f"{row['file']}: {row['words']}")
            return row

        with ThreadPoolExecutor(jobs) as pool:
            rows = list(pool.map(one, paths))
    for row in rows:
        row["note"] = "; ".join(filter(None, (row["note"], shared_note(row, rows))))
    write_table(out / TABLE, rows, source.load(name))
    entries = {row["file"]: row["figures"] for row in rows if row["figures"]}
    if entries:
        from gan_scratch.plots.leaderboard import save_leaderboard

        save_leaderboard(entries, out / LEADERBOARD)
    return rows


def settings_of(out, name):
    """The seed of this grading, kept in its folder; ValueError where it is another assignment's."""
    path = out / SETTINGS
    if path.is_file():
        settings = json.loads(path.read_text(encoding="utf-8"))
        if settings.get("assignment") != name or settings.get("version") != VERSION:
            raise ValueError(
                f"{out} holds a grading of {settings.get('assignment')} by version "
                f"{settings.get('version')}; choose another folder for {name} by {VERSION}"
            )
        return settings
    settings = {"assignment": name, "version": VERSION, "seed": secrets.randbits(64)}
    out.mkdir(parents=True, exist_ok=True)
    with whole_file(path, "w", encoding="utf-8") as stream:
        json.dump(settings, stream)
    return settings


def graded_row(grader, path, name, module, out, seed):
    """The row of one submission, from its result if there is one, else graded now."""
    file = submission.file_name(path.stem if path.is_file() else path.name)
    row = {"file": path.name, "student": "", "score": "", "of": "", "note": ""}
    row |= {"tasks": {}, "figures": {}}
    try:
        work = submission.read(path, name, module)
        row["student"] = work.student
        kept = out / "results" / f"{file}.json"
        record = read_record(kept, work.digest)
        if record is None:
            if work.problem:
                result = grader.nothing(work.student, work.problem)
            else:
                result = grader.grade(work.student, work.text, seed)
            record = record_of(result, work)
            write_text(out / "feedback" / f"{file}.html", page_of(result, work, name))
            write_text(kept, json.dumps(record, indent=1))
    except Exception as error:  # ours, not the student's: never a zero
        row["note"] = f"NOT GRADED, the grader failed: {type(error).__name__}: {error}"
        row["words"] = row["note"]
        return row
    row["tasks"] = {test["number"]: test["score"] for test in record["tests"]}
    row["score"], row["of"] = record["score"], sum(test["max_score"] for test in record["tests"])
    row["note"], row["figures"] = (record["extra_data"][name] for name in ("problem", "figures"))
    row["words"] = f"{row['score']:g} of {row['of']:g} points" + (
        f" ({row['note']})" if row["note"] else ""
    )
    return row


def read_record(path, digest):
    """The result of the same submission, if it was graded before."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = digest and record.get("extra_data", {}).get("digest") == digest
    return record if same else None


def record_of(result, work):
    """The result as Gradescope's autograder wants it in results.json."""
    tests = [
        {
            "name": f"{task.task} {task.name}", "number": task.task, "score": task.points,
            "max_score": task.of, "status": "passed" if task.whole else "failed",
            "output": "\n".join(task.words),
        }
        for task in result.tasks
    ]
    return {
        "score": result.points, "tests": tests, "output": result.problem or result.tests,
        "output_format": "text",
        "extra_data": {
            "student": result.student, "problem": result.problem, "digest": work.digest,
            "figures": {k: v for task in result.tasks for k, v in task.figures.items()},
        },
    }


def shared_note(row, rows):
    others = [
        other["file"] for other in rows
        if other is not row and other["student"] and other["student"] == row["student"]
    ]
    return f"{row['student']} is named by {', '.join(others)} too" if others else ""


def write_table(path, rows, assignment):
    with whole_file(path, "w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "student", "score", "of", *assignment.tasks, "note"])
        for row in rows:
            tasks = [row["tasks"].get(task, "") for task in assignment.tasks]
            cells = [row["file"], row["student"], row["score"], row["of"], *tasks, row["note"]]
            table.writerow([harmless(cell) for cell in cells])


def harmless(cell):
    """A spreadsheet would run a cell that begins so."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell


def write_text(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, "w", encoding="utf-8") as stream:
        stream.write(text)


STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
pre{background:#8881;padding:.8rem;overflow-x:auto;white-space:pre-wrap}.lost{color:#b00020}
@media(prefers-color-scheme:dark){body{background:#16181c;color:#ddd}.lost{color:#ff8a80}}"""


def page_of(result, work, name):
    """The student's page of feedback."""
    assignment = source.load(name, work.student)
    said = html.escape
    rows = "".join(
        f"<tr><td>{task.task} {said(task.name)}<td class={'ok' if task.whole else 'lost'}>"
        f"{task.points:g} of {task.of}<td>{'<br>'.join(map(said, task.words))}"
        for task in result.tasks
    )
    parts = [
        f"<h1>{said(assignment.title)}</h1>",
        f"<p>{said(work.student)}: <b>{result.points:g} of {result.of}</b> points by running it. "
        "The questions are read by a person.</p>",
        f"<p class=lost>{said(result.problem)}</p>" if result.problem else "",
        f"<table><tr><th>task<th>points<th>what was lost, case by case{rows}</table>",
    ]
    if result.tests:
        parts.append(
            "<h2>What the tests say of it</h2><p><code>gan-scratch assignment check</code> shows "
            f"the same on your machine.</p><pre>{said(result.tests)}</pre>"
        )
    if work.answers:
        parts.append(f"<h2>Your answers</h2><pre>{said(work.answers)}</pre>")
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width'><title>{said(assignment.title)}</title>"
        f"<style>{STYLE}</style>{''.join(parts)}</html>\n"
    )
