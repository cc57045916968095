"""What the site is made from beside the pages that stand in this folder.

    chapters        notebooks/*.ipynb, with descriptions of their pictures and a link to run them
    assignments     the notebook that leads through each
    reference       a page for each module, from its docstrings
"""

import importlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from gan_scratch.coursework import notebooks, source

ROOT = Path(__file__).resolve().parents[1]
MODULES = (
    "layers", "losses", "passes", "penalties", "optimizers", "game", "training", "gradient_check",
    "models.mlp", "models.dcgan", "theory", "datasets", "metrics.modes", "metrics.frechet",
    "metrics.classifier", "part", "recipes", "exchange", "share", "testing",
)  # fmt: skip


def repository():
    """ "owner/name" on GitHub, from the environment of its actions or from git; None if unknown."""
    if os.environ.get("GITHUB_REPOSITORY"):
        return os.environ["GITHUB_REPOSITORY"]
    asked = subprocess.run(
        ["git", "config", "remote.origin.url"], cwd=ROOT, capture_output=True, text=True
    )
    found = re.search(r"github\.com[:/]([\w.-]+/[\w.-]+?)(\.git)?$", asked.stdout.strip())
    return found[1] if found else None


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def chapters(folder):
    """Copy the chapters; each gets links to run it, and its pictures get their descriptions."""
    fresh(folder)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        title, *_ = notebook["cells"]
        first_line, *others = title["source"]
        title["source"] = [first_line, "\n", ways_to_run(path.name), "\n", *others]
        for cell in notebook["cells"]:
            describe_pictures(cell)
        folder.joinpath(path.name).write_text(json.dumps(notebook), encoding="utf-8")


def ways_to_run(name):
    """A line of links under the title of a chapter."""
    local = "`gan-scratch chapters` copies this page to you as a notebook"
    if repository() is None:
        return f"*To run it: {local}.*\n"
    colab = f"https://colab.research.google.com/github/{repository()}/blob/main/notebooks/{name}"
    binder = f"https://mybinder.org/v2/gh/{repository()}/HEAD?urlpath=lab/tree/notebooks/{name}"
    install = f"`%pip install git+https://github.com/{repository()}`"
    return (
        f"*To run it: [open in Colab]({colab}) (there begin with {install}), "
        f"[open in Binder]({binder}), or {local}.*\n"
    )


def describe_pictures(cell):
    """Move each picture's words to where myst-nb looks for them, and drop what needs a kernel."""
    for output in cell.get("outputs", ()):
        for mime, about in output.get("metadata", {}).items():
            if mime.startswith("image/"):
                shown = {"alt": about["alt"], "width": f"{about['width']}px"}
                cell["metadata"]["mystnb"] = {"image": shown}


def assignments(folder):
    fresh(folder)
    for number in range(1, len(source.NAMES) + 1):
        assignment = source.load(number, "")
        name = f"{number}-{assignment.name}.ipynb"
        folder.joinpath(name).write_text(notebooks.leading(assignment), encoding="utf-8")


def reference(folder):
    """A page for each module: its own words, then its classes and functions."""
    fresh(folder)
    for name in MODULES:
        module = importlib.import_module(f"gan_scratch.{name}")
        lines = [f"# {name}", "", "```{eval-rst}", f".. automodule:: {module.__name__}"]
        lines += ["   :no-members:", ""]
        for member in public(module):
            thing = getattr(module, member)
            kind = "class" if isinstance(thing, type) else "function"
            lines += [f".. auto{kind}:: {module.__name__}.{member}"]
            lines += ["   :members:", ""] if kind == "class" else [""]
        lines += ["```", ""]
        folder.joinpath(f"{name}.md").write_text("\n".join(lines), encoding="utf-8")


def public(module):
    """What a module offers: its __all__, or else what it defines."""
    own = [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__
    ]
    names = getattr(module, "__all__", own)
    return [name for name in names if callable(getattr(module, name))]


def formulas_as_they_stand(app, what, name, thing, options, lines):
    """Show a docstring as it was written: prose as prose, what is indented or aligned as it is."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    shown = []
    for paragraph in paragraphs:
        if re.search(r"^ |\S {2,}\S", paragraph, re.MULTILINE):
            shown += ["::", "", *("   " + line for line in paragraph.splitlines()), ""]
        else:
            shown += [*escaped(paragraph).splitlines(), ""]
    lines[:] = shown


def escaped(paragraph):
    """Text in which nothing but `code` has a meaning for docutils."""
    parts = paragraph.split("`")
    return "`".join(
        part if index % 2 else re.sub(r"([\\*|_])", r"\\\1", part)
        for index, part in enumerate(parts)
    )


def links_into_the_repository(app, docname, content):
    """A link out of this folder becomes one to the repository, or the file's name where that is
    unknown."""
    def replaced(found):
        text, path = found[1], found[2].lstrip("./")
        if repository() is None:
            return f"`{path}`"
        return f"[{text}](https://github.com/{repository()}/blob/main/{path})"

    content[0] = re.sub(r"\[([^\]]+)\]\((\.\./[^)]+)\)", replaced, content[0])
