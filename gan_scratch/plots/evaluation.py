"""The figures of an evaluation in one picture: where each lies beside those of real samples."""

import numpy

from gan_scratch.plots import style
from gan_scratch.plots.figures import blank
from gan_scratch.plots.figures import save as save_figure
from gan_scratch.plots.words import measured

BAND = 2  # spreads around the real figure that are grey
LEAST = 0.01  # of a real figure: what the spread counts as at least
FARTHEST = 10_000
TICKS = -1000, -10, 0, 10, 1000


def save(figures, samples, kind, path):
    """A PNG of a dot for each figure that has a spread, beside the Pillow image `samples`.

    A dot stands at (figure of the samples - real figure) / spread, on a scale that is linear within
    the grey band and logarithmic outside.
    """
    rows = [row for row in measured(figures) if row[3] is not None]
    with style.look({"axes.grid.axis": "y"}):
        figure = blank(13, 1.5 + 0.33 * len(rows), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(4, 5))
        left.imshow(numpy.asarray(samples.convert("RGB")), interpolation="lanczos")
        left.set_axis_off()
        left.set_anchor("N")
        shown = "generated points" if kind == "points" else "samples above training images"
        left.set_title(f"{figures['recipe']} at step {figures['step']:,}: {shown}", pad=8)
        for height, row in enumerate(rows):
            dot(right, height, *row)
        right.axvspan(-BAND, BAND, color=style.LINE, zorder=0)
        right.set_xscale("symlog", linthresh=BAND)
        right.set(xlim=(-2 * FARTHEST, 2 * FARTHEST), ylim=(len(rows) - 0.4, -0.6))
        right.set_xticks(*zip(*((x, f"{x:+,}" if x else "as real") for x in TICKS), strict=True))
        right.set_yticks(range(len(rows)), [row[0].words.strip() for row in rows])
        right.set_xlabel(f"spreads above or below the real figure; grey: within {BAND}")
        right.set_title("each figure beside that of real samples", pad=8)
        save_figure(figure, path, dpi=110)


def dot(axes, height, figure, samples, real, spread):
    unit = max(spread, LEAST * abs(real)) or 1.0
    place = min(max((samples - real) / unit, -FARTHEST), FARTHEST)
    color = style.REAL if abs(place) <= BAND else style.GENERATOR
    axes.plot(place, height, "o", color=color, markersize=7)
    words = f"{figure.shown(samples)}   (real {figure.shown(real)} ± {figure.shown(spread)})"
    axes.annotate(words, (1.02, height), xycoords=("axes fraction", "data"), va="center", size=9)
