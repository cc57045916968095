"""What a discriminator of points in the plane says, as a map, with the samples on it.

After GAN Lab (Kahng et al. 2019): the background is D's probability of "real", and each fake has
an arrow that shows where G would move it.
"""

import numpy

from gan_scratch.plots import style

COLORS = ("#eeb285", "#ffffff", "#7fb9df")  # fake, undecided, real


def landscape(axes, discriminator, *, reach, real=None, fake=None, pull=None, resolution=61):
    """Draw σ(D) on the square [-reach, reach]² of matplotlib's `axes`, and samples over it.

    discriminator   a function of points (N, 2) that gives scores (N, 1)
    real, fake      (N, 2), or None
    pull            (N, 2): where each fake is drawn to, as -∂L_G/∂fake; or None. Arrows are as
                    long as the longest allows, so that one picture compares with itself only
    """
    from matplotlib.colors import LinearSegmentedColormap

    ticks = numpy.linspace(-reach, reach, resolution)
    grid = numpy.stack(numpy.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    score = numpy.asarray(discriminator(grid.astype("float32")), "float64")
    probability = 1 / (1 + numpy.exp(-numpy.clip(score, -60, 60)))
    axes.imshow(
        probability.reshape(resolution, resolution), origin="lower", vmin=0, vmax=1,
        extent=(-reach, reach, -reach, reach), interpolation="bilinear",
        cmap=LinearSegmentedColormap.from_list("fake to real", COLORS),
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
