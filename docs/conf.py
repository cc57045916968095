"""The site: python -m pip install ".[docs]" && sphinx-build -W docs site

Chapters and assignments are shown as they are in the package, with the outputs that are committed;
nothing is executed here. Formulas, fonts and scripts come with the site, so it reads offline.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import prepare  # noqa: E402

from gan_scratch.version import VERSION  # noqa: E402

project = "gan_scratch"
author = "the authors of gan_scratch"
version = release = VERSION
html_title = "gan_scratch"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinxcontrib.katex"]
exclude_patterns = ["results/README.md"]
suppress_warnings = ["mystnb.unknown_mime_type"]  # of a widget the picture beside it is shown
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_mime_priority_overrides = [("html", "image/gif", 5)]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["book.css"]
katex_css_path = "katex/katex.min.css"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
default_role = "code"
highlight_language = "none"  # docstrings are words and formulas

prepare.chapters(HERE / "chapters")
prepare.assignments(HERE / "assignments")
prepare.reference(HERE / "reference")


def setup(app):
    app.connect("autodoc-process-docstring", prepare.formulas_as_they_stand)
    app.connect("source-read", prepare.links_into_the_repository)
