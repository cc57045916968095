"""What a page of the book shows: pictures, films, and the library's own source.

    with panels(2, alt="two spirals") as (left, right):     matplotlib axes, shown at the end
        left.plot(...)
    film(images, alt="...")                                 Pillow images, played for ever
    source(theory.dirac)                                    the code as it is installed
    rounds(2000, short=100)                                 100 where GAN_SCRATCH_SHORT is set

Pictures carry a description (`alt`), for readers who hear the page and for those whose connection
dropped it. JupyterLab does not read it from there, so it also stands below the picture, folded.
"""

import base64
import contextlib
import inspect
import io
import os
import tempfile
import textwrap
from html import escape
from pathlib import Path

from IPython.display import HTML, Markdown, display

import gan_scratch
from gan_scratch.plots import films, style
from gan_scratch.plots.figures import DPI, as_image, new_figure

SHORT = "GAN_SCRATCH_SHORT"
PIXELS_AN_INCH = 100  # on the page; what is drawn finer stays sharp on a phone
CLOSE_TITLES = {"axes.titlepad": 7}
IN_WORDS = "The picture in words"
PACKAGE = Path(gan_scratch.__file__).parent


def rounds(full, short):
    """How long to train: `full` for a reader, `short` where the environment asks for it."""
    return short if os.environ.get(SHORT) else full


class Picture:
    """An image in a page: its bytes, its type, and what it shows in words."""

    def __init__(self, content, mime, alt, width):
        self.content, self.mime, self.width = content, mime, width
        self.alt = " ".join(alt.split())

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {self.mime: base64.b64encode(self.content).decode(), "text/plain": self.alt}
        return data, {self.mime: {"alt": self.alt, "width": self.width}}


def show(shown):
    """Show a Picture, or what has `alt` as well, and these words below it."""
    display(shown)
    display(HTML(f"<details><summary>{IN_WORDS}</summary>{escape(shown.alt)}</details>"))


def picture(image, alt, scale=1.0):
    """Show a Pillow image. `scale` is the size on the page of one of its pixels."""
    stream = io.BytesIO()
    image.save(stream, format="PNG", optimize=True)
    show(Picture(stream.getvalue(), "image/png", alt, round(scale * image.width)))


@contextlib.contextmanager
def panels(columns=1, rows=1, *, alt, size=(3.5, 3.2), **layout):
    """Axes side by side, drawn on inside `with`, shown at its end.

    size        of one panel, in inches
    Gives a single axes, or for several a flat list of them, row by row.
    """
    with style.look(CLOSE_TITLES):
        figure, axes = new_figure(columns, rows, size=size, **layout)
        yield axes[0] if len(axes) == 1 else axes
        picture(as_image(figure), alt, scale=PIXELS_AN_INCH / DPI)


def film(images, alt, *, captions=None, duration=0.1, hold_last=1.5, scale=1.0):
    """Show Pillow images one after another, for ever, as a GIF."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film.gif")
        films.film(images, path, captions=captions, duration=duration, hold_last=hold_last)
        show(Picture(path.read_bytes(), "image/gif", alt, round(scale * images[0].width)))


def source(*things):
    """Show the source of functions, classes or methods of the library, as they are installed."""
    for thing in things:
        path = Path(inspect.getsourcefile(thing))
        lines, first = inspect.getsourcelines(thing)
        code = textwrap.dedent("".join(lines)).rstrip()
        where = path.relative_to(PACKAGE.parent) if PACKAGE in path.parents else path.name
        display(Markdown(f"`{where.as_posix()}`, line {first}\n\n```python\n{code}\n```"))
