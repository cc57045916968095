"""The numeric derivative: differences of the function itself, as exact as float64 allows.

A central difference D(h) = (f(h) - f(-h)) / 2h is off by O(h²) from the curve and by O(ε/h) from
rounding. Two of them cancel the h² (Richardson): R(h) = (16 D(h/4) - D(h)) / 15. The step is
found by a ladder of steps: where two neighbouring R agree best, both errors are small.
"""

from dataclasses import dataclass

import numpy as np

ROUNDING = np.finfo(np.float64).eps
LADDER = 0.1 * 4.0 ** -np.arange(11)  # steps in units of the variable's size; h/4 is the next one
SHRINKS = 8  # how often the step is divided by 8 before a disagreement is called a kink
SMOOTH = 1e-2  # slopes that differ by more than this share of the gradient are suspect
CERTAIN = 1e-9  # beyond this share of the gradient, what is uncertain confirms nothing
AGREES = 1e-10  # an entry this near to the expected one confirms it
ENOUGH = 8  # where so many entries were asked again and disagree, the rest is believed at once
STRAIGHT = 1e-9  # a bend smaller than this share of the slope is rounding


@dataclass
class Derivative:
    """A numeric derivative, entry by entry.

    value       the central estimate
    low, high   the one-sided slopes, where `kink`; a derivative between them is accepted there
    kink        True where the function has a corner at this very point
    uncertainty how far off `value` may be, by rounding and by what is left of the curvature
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kink: np.ndarray
    uncertainty: np.ndarray

    def nearest(self, analytic):
        """`value`, and at kinks the value nearest to `analytic` between the one-sided slopes."""
        return np.where(self.kink, np.clip(analytic, self.low, self.high), self.value)


def derivative_along_line(f, size=1.0):
    """df/dt at t = 0 of an array-valued f(t), entry by entry, as a Derivative.

    `size` is the scale on which f changes, for example 1 where t multiplies a direction of the
    size of the variable.
    """
    centre = f(0.0)
    if not centre.size:
        return Derivative(*[np.zeros(centre.shape)] * 3, np.zeros(centre.shape, bool), centre)
    steps = size * LADDER
    ahead = np.array([f(h) for h in steps])
    behind = np.array([f(-h) for h in steps])
    step = steps.reshape(-1, *[1] * centre.ndim)
    central = (ahead - behind) / (2 * step)
    estimates = richardson(central[:-1], central[1:])
    wobble = np.sqrt((np.diff(estimates, axis=0) ** 2).reshape(len(steps) - 2, -1).mean(axis=1))
    level = calmest(wobble) + 1
    right, left = (ahead[-1] - centre) / steps[-1], (centre - behind[-1]) / steps[-1]
    scale = np.sqrt(np.mean(central[level] ** 2))
    kink = np.abs(right - left) > SMOOTH * np.maximum(scale, np.abs(central[level]))
    return Derivative(
        value=estimates[level],
        low=np.minimum(left, right),
        high=np.maximum(left, right),
        kink=kink,
        uncertainty=4 * wobble[level - 1] + 8 * ROUNDING * np.abs(centre) / steps[level],
    )


def numeric_gradient(f, x, dy=1.0):
    """d(Σ dy f(x))/dx for an array-valued f(x), as an array of the shape of x."""
    return derivative_by_coordinate(f, x, dy).value.reshape(np.shape(x))


def derivative_by_coordinate(f, x, dy, coordinates=None, rng=None, expected=None):
    """d(Σ dy f(x))/dx for an array-valued f, coordinate by coordinate, as a flat Derivative.

    The outputs are subtracted before they are multiplied by dy, as a sum of large numbers would
    lose the digits that matter. `coordinates` are flat indices (all by default). Where an entry
    disagrees with the one `expected`, smaller steps are tried before it is believed: a corner just
    inside the step can hide in both differences.
    """
    x = np.array(x, np.float64)
    centre = np.asarray(f(x))
    dy = np.asarray(dy, np.float64)
    slope = SlopeAlong(f, x, dy, centre)
    coordinates = np.arange(x.size) if coordinates is None else np.asarray(coordinates)
    if not x.size or not centre.size:
        nothing = np.zeros(len(coordinates))
        return Derivative(nothing, nothing, nothing, nothing.astype(bool), nothing)

    h = slope.best_step(np.random.default_rng(0) if rng is None else rng)
    entries = [slope.at(unit(x, index), h) for index in coordinates]
    finite = [entry.value**2 for entry in entries if np.isfinite(entry.value)]
    scale = np.sqrt(np.mean(finite)) if finite else 0.0
    disagree = 0
    for place, index in enumerate(coordinates):
        if not entries[place].smooth(SMOOTH, scale):
            entries[place] = closer(slope, unit(x, index), h, scale)
        if expected is not None and not entries[place].kink and disagree < ENOUGH:
            entries[place] = confirmed(
                slope, unit(x, index), h, entries[place], scale, expected[place]
            )
            off = abs(entries[place].value - expected[place])
            disagree += not (entries[place].kink or off <= CERTAIN * scale)
    return Derivative(
        *(
            np.array([getattr(entry, name) for entry in entries])
            for name in ("value", "low", "high", "kink", "uncertainty")
        )
    )


def jacobian(f, x, rng):
    """∂y_j/∂x_i of an array-valued y = f(x), as an array (x.size, y.size).

    Where f is affine, as a convolution is in x and in W, one difference is exact at any step.
    Elsewhere, where left and right, or near and far, do not agree, a corner lies inside the step,
    and smaller ones are taken.
    """
    x = np.array(x, np.float64)
    centre = np.asarray(f(x))
    result = np.zeros((x.size, centre.size))
    if not result.size:
        return result
    if is_affine(f, x, centre, rng):
        h = typical_size(x)
        for index in range(x.size):
            result[index] = (np.asarray(f(x + h * unit(x, index))) - centre).ravel() / h
        return result
    dy = rng.standard_normal(centre.shape)
    best = SlopeAlong(f, x, dy, centre).best_step(rng)
    for index in range(x.size):
        result[index] = row_of_jacobian(f, x, unit(x, index), best, centre).ravel()
    return result


def is_affine(f, x, centre, rng):
    """Whether three long random lines through x are straight: they would meet the corners and
    bends of a function that has any."""
    size = typical_size(x)
    for _ in range(3):
        slope, bend = slope_and_bend(f, x, rng.standard_normal(x.shape), size, centre)
        if not np.linalg.norm(bend) <= STRAIGHT * np.linalg.norm(slope):
            return False
    return True


def row_of_jacobian(f, x, direction, best, centre):
    """The slope of f along the direction. On a straight line one difference is exact."""
    first = None
    for shrink in range(SHRINKS):
        h = best / 8**shrink
        coarse, bend = slope_and_bend(f, x, direction, h, centre)
        if np.linalg.norm(bend) <= STRAIGHT * np.linalg.norm(coarse):
            return coarse
        fine, bend = slope_and_bend(f, x, direction, h / 4, centre)
        slope = richardson(coarse, fine)
        apart = np.linalg.norm(coarse - fine) + np.linalg.norm(bend)
        if apart <= SMOOTH * np.linalg.norm(fine):
            return slope
        first = slope if first is None else first
    return first  # a corner at this very point, or a slope of 0


def slope_and_bend(f, x, direction, h, centre):
    """The central difference, and how far the slope ahead is above the slope behind."""
    ahead, behind = np.asarray(f(x + h * direction)), np.asarray(f(x - h * direction))
    return (ahead - behind) / (2 * h), (ahead - 2 * centre + behind) / h


@dataclass
class Entry:
    """The slope along one direction: a Derivative of a single number, and how it was found."""

    value: float
    low: float
    high: float
    drift: float  # by how much a step of h/4 changed the slope of a step of h
    uncertainty: float
    kink: bool = False

    def smooth(self, share, scale):
        """Whether left and right, and near and far, have about the same slope."""
        allowed = share * max(scale, abs(self.value)) + 4 * self.uncertainty
        return self.high - self.low <= allowed and self.drift <= allowed


class SlopeAlong:
    """Slopes of t -> Σ dy f(x + t direction) at t = 0."""

    def __init__(self, f, x, dy, centre):
        self.f, self.x, self.dy, self.centre = f, x, dy, centre
        self.size = typical_size(x)
        self.magnitude = float(np.linalg.norm(centre * dy))

    def change(self, there, here):
        """Σ dy (there - here). The outputs are subtracted first, as their sums lose digits."""
        return float(((there - here) * self.dy).sum())

    def central(self, direction, h):
        return self.change(*self.both_sides(direction, h)) / (2 * h)

    def both_sides(self, direction, h):
        return [np.asarray(self.f(self.x + t * direction)) for t in (h, -h)]

    def at(self, direction, h):
        """The Entry of steps h and h/4."""
        small = h / 4
        coarse = self.central(direction, h)
        ahead, behind = self.both_sides(direction, small)
        fine = self.change(ahead, behind) / (2 * small)
        right = self.change(ahead, self.centre) / small
        left = self.change(self.centre, behind) / small
        return Entry(
            value=richardson(coarse, fine),
            low=min(left, right),
            high=max(left, right),
            drift=abs(coarse - fine),
            uncertainty=8 * ROUNDING * self.magnitude / small,
        )

    def best_step(self, rng):
        """The step on which two random ±1 directions agree best. From the top of the ladder down,
        until the estimates change by no more than rounding does: below, that only grows."""
        steps = self.size * LADDER
        directions = rng.choice([-1.0, 1.0], size=(2, *self.x.shape))
        central, wobble = [], []
        for h in steps:
            central.append([self.central(direction, h) for direction in directions])
            if len(central) > 2:
                coarse, fine, finest = np.array(central[-3:])
                wobble.append(np.abs(richardson(fine, finest) - richardson(coarse, fine)).max())
                if wobble[-1] <= ROUNDING * self.magnitude / h:
                    break
        return steps[calmest(np.array(wobble)) + 1]


def calmest(wobble):
    """Where the wobble is smallest; a rung that left the function's domain (nan) is no choice."""
    return int(np.argmin(np.where(np.isnan(wobble), np.inf, wobble)))


