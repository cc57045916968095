"""What a discriminator of points in the plane says, as a map, with the samples on it.

After GAN Lab (Kahng et al. 2019): the background is D's score, and each fake has an arrow that
shows where G would move it.
"""

import math

import numpy

from gan_scratch.plots import style

COLORS = ("#eeb285", "#ffffff", "#7fb9df")  # fake, undecided, real
SHADES = 15  # odd, so that white is one of them; few, so that they show the lines of equal score
SATURATED = 0.25  # share of the map that has the strongest colour


def landscape(
    axes, discriminator, *, reach, level=0.0, real=None, fake=None, pull=None, resolution=61
):
    """Draw D's score on the square [-reach, reach]² of matplotlib's `axes`, and samples over it.

    White is the score `level`, orange is below, blue above, in fifteen shades. They are scaled to
    the scores that the map shows: three quarters of these lie between the strongest orange and the
    strongest blue. The text under the map says which scores the two stand for.

    discriminator   a function of points (N, 2) that gives scores (N, 1)
    level           the score of a D that cannot tell
    real, fake      (N, 2), or None
    pull            (N, 2): where each fake is drawn to, as -∂L_G/∂fake; or None. Arrows are as
                    long as the longest allows, so that one picture compares with itself only
    """
    from matplotlib.colors import LinearSegmentedColormap

    ticks = numpy.linspace(-reach, reach, resolution)
    grid = numpy.stack(numpy.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    score = numpy.asarray(discriminator(grid.astype("float32")), "float64")
    scale = float(numpy.quantile(numpy.abs(score - level), 1 - SATURATED)) or 1.0
    axes.imshow(
        score.reshape(resolution, resolution), origin="lower", vmin=level - scale,
        vmax=level + scale, extent=(-reach, reach, -reach, reach), interpolation="bilinear",
        cmap=LinearSegmentedColormap.from_list("fake to real", COLORS, SHADES),
    )  # fmt: skip
    if real is not None:
        axes.scatter(*real.T, s=5, color=style.REAL, linewidths=0, alpha=0.6)
    if fake is not None:
        axes.scatter(*fake.T, s=7, color=style.GENERATOR, linewidths=0, alpha=0.8)
    if pull is not None:
        longest = float(numpy.hypot(*pull.T).max()) or 1.0
        axes.quiver(
            *fake.T, *(pull / longest).T, color=style.GENERATOR, alpha=0.7, angles="xy",
            scale_units="xy", scale=4 / reach, width=0.004,
        )  # fmt: skip
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.grid(False)
    digits = max(0, 1 - math.floor(math.log10(scale)))  # two of the scale's
    ends = (f"{level + sign * scale:.{digits}f}".replace("-", "−") for sign in (-1, 1))
    axes.set_xlabel("D from {} to {}".format(*ends), fontsize=7, labelpad=3)
