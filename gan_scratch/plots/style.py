"""How every picture looks: colours with one meaning each, and matplotlib's settings.

The colours are told apart by colour-blind eyes too; blue and vermilion are from the palette of
Okabe and Ito, "Color universal design" (2008).
"""

import contextlib

DISCRIMINATOR = "#0072b2"
GENERATOR = "#d55e00"
REAL = "#7c8794"
VALUE = "#a8487f"

INK = "#23272e"
FAINT_INK = "#6b7480"
LINE = "#d9dde2"
PAPER = "#ffffff"

# Around images: darker than a photograph's greys, lighter than the black of a digit's background.
BOARD = "#2b2f36"
BOARD_INK = "#c3c9d1"

_LOOK = {
    "font.family": "DejaVu Sans", "font.size": 10, "text.color": INK,
    "axes.edgecolor": FAINT_INK, "axes.labelcolor": INK, "axes.titlecolor": INK,
    "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.titlepad": 26, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "axes.axisbelow": True, "axes.xmargin": 0.01,
    "grid.color": LINE, "grid.linewidth": 0.6, "lines.solid_capstyle": "round",
    "xtick.color": FAINT_INK, "ytick.color": FAINT_INK, "xtick.labelsize": 9, "ytick.labelsize": 9,
    "legend.fontsize": 9, "legend.frameon": False, "legend.borderpad": 0,
    "legend.borderaxespad": 0.4, "legend.handlelength": 1.6, "legend.columnspacing": 1.4,
}


@contextlib.contextmanager
def look(changes=()):
    """Draw with the settings of this page, whatever a notebook's theme has set, then undo them.

    `changes` are further settings of matplotlib, name -> value.
    """
    # Imported here, because pictures of images take the colours and need no matplotlib.
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK)
        matplotlib.rcParams.update(changes)
        yield
