"""The site: python -m pip install ".[docs]" && sphinx-build -W docs site

Chapters and assignments are shown as they are in the package, with the outputs that are committed;
nothing is executed here. Formulas, fonts and scripts come with the site, so it reads offline.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import hooks  # noqa: E402
import links  # noqa: E402
import prepare  # noqa: E402

from gan_scratch.version import VERSION  # noqa: E402

project = "gan_scratch"
author = "the gan_scratch authors"
project_copyright = f"2026, {author}, MIT license"
version = release = VERSION
html_title = "gan_scratch"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinxcontrib.katex"]
exclude_patterns = ["results/README.md", "assignments/download"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # of a widget the picture beside it is shown
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
nb_mime_priority_overrides = [("html", "image/gif", 5)]

html_theme = "furo"
html_favicon = "_static/favicon.svg"
html_baseurl = prepare.address()
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"priority": 900})]  # after KaTeX
pygments_dark_style = "github-dark"
katex_css_path = "katex/katex.min.css"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
default_role = "code"
highlight_language = "none"  # docstrings are words and formulas

prepare.chapters(HERE / "chapters")
prepare.assignments(HERE / "assignments")
prepare.reference(HERE / "reference")


def setup(app):
    app.connect("autodoc-process-docstring", prepare.formulas_as_they_stand)
    app.connect("autodoc-process-signature", prepare.signature_of_names)
    app.connect("source-read", prepare.links_into_the_repository)
    app.connect("source-read", prepare.playground_on_the_front_page)
    app.connect("build-finished", prepare.playground_by_itself)
    app.connect("viewcode-follow-imported", hooks.where_it_is_written)
    app.connect("builder-inited", hooks.outputs_stay_in_the_site, priority=600)  # after myst-nb
    app.connect("doctree-resolved", hooks.hidden_from_search)
    app.connect("doctree-resolved", links.insert)
    app.connect("html-page-context", hooks.no_source_of_what_is_made)
    app.connect("html-page-context", hooks.what_a_link_shows)
    app.connect("build-finished", hooks.notebooks_as_scripts)
