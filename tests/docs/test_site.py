"""The site builds without a warning, and everything that a page points at is there."""

import importlib
import json
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

import gan_scratch
from gan_scratch.cli import build_parser

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import links  # noqa: E402


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
    for path in pages:  # once, not below the picture too
        assert "The picture in words" not in path.read_text(encoding="utf-8"), path.name
    for file, alt in pictures:
        if "_static/" in file:  # the theme's own
            continue
        assert alt and alt != file and len(alt.split()) >= 2, (file, alt)


def test_nothing_is_fetched_from_elsewhere(pages):
    """Scripts, styles, fonts and pictures come with the site, so that it reads offline."""
    fetched = re.compile(r'<(?:script|img)[^>]*src="https?:|<link[^>]*stylesheet[^>]*href="https?:')
    for path in pages:
        assert not fetched.search(path.read_text(encoding="utf-8")), path.name


def test_each_chapter_opens_in_colab_and_binder(site, repository):
    chapters = list((ROOT / "notebooks").glob("*.ipynb"))
    assert chapters
    for chapter in chapters:
        page = (site / "chapters" / f"{chapter.stem}.html").read_text(encoding="utf-8")
        place = f"{repository}/blob/main/notebooks/{chapter.name}"
        assert f"https://colab.research.google.com/github/{place}" in page
        assert f"https://mybinder.org/v2/gh/{repository}/HEAD" in page


