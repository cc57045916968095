"""Generated points in the plane, whose distribution is known exactly.

Every function takes `count`, the number of points, and `rng`, the `numpy.random.Generator` that
all draws come from, and returns a `Dataset` with `.points` (count, 2).
"""

import dataclasses

import numpy

from gan_scratch import settings
from gan_scratch.datasets.dataset import Dataset


@dataclasses.dataclass(frozen=True, eq=False)
class Mixture:
    """Equally likely round Gaussians: p(x) = 1/K Σ N(x; means[k], sigma² I), means (K, 2)."""

    means: numpy.ndarray
    sigma: float

    def sample(self, count, rng):
        """`count` points (count, 2) in float64 and the index of the Gaussian of each (count,)."""
        modes = rng.integers(len(self.means), size=count)
        noise = rng.standard_normal((count, 2))
        return self.means[modes] + self.sigma * noise, modes


def ring(count, rng, *, modes=8, radius=1.0, sigma=0.01):
    """Gaussians at equal angles on a circle, the first at (radius, 0); labels are mode indices.

    With these defaults it is the ring on which mode collapse is measured (the synthetic data of
    PacGAN, Lin et al. 2018). `.mixture` holds the means and sigma.
    """
    angles = 2 * numpy.pi * numpy.arange(settings.positive_integer(None, "modes", modes)) / modes
    means = radius * numpy.stack([numpy.cos(angles), numpy.sin(angles)], axis=1)
    return _gaussians("ring", means, sigma, count, rng)


def grid(count, rng, *, side=5, spacing=2.0, sigma=0.05):
    """Gaussians on a square grid centred at the origin; labels are mode indices.

    With these defaults the means are {-4, -2, 0, 2, 4}², as in PacGAN (Lin et al. 2018). Mode
    side·i + j stands at (ticks[i], ticks[j]). `.mixture` holds the means and sigma.
    """
    ticks = spacing * (numpy.arange(settings.positive_integer(None, "side", side)) - (side - 1) / 2)
    means = numpy.stack(numpy.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    return _gaussians("grid", means, sigma, count, rng)


def swiss_roll(count, rng, *, turns=1.5, radius=1.0, sigma=0.01):
    """A spiral from a third of `radius` out to `radius`, with Gaussian noise; no labels.

    x = r (cos t, sin t) + sigma ε, with u uniform in [0, 1), r = radius (1 + 2u) / 3 and
    t = 2π turns u + turns π. So `turns` = 1.5 has the proportions of the usual swiss roll seen
    from its end, where the radius is t itself and t runs from 3π/2 to 9π/2.
    """
    count = _checked_draw(count, rng)
    along = rng.random(count)
    distance = radius * (1 + 2 * along) / 3
    angle = numpy.pi * turns * (1 + 2 * along)
    points = distance[:, None] * numpy.stack([numpy.cos(angle), numpy.sin(angle)], axis=1)
    return Dataset("swiss-roll", points=points + _noise(count, rng, sigma))


def two_moons(count, rng, *, sigma=0.05):
    """Two half circles of radius 1 that reach into each other; the label says which one.

    Moon 0 is (cos t, sin t), moon 1 is (1 - cos t, 1/2 - sin t), t uniform in [0, π), with
    Gaussian noise of standard deviation `sigma` on both coordinates.
    """
    count = _checked_draw(count, rng)
    moon = rng.integers(2, size=count)
    angle = numpy.pi * rng.random(count)
    upper = numpy.stack([numpy.cos(angle), numpy.sin(angle)], axis=1)
    points = numpy.where(moon[:, None] == 0, upper, [1.0, 0.5] - upper)
    return Dataset(
        "two-moons", points=points + _noise(count, rng, sigma), labels=moon,
        class_names=("upper", "lower"),
    )


MIXTURES = {"ring": ring, "grid": grid, "swiss-roll": swiss_roll, "two-moons": two_moons}


def _gaussians(name, means, sigma, count, rng):
    count = _checked_draw(count, rng)
    mixture = Mixture(means, _checked_sigma(sigma))
    points, modes = mixture.sample(count, rng)
    return Dataset(name, points=points, labels=modes, mixture=mixture)


def _noise(count, rng, sigma):
    return _checked_sigma(sigma) * rng.standard_normal((count, 2))


def _checked_sigma(sigma):
    wanted = "a standard deviation, 0 or more"
    return settings.number(None, "sigma", sigma, wanted, lambda value: value >= 0)


def _checked_draw(count, rng):
    settings.generator(None, rng)
    return settings.positive_integer(None, "count", count)
