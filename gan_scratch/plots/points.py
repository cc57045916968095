"""Samples in the plane, over the real points they should fall on."""

import numpy

from gan_scratch.backend import backend_of
from gan_scratch.plots import style
from gan_scratch.plots.figures import as_image, blank


def scatter(points, *, reference=None, limits=None, size=480, plain=False):
    """Generated `points` in colour over the real ones in grey, as a square Pillow image.

    Shapes
        points (N, 2), reference (M, 2) or None
    `limits` is (low, high) for both axes. Without it they follow the reference, so that the
    pictures of one training are all drawn to one scale, or the points where there is no
    reference. What lies outside is cut off, points with NaN are left out. `size` is in pixels.
    A `plain` picture has no numbers and no legend, for where many stand side by side.
    Raises ValueError for another shape and for limits that are not low < high.
    """
    points = _planar("points", points)
    real = None if reference is None else _planar("reference", reference)
    if limits is None:  # with the origin in the middle, and room around all points
        reach = 1.15 * float(numpy.abs(points if real is None else real).max(initial=0)) or 1.15
        limits = -reach, reach
    low, high = limits
    if not low < high:
        raise ValueError(f"limits must be (low, high) with low < high, got {limits}")

    with style.look():
        return as_image(_figure(points, real, (low, high), size, plain))


def _figure(points, real, limits, size, plain):
    figure = blank(size / 100, size / 100, dpi=100)
    axes = figure.add_axes([0.01, 0.01, 0.98, 0.98] if plain else [0.08, 0.055, 0.88, 0.88])
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.tick_params(labelsize=8, length=0)
    axes.spines[:].set(visible=True, color=style.LINE)
    if real is not None:
        axes.scatter(*real.T, s=12, color=style.REAL, alpha=0.4, linewidths=0, label="real")
    axes.scatter(*points.T, s=10, color=style.GENERATOR, alpha=0.6, linewidths=0, label="generated")
    if plain:
        axes.set(xticks=[], yticks=[])
        return figure
    legend = axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, markerscale=1.8)
    for handle in legend.legend_handles:
        handle.set_alpha(1)
    return figure


def _planar(name, points):
    """The finite rows of `points`, which must be (N, 2)."""
    points = backend_of(points).to_numpy(points)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"{name} must be (N, 2), points in the plane; got {points.shape}")
    return points[numpy.isfinite(points).all(axis=1)]
