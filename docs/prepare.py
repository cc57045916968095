"""What the site is made from beside the pages that stand in this folder.

    chapters        notebooks/*.ipynb, with descriptions of their pictures and a link to run them
    assignments     the notebook that leads through each
    reference       a page for each module, from its docstrings
"""

import ast
import atexit
import importlib
import json
import os
import pprint
import re
import shutil
import subprocess
from pathlib import Path

from gan_scratch.book import pages
from gan_scratch.coursework import notebooks, source

ROOT = Path(__file__).resolve().parents[1]
PLAYGROUND = ROOT / "docs" / "playground"
MODULES = (
    "layers", "losses", "passes", "penalties", "optimizers", "game", "training", "gradient_check",
    "models.mlp", "models.dcgan", "theory", "datasets", "metrics.modes", "metrics.frechet",
    "metrics.kernel", "metrics.sliced", "metrics.neighbours", "metrics.birthday",
    "metrics.classifier", "part", "recipes", "exchange", "share", "testing",
)  # fmt: skip

COLUMNS = 96  # of a cell of code


def repository():
    """ "owner/name" on GitHub, from the environment of its actions or from git; None if unknown."""
    if os.environ.get("GITHUB_REPOSITORY"):
        return os.environ["GITHUB_REPOSITORY"]
    asked = subprocess.run(
        ["git", "config", "remote.origin.url"], cwd=ROOT, capture_output=True, text=True
    )
    found = re.search(r"github\.com[:/]([\w.-]+/[\w.-]+?)(\.git)?$", asked.stdout.strip())
    return found[1] if found else None


def address():
    """Where GitHub shows the site; "" if that is unknown."""
    if repository() is None:
        return ""
    owner, name = repository().split("/")
    return f"https://{owner.lower()}.github.io/{name}/"


def fresh(folder):
    """An empty folder for pages that are made; it goes when Sphinx has ended, whatever the end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def chapters(folder):
    """Copy the chapters; each gets links to run it, and its pictures get their descriptions."""
    fresh(folder)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            describe_pictures(cell)
            fold_dicts(cell)
        show(notebook, folder / path.name, ways_to_run(path.name))


def fold_dicts(cell):
    """Print a dict that is longer than a line of code as pprint does."""
    for output in cell.get("outputs", ()):
        lines = output.get("text", ())
        for index, line in enumerate(lines):
            if line.startswith("{") and len(line) > COLUMNS:
                folded = pprint.pformat(ast.literal_eval(line), width=COLUMNS, sort_dicts=False)
                lines[index] = folded + "\n"


def assignments(folder):
    """A page for each assignment, beside the notebook itself, for the reader who wants that."""
    fresh(folder)
    folder.joinpath("download").mkdir()
    for number in range(1, len(source.NAMES) + 1):
        assignment = source.load(number, "")
        name = f"{number}-{assignment.name}.ipynb"
        content = notebooks.leading(assignment)
        folder.joinpath("download", name).write_text(content, encoding="utf-8")
        start = f"To do it, run `gan-scratch assignment start {number}`."
        note = f"{start} It checks your work each time you save."
        show(json.loads(content), folder / name, ways(download(f"download/{name}"), note=note))


def show(notebook, path, ways):
    """Write a notebook as a page, with the ways to run it under its title."""
    first_line, *others = notebook["cells"][0]["source"]
    notebook["cells"][0]["source"] = [first_line, "\n", ways, "\n", *others]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def ways_to_run(name):
    """A chapter can be downloaded, and where its repository is known, opened in Colab or Binder."""
    own = "on your own machine, `gan-scratch chapters` copies all chapters into a folder"
    notebook = download(f"../../notebooks/{name}")
    if repository() is None:
        return ways(notebook, note=f"To run it {own}.")
    colab = f"https://colab.research.google.com/github/{repository()}/blob/main/notebooks/{name}"
    binder = f"https://mybinder.org/v2/gh/{repository()}/HEAD?urlpath=lab/tree/notebooks/{name}"
    install = f"`%pip install git+https://github.com/{repository()}`"
    return ways(
        notebook, f"[Open in Colab]({colab})", f"[Open in Binder]({binder})",
        note=f"In Colab, run {install} first; {own}.",
    )  # fmt: skip


def download(path):
    return f"{{download}}`Download this notebook <{path}>`"


def ways(*links, note):
    return f":::{{container}} ways-to-run\n{' '.join(links)}\n\n{note}\n:::\n"


def describe_pictures(cell):
    """Move each picture's words to where myst-nb looks for them, away from below the picture."""
    outputs = cell.get("outputs", [])
    outputs[:] = [one for one in outputs if pages.IN_WORDS not in str(one.get("data"))]
    for output in outputs:
        for mime, about in output.get("metadata", {}).items():
            if mime.startswith("image/"):
                shown = {"alt": about["alt"], "width": f"{about['width']}px"}
                cell["metadata"]["mystnb"] = {"image": shown}


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