def typical_size(x):
    """The root mean square of x, to which steps are scaled; 1 where x is zero or empty."""
    return float(np.sqrt(np.mean(x**2))) or 1.0 if x.size else 1.0


def closer(slope, direction, h, scale):
    """The entry with smaller steps: a corner nearby is left outside, one at this point stays."""
    for _ in range(SHRINKS):
        h /= 8
        entry = slope.at(direction, h)
        if entry.smooth(1e-4, scale):
            return entry
    entry.kink = True
    return entry


def confirmed(slope, direction, h, entry, scale, expected):
    """The entry, or the first one of smaller steps that confirms what was expected.

    A wrong expectation is confirmed by none: each entry is a true slope within its uncertainty,
    unless a corner lies inside its step. Steps so small that little is certain are not asked. Where
    left and right stay as far apart as they were, the corner is at this point, though it is small
    beside the rest of the gradient.
    """
    closer_entry, apart = entry, np.inf
    for shrink in range(1, SHRINKS + 1):
        off = abs(closer_entry.value - expected)
        if off <= closer_entry.uncertainty + AGREES * abs(expected):
            return closer_entry
        if closer_entry.uncertainty > CERTAIN * max(scale, abs(expected)):
            return entry
        former, closer_entry = apart, slope.at(direction, h / 8**shrink)
        apart, unsure = closer_entry.high - closer_entry.low, closer_entry.uncertainty
        between = closer_entry.low - unsure <= expected <= closer_entry.high + unsure
        if between and apart > 0.5 * former and apart > 10 * unsure:
            closer_entry.kink = True
            return closer_entry
    return entry


def unit(x, index):
    direction = np.zeros(x.shape)
    direction.flat[index] = 1.0
    return direction


def richardson(coarse, fine):
    """The value at step 0 of an error in h², from steps h and h/4."""
    return (16 * fine - coarse) / 15
