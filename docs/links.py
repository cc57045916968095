"""References become links when a page is written, so that no sentence has to spell them out.

    chapter 7, assignments 1 and 2      these pages
    *Mode collapse, measured*           the page of this title
    Goodfellow et al. (2014)            the paper, by docs/papers.csv
    `gan_scratch/penalties.py`          the file in the repository, where that is known
    `penalties.R1`, `Game.step`         the entry in the reference

Headings, code and what is a link already stay as they are.
"""

import csv
import itertools
import re
from pathlib import Path

from docutils import nodes
from prepare import ROOT, repository
from sphinx import addnodes

NAME = r"[A-ZÀ-Þ][a-zà-ž]+(?:-[A-Z][a-z]+)?"
YEAR = r"(?:19|20)\d\d"
CITED = re.compile(
    rf"\b({NAME}(?:,\s{NAME})*(?:,?\sand\s{NAME}|\set\sal\.|\sand\sothers)?),?\s"
    rf"(?:\(({YEAR})\)|\(?({YEAR})\b)"
)
OTHER_BOOK = re.compile(r"\([A-Z]\w+, $")  # (Saito, chapter 5)
NUMBERED = re.compile(
    r"\b(chapter|assignment)s?\s\d\d?\b(?!\.\d)(?:(?:,\s|,?\s(?:and|to)\s)\d\d?\b)*", re.IGNORECASE
)
CLOSED = (
    nodes.title, nodes.reference, nodes.math, nodes.math_block, nodes.raw, addnodes.desc_signature
)  # fmt: skip
with Path(__file__).with_name("papers.csv").open(encoding="utf-8") as file:
    PAPERS = {(row["authors"], row["year"]): row["address"] for row in csv.DictReader(file)}


def insert(app, doctree, docname):
    """Link what a page names. For Sphinx's event "doctree-resolved"."""
    addresses = Addresses(app, docname)
    for element in list(doctree.findall(nodes.TextElement)):
        join_lines(element)
    for text in list(doctree.findall(nodes.Text)):
        around = text.parent
        if any(isinstance(above, CLOSED) for above in ancestors(text)):
            continue
        if isinstance(around, nodes.literal):
            wrap(around, addresses.of_code(text.astext()))
        elif isinstance(around, nodes.emphasis) and addresses.of_title(text.astext()):
            wrap(around, addresses.of_title(text.astext()))
        elif not isinstance(around, nodes.literal_block):
            around.replace(text, linked(text.astext(), addresses.in_prose(text.astext())))
        elif docname.startswith("reference/") and (found := [*cited(text.astext())]):
            around.rawsource = ""  # so that Sphinx does not take it for code to be coloured
            around.replace(text, linked(text.astext(), found))


def join_lines(element):
    """Make one text of a paragraph's lines, each of which is one to MyST: names go across them."""
    parts = []
    for is_text, group in itertools.groupby(element, lambda part: isinstance(part, nodes.Text)):
        run = list(group)
        parts += [nodes.Text("".join(run))] if is_text else run
    element[:] = []
    element += parts


def ancestors(node):
    while node.parent is not None:
        node = node.parent
        yield node


def wrap(node, address):
    if address:
        node.replace_self(link(node.deepcopy(), address))


def link(node, address):
    return nodes.reference("", "", node, refuri=address, internal="://" not in address)


def linked(text, found):
    """The nodes of a text in which each (start, end, address) is a link."""
    shown, done = [], 0
    for start, end, address in sorted(found):
        inside = nodes.inline("", text[start:end])
        shown += [nodes.Text(text[done:start]), link(inside, address)]
        done = end
    return [*shown, nodes.Text(text[done:])]


def cited(text):
    """(start, end, address) of each paper that a text cites and whose address is known."""
    for found in CITED.finditer(text):
        address = PAPERS.get(paper(found[1], found[2] or found[3]))
        if address:
            yield *found.span(), address


def paper(authors, year):
    """The key of a paper in the table: ("Lim, Ye", "2017"), ("Goodfellow et al.", "2014")."""
    authors = re.sub(r",?\sand\s(?=[A-ZÀ-Þ])", ", ", authors)
    authors = " ".join(authors.replace("and others", "et al.").split())
    if (authors, year) not in PAPERS and authors.count(",") > 1:
        authors = authors.split(",")[0] + " et al."
    return authors, year


class Addresses:
    """Addresses as they are written on one page; None for what is unknown, or the page itself."""

    def __init__(self, app, docname):
        self.app, self.docname = app, docname
        self.entries = app.env.domains["py"].objects
        self.pages = sorted(app.env.found_docs)

    def of_page(self, page, place=""):
        if page and page != self.docname:
            return self.app.builder.get_relative_uri(self.docname, page) + place

    def in_prose(self, text):
        for found in NUMBERED.finditer(text):
            beginning = {"c": "chapters/{:02}_", "a": "assignments/{}-"}[found[1][0].lower()]
            start = found.start()
            if OTHER_BOOK.search(text, 0, start):
                continue
            for number in re.finditer(r"\d+", found[0]):
                end = found.start() + number.end()
                named = beginning.format(int(number[0]))
                page = (page for page in self.pages if page.startswith(named))
                if address := self.of_page(next(page, None)):
                    first = start == found.start()
                    yield start if first else found.start() + number.start(), end, address
                start = end
        yield from cited(text)

    def of_title(self, text):
        text = " ".join(text.split())
        for page, title in self.app.env.titles.items():
            if not page.startswith("reference/"):
                if re.sub(r"^\d+\. ", "", title.astext()).casefold() == text.casefold():
                    return self.of_page(page)

    def of_code(self, text):
        return self.of_file(text) or self.of_member(text)

    def of_file(self, text):
        if not re.fullmatch(r"\w[\w-]*(/[\w.-]*|\.\w+$)+", text):
            return None
        if text.startswith("docs/") and text[5:-3] in self.pages:
            return self.of_page(text[5:-3])
        for path in (text, f"gan_scratch/{text}"):
            if (ROOT / path).exists() and repository():
                kind = "tree" if (ROOT / path).is_dir() else "blob"
                return f"https://github.com/{repository()}/{kind}/main/{path}"

    def of_member(self, text):
        name = text.split("(")[0].removeprefix("gan_scratch.")
        if not re.fullmatch(r"[A-Za-z_]\w*(\.\w+)+", name) and name == text.split("(")[0]:
            return None
        whole = f"gan_scratch.{name}"
        found = [whole] if whole in self.entries else [
            entry for entry in self.entries if entry.endswith(f".{name}")
        ]  # fmt: skip
        if len(found) == 1:
            entry = self.entries[found[0]]
            return self.of_page(entry.docname, f"#{entry.node_id}") or f"#{entry.node_id}"
