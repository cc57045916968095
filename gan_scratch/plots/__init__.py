"""Pictures of a GAN's training; all matplotlib of the project lives here.

    images         samples side by side, pixel by pixel
    points         samples in the plane over the real points
    curves         what the monitors wrote down, step by step
    figures        panels of matplotlib's, as images
    landscape      what D says of every point of the plane, and where fakes are drawn to
    films          snapshots of training: kept, played, laid out as a strip
    side_by_side   pictures with words under them, as one
    report         one page about one run
    album          all the pictures of one run
    leaderboard    what a class's generators came to

Modules load when they are first used: a picture of images needs Pillow alone.
"""

import importlib

MODULES = (
    "album", "curves", "figures", "files", "films", "images", "landscape", "leaderboard", "points",
    "report", "side_by_side", "style",
)

__all__ = [*MODULES]


def __getattr__(name):
    if name in MODULES:
        return importlib.import_module(f"gan_scratch.plots.{name}")
    raise AttributeError(f"module 'gan_scratch.plots' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
