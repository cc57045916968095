"""What Sphinx is told beside the text of the pages: sources, search, what a link shows, downloads.

Each function answers one of Sphinx's events; conf.py says which.
"""

import importlib
import json
import re
import textwrap
from html import escape

import prepare
from docutils import nodes

CARD = "_static/card.png"  # made by card.py
ON_THE_CARD = "Handwritten digits that a generator drew, a class a column"


def where_it_is_written(app, module, name):
    """A method or property is shown in the file of its class, for "viewcode-follow-imported"."""
    owner = getattr(importlib.import_module(module), name.rpartition(".")[0], None)
    return getattr(owner, "__module__", None)


def hidden_from_search(app, doctree, docname):
    """Keep TeX, and the labels of buttons, out of what the search looks in."""
    hidden = nodes.math | nodes.math_block | nodes.raw
    for node in doctree.findall(lambda node: isinstance(node, hidden)):
        node["classes"].append("no-search")


def outputs_stay_in_the_site(app):
    """myst-nb puts pictures of outputs beside the site; there they would stay behind."""
    outputs = app.doctreedir / "outputs"
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=str(outputs))


def no_source_of_what_is_made(app, pagename, templatename, context, doctree):
    """Only pages that are written by hand show their source."""
    if pagename.startswith(("chapters/", "assignments/", "reference/")):
        context["sourcename"] = ""


def what_a_link_shows(app, pagename, templatename, context, doctree):
    """Tell search engines and messengers what a page is: its title, first sentences, a picture."""
    if doctree is None:
        return
    prose = (
        " ".join(paragraph.astext().split())
        for paragraph in doctree.findall(nodes.paragraph)
        if isinstance(paragraph.parent, nodes.section) and not paragraph.next_node(nodes.math)
        and paragraph.astext().rstrip().endswith((".", "?"))
    )
    about = textwrap.shorten(next(prose, app.config.html_title), 200, placeholder=" …")
    title = re.sub("<[^>]+>", "", context["title"])
    if pagename == "index":
        title = "gan_scratch: generative adversarial networks from their gradients up"
    home = prepare.address()
    picture = home + CARD if home else context["pathto"](CARD, resource=True)
    said = {
        "og:title": title, "og:type": "article", "og:site_name": app.config.html_title,
        "og:description": about, "og:image": picture, "og:image:alt": ON_THE_CARD,
    }  # fmt: skip
    if home:
        said["og:url"] = context["pageurl"]
    lines = [f'<meta property="{name}" content="{escape(text)}">' for name, text in said.items()]
    lines += [f'<meta name="description" content="{escape(about)}">']
    lines += ['<meta name="twitter:card" content="summary_large_image">']
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)


def notebooks_as_scripts(app, exception):
    """Beside each notebook that can be downloaded a script that hands it over, for book.js."""
    for path in (app.outdir / "_downloads").glob("*/*.ipynb"):
        call = f"handOver({json.dumps(path.name)}, {json.dumps(path.read_text(encoding='utf-8'))})"
        path.with_suffix(".js").write_text(call, encoding="utf-8")
