"""Figures of several panels, without matplotlib's global state, and as Pillow images."""

import numpy
from PIL import Image

from gan_scratch.plots import style

DPI = 144


def new_figure(columns=1, rows=1, *, size=(3.5, 3.2), dpi=DPI, **layout):
    """(figure, its axes row by row). `size` of one panel in inches; `layout` as for subplots."""
    # Imported here, so that who shows images alone need not wait for matplotlib.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = size
    figure = Figure(
        figsize=(columns * width, rows * height), dpi=dpi, facecolor=style.PAPER,
        layout="constrained",
    )  # fmt: skip
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, **layout)
    return figure, list(axes.flat)


def as_image(figure):
    """The figure, drawn, as an RGB Pillow image."""
    figure.canvas.draw()
    return Image.fromarray(numpy.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
