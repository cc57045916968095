"""Run the chapters and write them down: source/NN_title.py -> NN_title.ipynb with its outputs.

    python notebooks/execute.py             all chapters
    python notebooks/execute.py 01 05       these

A chapter that raises, warns, or becomes too large is not written.
"""

import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
LARGEST = 1.5e6  # bytes
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def unexecuted(source):
    """The notebook of a source without outputs, its cells numbered so that it stays the same."""
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index}"
    return nbformat.v4.upgrade(notebook)


def executed(source, timeout=600):
    """The notebook with its outputs; RuntimeError where a cell wrote a warning."""
    notebook = unexecuted(source)
    NotebookClient(
        notebook, timeout=timeout, kernel_name="python3", store_widget_state=False
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(WIDGET, None)  # it lives with a kernel; the picture stays
            if output.get("name") == "stderr":
                raise RuntimeError(f"{source.name} warns: {output['text']}")
    return notebook


def write(source):
    started = time.perf_counter()
    content = nbformat.writes(executed(source)) + "\n"
    size = len(content.encode())
    if size > LARGEST:
        raise RuntimeError(f"{source.name} becomes {size} bytes, more than {LARGEST:.0f}")
    HERE.joinpath(f"{source.stem}.ipynb").write_text(content, encoding="utf-8")
    print(f"{source.stem}: {time.perf_counter() - started:.0f} s, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    wanted = tuple(sys.argv[1:]) or ("",)
    for path in sorted((HERE / "source").glob("*.py")):
        if path.name.startswith(wanted):
            write(path)
