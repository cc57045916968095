"""One assignment from one file: what a student gets, what a teacher keeps, what the grader runs.

A source (assignments/*.py) is a Python module in cells. The first words of a cell say who gets it:

    # %% [markdown]                   text of the notebook
    # %% given                        code of the student's module, complete
    # %% task 1.1: Dense              code of the student's module, with places to fill
    # %% question 1.6: Why? (3)       text of the notebook: answered in words, graded by a person
    # %% try                          a cell of the notebook alone
    # %% package                      the parts of gan_scratch that the module may import
    # %% tests 1.1                    tests that the student has too
    # %% cases 1.1                    what the grader runs; the student never sees it

and marks inside say what changes from one reader to the next:

    ### BEGIN SOLUTION                a body that a student writes; his version raises
    ### END SOLUTION                  NotImplementedError("task 1.1: Dense.forward")
    ### INSTEAD                       inside a solution: what stands there for him, behind `#: `
    ### BEGIN VARIANT name            one of the neighbouring variants is drawn for each student
    ### END VARIANT
    SLOPE = 0.2  ### VARIANT 0.1 0.3  so is one of these values
"""

import hashlib
import importlib.resources
import json
import re
import textwrap
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from gan_scratch.coursework.students import normalised, written

NAMES = ("layers", "game", "images", "second_order", "collapse")  # assignments 1 to 5
DRAWN_FOR = "# Drawn for: "  # stands in each module: what is drawn differs
STARTED = "assignment.json"  # in a student's folder: which assignment, and whose
CELL = re.compile(r"^# %% ?(.*)\n", re.M)
TITLE = re.compile(r"(?P<kind>task|question|tests|cases) (?P<task>\d\.\d)(: (?P<name>.*))?")
VARIANT = re.compile(
    r"^ *(?:# )?### BEGIN VARIANT (?P<variant>\w+)\n(?P<body>.*?)^ *(?:# )?### END VARIANT\n+",
    re.M | re.S,
)
VALUES = re.compile(r"^(?P<name>\w+) = \S+  ### VARIANT (?P<values>.+)$", re.M)
SOLUTION = re.compile(
    r"^(?P<indent> *)### BEGIN SOLUTION\n(?P<body>.*?)^ *### END SOLUTION\n", re.M | re.S
)
INSTEAD = re.compile(r"^ *### INSTEAD\n(?P<lines>.*)", re.M | re.S)


@dataclass
class Cell:
    """A piece of a source. kind: one of those above."""

    kind: str
    text: str
    task: str = ""
    name: str = ""


@dataclass
class Assignment:
    """An assignment as it is for one student.

    number, name    1 and "layers"
    student         whose variant it is; "" for anybody's
    drawn           what was drawn for him: name -> value, or the variants' names
    """

    number: int
    name: str
    student: str
    cells: list = field(repr=False)
    drawn: dict

    @property
    def module(self):
        """The name of the module that a student writes."""
        return f"my_{self.name}"

    @cached_property
    def title(self):
        first = next(cell.text for cell in self.cells if cell.kind == "markdown")
        return first.splitlines()[0].lstrip("# ").strip()

    @property
    def tasks(self):
        """Number -> name, of what is graded by running it."""
        return {cell.task: cell.name for cell in self.cells if cell.kind == "task"}

    def skeleton(self):
        """The module as a student gets it."""
        return self._module(lambda cell: without_solutions(cell.text, cell.task))

    def solution(self):
        """The module as it ought to be."""
        def solved(found):
            return INSTEAD.sub("", found["body"])

        return self._module(lambda cell: SOLUTION.sub(solved, cell.text))

    def reference(self):
        """Solution and cases in one module, for the grader."""
        return "\n\n".join([self.solution(), *(cell.text for cell in self._cells("cases"))])

    def tests(self):
        """The tests as a file for pytest."""
        head = (
            f'"""Tests of assignment {self.number}: `pytest`, or `pytest -m task1` for the first '
            f'task alone."""\n\nimport numpy as np\nimport pytest\n\nimport {self.module} as my'
        )
        return "\n\n\n".join([head, *map(mark_tests, self._cells("tests"))]) + "\n"

    def test_cells(self):
        """(task, code) of the tests, to be run on a module called `my`."""
        return [(cell.task, cell.text) for cell in self._cells("tests")]

    @property
    def package(self):
        """The parts of gan_scratch that the student's module may import, also when it is graded."""
        return tuple(" ".join(cell.text for cell in self._cells("package")).split())

    @property
    def modules(self):
        """The same as names: "models" and "share.py" are gan_scratch.models, gan_scratch.share."""
        parts = (part.removesuffix(".py").strip("/") for part in self.package)
        return tuple(f"gan_scratch.{part.replace('/', '.')}" for part in parts)

    @property
    def questions(self):
        """The cells that a person grades; each name ends in its points: "Why? (3)"."""
        return self._cells("question")

    def _module(self, version):
        head = f'"""{self.title}. The text is in {self.name}.ipynb."""'
        parts = [f"{head}\n\n{DRAWN_FOR}{written(self.student)}"]
        for cell in self.cells:
            if cell.kind == "given":
                parts.append(cell.text.strip("\n"))
            elif cell.kind == "task":
                line = f"# Task {cell.task}: {cell.name} ".ljust(100, "-")
                parts.append(f"{line}\n\n{version(cell).strip(chr(10))}")
        return "\n\n\n".join(parts) + "\n"

    def _cells(self, kind):
        return [cell for cell in self.cells if cell.kind == kind]


