"""Figures without matplotlib's global state: made, saved, and as Pillow images."""

import numpy
from PIL import Image

from gan_scratch.plots import style
from gan_scratch.plots.files import whole_file

DPI = 144


def blank(width, height, dpi=DPI, **settings):
    """A figure of so many inches, which no window shows."""
    # Imported here, so that who shows images alone need not wait for matplotlib.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, facecolor=style.PAPER, **settings)
    FigureCanvasAgg(figure)
    return figure


def new_figure(columns=1, rows=1, *, size=(3.5, 3.2), dpi=DPI, **layout):
    """(figure, its axes row by row). `size` of one panel in inches; `layout` as for subplots."""
    width, height = size
    figure = blank(columns * width, rows * height, dpi, layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False, **layout).flat)


def save(figure, path, dpi):
    """Write the figure whole to `path`, as a PNG."""
    with whole_file(path) as stream:
        figure.savefig(stream, format="png", dpi=dpi)


def as_image(figure):
    """The figure, drawn, as an RGB Pillow image."""
    figure.canvas.draw()
    return Image.fromarray(numpy.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
