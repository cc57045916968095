"""An assignment as notebooks: one that leads through the student's module, one for nbgrader.

nbgrader wants everything in one notebook: the places to fill, its tests as graded cells, the
question as a cell that a person grades. Its marks are those of our sources.
"""

import hashlib
import json
import re

from gan_scratch.coursework import source
from gan_scratch.coursework.cases import points_of

SETUP = """%load_ext autoreload
%autoreload 2
import numpy as np

import {module} as my
from gan_scratch.coursework.check import check_task"""
NBGRADER_SETUP = """import sys

import numpy as np

my = sys.modules[__name__]  # the tests speak of my.Dense, which is defined below"""


def leading(assignment):
    """The notebook that a student reads beside the module that he writes."""
    cells = []
    for cell in assignment.cells:
        match cell.kind:
            case "markdown":
                cells.append(markdown(cell.text))
                if len(cells) == 1:  # the first text says what all this is
                    cells.append(code(SETUP.format(module=assignment.module)))
            case "task":
                place = f"under *Task {cell.task}: {cell.name}*"
                cells.append(markdown(f"Write it in `{assignment.module}.py`, {place}."))
                cells.append(code(f'check_task("{cell.task}")'))
            case "try":
                cells.append(code(cell.text))
            case "question":
                cells.append(markdown(question(cell, "Your answer goes into `answers.md`.")))
    return as_json(cells)


def for_nbgrader(assignment):
    """The notebook for nbgrader's source folder, with solutions between its marks."""
    points, cells = points_of(assignment), []
    last = {cell.task: cell for cell in assignment.cells if cell.kind == "tests"}
    for cell in assignment.cells:
        match cell.kind:
            case "markdown":
                cells.append(markdown(cell.text))
                if len(cells) == 1:
                    cells.append(code(NBGRADER_SETUP, graded("setup")))
            case "given":
                cells.append(code(cell.text, graded(f"given-{len(cells)}")))
            case "task":
                if "### INSTEAD" in cell.text:  # nbgrader has no word for code to be mended
                    listing = source.without_solutions(cell.text, cell.task).strip()
                    cells.append(markdown(f"The code to mend:\n\n```python\n{listing}\n```\n"))
                text = source.SOLUTION.sub(without_instead, cell.text)
                cells.append(code(text, graded(f"task-{cell.task}", solution=True)))
            case "tests":
                found = re.findall(r"^def (test_\w+)", cell.text, re.M)
                calls = "\n".join(f"{name}()" for name in found)
                worth = points[cell.task] if cell is last[cell.task] else None
                meta = graded(f"tests-{cell.task}-{len(cells)}", points=worth)
                cells.append(code(f"{cell.text.strip()}\n\n\n{calls}".rstrip(), meta))
            case "question":
                _, worth = title_and_points(cell.name)
                meta = graded(f"question-{cell.task}", solution=True, points=worth)
                meta["nbgrader"]["cell_type"] = "markdown"
                cells.append(markdown(question(cell, "(Your answer.)"), meta))
    return as_json(cells)


def without_instead(found):
    body = source.INSTEAD.sub("", found["body"])
    return f"{found['indent']}### BEGIN SOLUTION\n{body}{found['indent']}### END SOLUTION\n"


def question(cell, where):
    name, points = title_and_points(cell.name)
    return f"## {cell.task} {name}\n\n{cell.text.strip()}\n\n*{points} points. {where}*\n"


def title_and_points(name):
    """ "Why? (3)" -> ("Why?", 3)."""
    found = re.fullmatch(r"(.*) \((\d+)\)", name)
    if not found:
        raise ValueError(f"a question's name ends in its points, as in Why? (3); got {name!r}")
    return found[1], int(found[2])


def graded(name, *, solution=False, points=None):
    """nbgrader's metadata of a cell to fill, of a graded one, of both, or of a locked one."""
    meta = {
        "schema_version": 3, "grade_id": name.replace(".", "-"), "cell_type": "code",
        "solution": solution, "grade": points is not None, "locked": not solution, "task": False,
    }
    if points is not None:
        meta["points"] = points
    return {"nbgrader": meta}


def markdown(text, metadata=None):
    return {"cell_type": "markdown", "metadata": metadata or {}, "source": text.strip()}


def code(text, metadata=None):
    return {
        "cell_type": "code", "metadata": metadata or {}, "source": text.strip(),
        "execution_count": None, "outputs": [],
    }


def as_json(cells):
    for i, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{i} {cell['source']}".encode()).hexdigest()[:8]
        cell["source"] = cell["source"].splitlines(keepends=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": about}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