def signature_of_names(app, what, name, thing, options, signature, returned):
    """A signature without what says nothing: where all is passed on, and how a default is made."""
    signature = "" if signature == "(*_, **__)" else signature
    return signature and signature.replace("<factory>", "…"), returned


def formulas_as_they_stand(app, what, name, thing, options, lines):
    """Show a docstring as it was written: prose as prose, what is indented or aligned as it is."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    shown = []
    for paragraph in paragraphs:
        if re.search(r"^ |\S {2,}\S", paragraph, re.MULTILINE):
            plain = re.sub(r"`([^`\n]*)`(\S* {2,})?", without_quotes, paragraph)
            shown += ["::", "", *("   " + line for line in plain.splitlines()), ""]
        else:
            shown += [*escaped(paragraph).splitlines(), ""]
    lines[:] = shown


def without_quotes(found):
    """`x` as x, with what stands behind it in a table left in its column."""
    return found[1] + (f"{found[2]}  " if found[2] else "")


def escaped(paragraph):
    """Text in which nothing but `code` has a meaning for docutils."""
    parts = paragraph.split("`")
    return "`".join(
        part if index % 2 else re.sub(r"([\\*|_])", r"\\\1", part)
        for index, part in enumerate(parts)
    )


def playground_on_the_front_page(app, docname, content):
    """Put the playground where a page has its place for it."""
    page = PLAYGROUND.joinpath("index.html").read_text(encoding="utf-8")
    body = page.partition("<main>")[2].partition("</main>")[0]
    files = "\n".join(re.findall(r'<link rel="stylesheet".*>|<script src=.*</script>', page))
    files = re.sub(r'(href|src)="', r'\1="playground/', files)
    raw = "\n".join(["```{raw} html", linked(body, ""), files, "```"])
    content[0] = content[0].replace("<!-- playground -->", raw)


def playground_by_itself(app, error):
    """The playground as a page of its own, with the scripts that both pages load."""
    if error is None:
        folder = Path(app.outdir, "playground")
        shutil.copytree(PLAYGROUND, folder, dirs_exist_ok=True)
        page = folder / "index.html"
        page.write_text(linked(page.read_text(encoding="utf-8"), "../"), encoding="utf-8")


def linked(html, home):
    """Where the playground names a place in a chapter, a link to it."""
    html = re.sub(r'data-chapter="([^"#]+)#', rf'href="{home}chapters/\1.html#', html)
    return html.replace("data-home", f'href="{home}index.html"')


def links_into_the_repository(app, docname, content):
    """A link out of this folder becomes one to the repository, or the file's name where that is
    unknown."""
    def replaced(found):
        text, path = found[1], found[2].lstrip("./")
        if repository() is None:
            return f"`{path}`"
        return f"[{text}](https://github.com/{repository()}/blob/main/{path})"

    content[0] = re.sub(r"\[([^\]]+)\]\((\.\./[^)]+)\)", replaced, content[0])
