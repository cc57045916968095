"""The site builds without a warning, and everything that a page points at is there."""

import importlib
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import gan_scratch
from gan_scratch.cli import build_parser

ROOT = Path(__file__).parents[2]
REPOSITORY = "somebody/gan_scratch"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "docs", folder],
        cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "GITHUB_REPOSITORY": REPOSITORY},
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return folder


class Page(HTMLParser):
    """What an HTML page points at, the places that it names, and its pictures' descriptions."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places, self.pictures = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.places |= {attributes.get("id"), attributes.get("name")}
        self.links += [attributes[name] for name in ("href", "src") if attributes.get(name)]
        if tag == "img":
            self.pictures.append((attributes.get("src"), attributes.get("alt")))


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def test_every_link_and_picture_is_there(site, pages):
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.exists(), f"{path.name} points at {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].places, f"{path.name}: {link}"


def test_every_picture_is_described(site, pages):
    pictures = [picture for page in pages.values() for picture in page.pictures]
    assert len(pictures) > 5
    for file, alt in pictures:
        if "_static/" in file:  # the theme's own
            continue
        assert alt and alt != file and len(alt.split()) >= 2, (file, alt)


def test_nothing_is_fetched_from_elsewhere(pages):
    """Scripts, styles, fonts and pictures come with the site, so that it reads offline."""
    fetched = re.compile(r'<(?:script|img)[^>]*src="https?:|<link[^>]*stylesheet[^>]*href="https?:')
    for path in pages:
        assert not fetched.search(path.read_text(encoding="utf-8")), path.name


def test_each_chapter_opens_in_colab_and_binder(site):
    chapters = list((ROOT / "notebooks").glob("*.ipynb"))
    assert chapters
    for chapter in chapters:
        page = (site / "chapters" / f"{chapter.stem}.html").read_text(encoding="utf-8")
        place = f"{REPOSITORY}/blob/main/notebooks/{chapter.name}"
        assert f"https://colab.research.google.com/github/{place}" in page
        assert f"https://mybinder.org/v2/gh/{REPOSITORY}/HEAD" in page


def test_assignments_and_formulas_are_on_the_site(site):
    assert len(list((site / "assignments").glob("*.html"))) == 5
    dense = (site / "reference" / "layers.html").read_text(encoding="utf-8")
    assert "dW = Σ xᵀ dy" in re.sub(r"<[^>]+>", "", dense)


def texts():
    """(name, text) of every page that is written by hand, the chapters' scripts among them."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    pages += (ROOT / "notebooks" / "source").glob("*.py")
    return [(path.name, path.read_text(encoding="utf-8")) for path in pages]


def in_code(text):
    """What stands between single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def test_commands_that_pages_name_are_commands():
    commands = set(build_parser()._subparsers._group_actions[0].choices)
    found = {
        (name, command) for name, text in texts()
        for command in re.findall(r"(?:`|\$ |&& |^)gan-scratch ([a-z]+)", text, re.MULTILINE)
    }  # fmt: skip
    assert len(found) > 20
    assert {(name, command) for name, command in found if command not in commands} == set()


def test_files_that_pages_name_are_there():
    for name, text in texts():
        for code in in_code(text):
            if re.fullmatch(r"(gan_scratch|tests|docs|notebooks)/[\w/.-]*", code):
                assert (ROOT / code).exists(), f"{name} names {code}"


def test_parts_of_the_library_that_pages_name_are_there():
    checked = 0
    for name, text in texts():
        for code in in_code(text):
            path = code.removeprefix("gan_scratch.").split("(")[0].split(".")
            a_file = path[-1] in ("py", "csv", "ipynb", "json")
            if path[0] not in gan_scratch.MODULES or len(path) < 2 or a_file:
                continue
            thing = importlib.import_module(f"gan_scratch.{path[0]}")
            for part in path[1:]:
                thing = found(thing, part)
                assert thing is not None, f"{name} names {code}"
            checked += 1
    assert checked


def found(thing, part):
    """An attribute, or a module inside."""
    if hasattr(thing, part):
        return getattr(thing, part)
    try:
        return importlib.import_module(f"{thing.__name__}.{part}")
    except (ImportError, AttributeError):
        return None