def load(number, student=""):
    """The Assignment with this number, or name, in the variant of this student."""
    name = find(number)
    sources = importlib.resources.files("gan_scratch.coursework.assignments")
    text = (sources / f"{name}.py").read_text(encoding="utf-8")
    # The same student always draws the same variant of an assignment.
    digest = hashlib.sha256(f"{name}\n{normalised(student)}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    text, drawn = draw_variant(text, rng)
    return Assignment(NAMES.index(name) + 1, name, student, split(text), drawn)


def started_in(folder):
    """The Assignment that was started in this folder."""
    path = Path(folder) / STARTED
    if not path.is_file():
        raise ValueError(
            f"no assignment was started in {Path(folder).resolve()}: "
            "`gan-scratch assignment start 1 FOLDER` does, and then work in FOLDER"
        )
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return load(state["assignment"], state["student"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {error}; start the assignment again") from error


def find(number):
    """ "1" or "layers" -> "layers"."""
    if str(number) in NAMES:
        return str(number)
    if str(number).isdecimal() and 1 <= int(number) <= len(NAMES):
        return NAMES[int(number) - 1]
    choices = ", ".join(f"{i} ({name})" for i, name in enumerate(NAMES, 1))
    raise ValueError(f"there is no assignment {number!r}; choose one of {choices}")


def draw_variant(text, rng):
    """(the text with one variant of each group and one value of each list, what was drawn).

    A group is variants with nothing but empty lines between them, until a name comes again; groups
    of the same names go together, through the whole source.
    """
    drawn = {}

    def draw_value(found):
        drawn[found["name"]] = str(rng.choice(found["values"].split()))
        return f"{found['name']} = {drawn[found['name']]}"

    parts, end = [], 0
    for group in variant_groups(text):
        parts.append(VALUES.sub(draw_value, text[end : group[0].start()]))
        bodies = {found["variant"]: found["body"] for found in group}
        key = " / ".join(bodies)
        if key not in drawn:
            drawn[key] = str(rng.choice(tuple(bodies)))
        parts.append(VALUES.sub(draw_value, bodies[drawn[key]]))
        end = group[-1].end()
    return "".join([*parts, VALUES.sub(draw_value, text[end:])]), drawn


def variant_groups(text):
    """The matches of VARIANT, those that are alternatives together."""
    groups = []
    for found in VARIANT.finditer(text):
        beside = groups and groups[-1][-1].end() == found.start()
        if beside and found["variant"] not in [each["variant"] for each in groups[-1]]:
            groups[-1].append(found)
        else:
            groups.append([found])
    return groups


def split(text):
    """A source's cells."""
    _, *pieces = CELL.split(text)
    cells = [open_cell(*piece) for piece in zip(pieces[::2], pieces[1::2], strict=True)]
    for cell in cells:
        if cell.kind in ("markdown", "question", "package"):
            cell.text = re.sub(r"^# ?", "", cell.text, flags=re.M).strip() + "\n"
    return cells


def open_cell(title, text):
    title = title.strip()
    if title in ("[markdown]", "given", "try", "package"):
        return Cell(title.strip("[]"), text)
    found = TITLE.fullmatch(title)
    if not found:
        raise ValueError(f"a source has no cells of the kind {title!r}")
    return Cell(found["kind"], text, found["task"], found["name"] or "")


def without_solutions(text, task):
    """A cell as a student gets it: each solution raises, or is what stands there instead."""

    def place(found):
        if instead := INSTEAD.search(found["body"]):
            return re.sub(r"^( *)#: ?", r"\1", instead["lines"], flags=re.M)
        name = enclosing(text[: found.start()], len(found["indent"]))
        return f'{found["indent"]}raise NotImplementedError("task {task}: {name}")\n'

    return SOLUTION.sub(place, text)


def enclosing(text, indent):
    """Dense.forward, of the text above a line that is indented so far."""
    names = []
    for line in reversed(text.splitlines()):
        depth = len(line) - len(line.lstrip())
        found = re.match(r" *(def|class) (\w+)", line)
        if found and depth < indent:
            names.insert(0, found[2])
            indent = depth
    return ".".join(names)


def mark_tests(cell):
    """A cell of tests with `@pytest.mark.taskN` over each."""
    mark = f"@pytest.mark.task{cell.task.partition('.')[2]}\n"
    return re.sub(r"^(?=def test_)", mark, textwrap.dedent(cell.text).strip("\n"), flags=re.M)