def test_binder_gets_a_python_that_the_package_takes():
    """Left to itself it takes 3.10."""
    wanted = (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert f"Programming Language :: Python :: {wanted}\n" in setup


def test_long_dicts_are_folded(site):
    page = (site / "chapters" / "07_the_gradient_of_a_gradient.html").read_text(encoding="utf-8")
    shown = unescape(re.sub("<[^>]+>", "", page))
    assert "'differences of P': '1e-10',\n 'differences of backward': '1e-10',\n" in shown


def test_assignments_and_formulas_are_on_the_site(site):
    assert len(list((site / "assignments").glob("*.html"))) == 5
    dense = (site / "reference" / "layers.html").read_text(encoding="utf-8")
    assert "dW = Σ xᵀ dy" in re.sub(r"<[^>]+>", "", dense)


def words_of(page, *, code):
    """The text of a page's article, without scripts, formulas and, unless wanted, code."""
    article = page.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
    for hidden in r'<(span|div) class="[^"]*\bmath\b.*?</\1>', r"<script.*?</script>":
        article = re.sub(hidden, " ", article, flags=re.DOTALL)
    if not code:
        article = re.sub(r"<(pre|code)\b.*?</\1>", " ", article, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", "", article)


def test_nothing_is_shown_as_it_is_typed(site, pages):
    """No TeX, no backticks and no backslashes that were meant for a parser."""
    for path in pages:
        if "_modules" not in path.parts:
            assert not re.search(r"`|\\[(\[*|_]|\$", words_of(path, code=False)), path.name
        if path.parent.name == "reference":
            assert not re.search(r"`|\\[(\[*|_]", words_of(path, code=True)), path.name
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(index[index.index("(") + 1 : index.rindex(")")])
    assert {"wasserstein", "hing"} <= set(index["terms"]) | set(index["titleterms"])
    assert not {"frac", "mathbb", "nabla", "bigl", "cdot", "qquad"} & set(index["terms"])
    assert [title for title in index["alltitles"] if re.search(r"[`$\\]", title)] == []


LINK = r'<a class="reference [^>]*href="([^"]+)">(.*?)</a>'
LINKS = {
    "chapters/07_the_gradient_of_a_gradient": (
        'chapter 1 -> 01_the_smallest_gan.html',
        'gan_scratch/penalties.py -> https://github.com/{repository}/blob/main/gan_scratch/penalties.py',
    ),
    "chapters/05_mode_collapse_on_demand": ("Mode collapse, measured -> ../collapse.html",),
    "notation": ("7 -> chapters/07_the_gradient_of_a_gradient.html", "game.py -> "),
    "assignments/5-collapse": (
        "penalties.R1 -> ../reference/penalties.html#gan_scratch.penalties.R1",
    ),
    "design": ("Recipe.game -> reference/recipes.html#gan_scratch.recipes.Recipe.game",),
    "reference/penalties": (  # the first in a table of arguments
        "Karras et al. 2020 -> https://arxiv.org/abs/1912.04958",
        "Mescheder, Geiger, Nowozin 2018 -> https://arxiv.org/abs/1801.04406",
    ),
    "reference/game": ("Goodfellow et al. (2014) -> https://arxiv.org/abs/1406.2661",),
}


@pytest.mark.parametrize("name", LINKS)
def test_what_a_page_names_is_a_link(site, repository, name):
    page = (site / f"{name}.html").read_text(encoding="utf-8").partition("<article")[2]
    found = [
        f"{' '.join(re.sub('<[^>]+>', '', text).split())} -> {address}"
        for address, text in re.findall(LINK, page, re.DOTALL)
    ]
    for link in LINKS[name]:
        link = link.format(repository=repository)
        assert any(one.startswith(link) for one in found), link


def test_headings_and_the_chapters_of_other_books_are_left_alone(site):
    reported = (site / "reported-mistakes.html").read_text(encoding="utf-8")
    assert "(Saito, chapter 5)" in reported
    for path in site.rglob("*.html"):
        for heading in re.findall(r"<h[1-6]>.*?</h[1-6]>", path.read_text(encoding="utf-8")):
            assert not re.search(r'class="reference (in|ex)ternal"', heading), heading


def test_papers_that_are_cited_are_in_the_table():
    """With an address, or without one where none is known that lasts."""
    texts = [*(ROOT / "docs").glob("*.md"), *(ROOT / "gan_scratch").rglob("*.py")]
    texts += (ROOT / "notebooks" / "source").glob("*.py")
    cited = {
        links.paper(found[1], found[2] or found[3])
        for path in texts
        for found in links.CITED.finditer(re.sub(r"\n[ #]*", " ", path.read_text(encoding="utf-8")))
        if re.search(r"et al|others| and |,", found[1])
    }
    assert len(cited) > 50
    assert cited - set(links.PAPERS) == set()


SIGNATURE = r'<dt class="sig[^>]*id="([^"]+)">(.*?)</dt>'
SOURCE = r'href="([^"#]+)#([^"]+)"><span class="viewcode'


def test_each_class_function_and_method_has_its_source_beside_it(site):
    shown = 0
    for page in (site / "reference").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for entry, signature in re.findall(SIGNATURE, text, re.DOTALL):
            thing = found_by_name(entry)
            name = getattr(thing, "__qualname__", "")
            if entry.endswith(name):  # it is written here, not another's under a second name
                file, place = re.search(SOURCE, signature).groups()
                source = (page.parent / file).read_text(encoding="utf-8")
                code = re.sub("<[^>]+>", "", source.partition(f'id="{place}">')[2][:500])
                assert re.search(rf"(def|class) {entry.split('.')[-1]}\b", code), entry
                shown += 1
    assert shown > 300


def found_by_name(name):
    thing = gan_scratch
    for part in name.split(".")[1:]:
        thing = found(thing, part)
    return thing


def test_each_chapter_and_assignment_can_be_downloaded(site):
    for path in [*(site / "chapters").glob("*.html"), *(site / "assignments").glob("*.html")]:
        page = path.read_text(encoding="utf-8")
        assert re.search(rf'<a class="[^"]*download[^>]*href="[^"]*/{path.stem}.ipynb"', page), path
        assert "View this page" not in page
    assert "View this page" in (site / "map.html").read_text(encoding="utf-8")
    assert not list((site / "_sources").rglob("*.ipynb*"))
    files = [path for path in (site / "_downloads").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".ipynb", ".js"}  # no page that a link led to


def test_a_build_leaves_nothing_behind(site):
    assert not (site.parent / "jupyter_execute").exists()
    for made in "chapters", "assignments", "reference":
        assert not (ROOT / "docs" / made).exists()


def test_pages_that_are_made_go_when_a_build_fails(tmp_path):
    folder = str(tmp_path / "made")
    failing = f"import pathlib, prepare; prepare.fresh(pathlib.Path({folder!r})); 1 / 0"
    ended = subprocess.run([sys.executable, "-c", failing], cwd=ROOT / "docs", capture_output=True)
    assert b"ZeroDivisionError" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_the_site_shows_what_it_is(site, repository):
    owner, name = repository.split("/")
    chapter = (site / "chapters" / "01_the_smallest_gan.html").read_text(encoding="utf-8")
    shown = dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)">', chapter))
    assert shown["og:title"] == "1. The smallest GAN"
    assert shown["og:description"] == shown["description"]
    assert shown["description"].startswith("Two numbers chase each other.")
    assert shown["og:image"] == f"https://{owner}.github.io/{name}/_static/card.png"
    with Image.open(site / "_static" / "card.png") as card:
        assert card.size == (1200, 630)
    assert "_static/favicon.svg" in chapter
    assert "2026, the gan_scratch authors" in chapter


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
