"""The tests of an assignment on somebody's module: a sentence for each that fails.

It runs where the module runs: on the student's machine for `gan-scratch assignment check`, behind
the wall when the grader asks why points were lost.
"""

import ast
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_scratch.guests import guest, imported, what_happened


@dataclass
class Answer:
    """What one test said. words is "" where it passed."""

    task: str
    test: str
    words: str


def run_tests(cells, module, tasks=None):
    """An Answer for each test. cells: (task, code) of the tests, which speak of `my` module."""
    names = {"np": np, "my": module, "__name__": "tests"}
    answers = []
    for task, code in cells:
        before = set(names)
        exec(compile(code, f"<tests of {task}>", "exec", optimize=0), names)  # asserts count
        if tasks and task not in tasks:
            continue
        for name in [n for n in names if n.startswith("test_") and n not in before]:
            words = words_of(names[name], module.__name__)
            answers.append(Answer(task, name.removeprefix("test_").replace("_", " "), words))
    return answers


def words_of(test, module):
    try:
        test()
    except NotImplementedError as error:
        return f"not written yet ({error})"
    except AssertionError as error:
        return str(error) or "the test failed"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() too
        lines = lines_of(error, module)
        where = f" ({module}.py, line {lines[-1]})" if lines else ""
        return f"{what_happened(error)}{where}"
    return ""


def lines_of(error, module):
    """The lines of the module that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.lineno for frame in frames if Path(frame.filename).stem == module]


def in_words(tasks, answers):
    """The answers as text, a line for each task (number -> name) and a paragraph for each test that
    failed."""
    lines = []
    for task, name in tasks.items():
        of_task = [answer for answer in answers if answer.task == task]
        wrong = [answer for answer in of_task if answer.words]
        if not of_task:
            continue
        lines.append(f"{task} {name}".rstrip() + (": ok" if not wrong else ": not yet"))
        unwritten = [answer for answer in wrong if answer.words.startswith("not written yet")]
        if unwritten:  # the others would only say the same
            wrong = unwritten[:1]
        for answer in wrong:
            first, *rest = answer.words.splitlines()
            head = "" if answer in unwritten else f"{answer.test}: "
            lines += [f"  {head}{first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines)


def forbidden_import(path, allowed):
    """The first import that the grader does not have, in words, or "". allowed: modules of
    gan_scratch, each with its parts."""
    known = tuple(f"{name}." for name in (*sys.stdlib_module_names, "numpy", *allowed))
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        match node:
            case ast.Import(aliases):
                names = [alias.name for alias in aliases]
            case ast.ImportFrom("gan_scratch", aliases, 0):
                names = [f"gan_scratch.{alias.name}" for alias in aliases]
            case ast.ImportFrom(module, _, 0):
                names = [module]
            case _:
                names = []
        for name in names:
            if not f"{name}.".startswith(known):
                return f"line {node.lineno} imports {name}"
    return ""


def task_numbers(assignment, words):
    """ "1.2", "2" or "" -> the tasks that are meant; None: all."""
    if not words:
        return None
    task = words if "." in words else f"{assignment.number}.{words}"
    if any(cell.task == task for cell in assignment.questions):
        raise ValueError(f"{task} is a question: your answer in answers.md is read by a person")
    if task not in assignment.tasks:
        its = ", ".join(assignment.tasks)
        raise ValueError(f"assignment {assignment.number} has no task {words!r}; it has {its}")
    return [task]


def check_folder(folder=".", task=""):
    """(assignment, answers) for the assignment that was started in this folder."""
    from gan_scratch.coursework import source  # not where a student's module runs behind the wall

    assignment = source.started_in(folder)
    tasks = task_numbers(assignment, task)
    path = Path(folder) / f"{assignment.module}.py"

    def sentence(error):
        if isinstance(error, SyntaxError):
            return f"{path.name}, line {error.lineno}: {error.msg}"
        lines = lines_of(error, path.stem)
        return f"{path.name}{f', line {lines[-1]}' if lines else ''}: {what_happened(error)}"

    module = imported(path, path.stem, sentence)
    if forbidden := forbidden_import(path, assignment.modules):
        may = ", ".join(("NumPy", "Python's standard library", *assignment.package))
        raise ValueError(f"{path.name}, {forbidden}, which the grader does not have; it has {may}")
    with guest(what_happened):
        return assignment, run_tests(assignment.test_cells(), module, tasks)


def check_task(task=""):
    """For a notebook beside the module: print what the tests say."""
    assignment, answers = check_folder(".", task)
    print(in_words(assignment.tasks, answers))
