"""A chapter as a reader has it: run in a kernel of its own, in its short form, then asked."""

import base64
import contextlib
import os
import pickle
import re
from pathlib import Path

import nbformat
from execute import unexecuted
from nbclient import NotebookClient

from gan_scratch.book.pages import SHORT

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "notebooks" / "source").glob("*.py"))
SOLUTION = re.compile(r"<summary>Solution</summary>.*?```python\n(.*?)```", re.DOTALL)


def printed(path):
    """What the cells of an executed notebook have printed, one text."""
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return "".join(output.text for output in outputs if output.output_type == "stream")


class Reading:
    """A chapter that was run from top to bottom, with its kernel still there.

    said        what its cells printed, one text
    warnings    what they wrote to stderr
    """

    def __init__(self, client):
        self.client = client
        self.said = self.warnings = ""
        for index, cell in enumerate(client.nb.cells):
            if cell.cell_type == "code":
                self.run(cell, index)

    def run(self, cell, index=-1):
        self.client.execute_cell(cell, index)
        printed = {"stdout": "", "stderr": ""}
        for output in cell.outputs:
            if output.output_type == "stream":
                printed[output.name] += output.text
        self.said += printed["stdout"]
        self.warnings += printed["stderr"]
        return printed["stdout"]

    def evaluate(self, code):
        """What some more code, run after the chapter, prints."""
        cell = nbformat.v4.new_code_cell(code)
        self.client.nb.cells.append(cell)
        return self.run(cell)

    def __getitem__(self, expression):
        """The value of an expression in the chapter's own variables."""
        printed = self.evaluate(
            "import base64, pickle\n"
            f"print(base64.b64encode(pickle.dumps({expression})).decode())"
        )
        return pickle.loads(base64.b64decode(printed))

    def solutions(self):
        """The code of every folded solution, in order."""
        return [
            code for cell in self.client.nb.cells for code in SOLUTION.findall(cell.source)
            if cell.cell_type == "markdown"
        ]  # fmt: skip

    def assert_runs_clean(self, number):
        """No warning, no file left behind, every exercise open and its solution right."""
        assert self.warnings == ""
        assert self.said.count("not answered yet") == 3
        for exercise, solution in enumerate(self.solutions(), start=1):
            assert self.evaluate(solution) == f"Exercise {number}.{exercise}: right.\n"
        assert self["__import__('os').listdir()"] == []


@contextlib.contextmanager
def reading(source, folder):
    """The Reading of a chapter's source, run in `folder`, which nothing of it outlives."""
    client = NotebookClient(
        unexecuted(source), timeout=300, kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    environment = {**os.environ, SHORT: "1", "PYTHONWARNINGS": "default"}
    with client.setup_kernel(env=environment):
        yield Reading(client)
