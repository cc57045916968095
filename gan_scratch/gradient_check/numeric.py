"""The numeric derivative: differences of the function itself, as exact as float64 allows.

A central difference D(h) = (f(h) - f(-h)) / 2h is off by O(h²) from the curve and by O(ε/h) from
rounding. Two of them cancel the h² (Richardson): R(h) = (16 D(h/4) - D(h)) / 15. The step is found
by a ladder of ever smaller ones: where two neighbouring R agree best, both errors are small, and
below, where rounding rules, their differences tell how large it is. All steps are powers of two,
which are added to a number without rounding.

    derivative_along_line       of f(t) at t = 0, entry by entry
    derivative_by_coordinate    of Σ dy f(x), for each number of x, with corners and doubts
    jacobian                    of f(x), for each number of x and of f
"""

from dataclasses import dataclass, fields, replace

import numpy as np

ROUNDING = np.finfo(np.float64).eps
FIRST, RUNGS = 0.125, 16  # the first step, in units of the variable's size; the next is a quarter
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
    low, high   the one-sided slopes, where `kink`; a derivative between them is accepted there.
                Infinite where it is not between them and cannot be judged, see Entry
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


def exactly(value):
    """A known array as a Derivative, to compare with."""
    nothing = np.zeros(np.shape(value))
    return Derivative(value, value, value, nothing.astype(bool), nothing)


def norm(v):
    """The length of v, also where squares of its numbers are too small or too large."""
    unit = np.abs(v).max(initial=0)
    return float(unit * np.linalg.norm(np.ravel(v / unit))) if 0 < unit < np.inf else float(unit)


def richardson(coarse, fine):
    """The value at step 0 of an error in h², from steps h and h/4."""
    return (16 * fine - coarse) / 15


def one_sided(coarse, fine):
    """The same of an error in h, as slopes to one side have it."""
    return (4 * fine - coarse) / 3


class Ladder:
    """Estimates of df/dt at t = 0 of an array-valued f(t), on ever smaller steps h.

    estimates[i]    Richardson's, from steps[i] and steps[i + 1]
    still           which numbers of f do not move at the foot of the ladder
    noise           by how much rounding moves each number, seen there. Of one that stands still,
                    nothing is known below the rounding of a 1 inside
    best            the estimate nearest to the one before it, as far as the noise lets that be seen
    """

    def __init__(self, f, centre, weight=1.0):
        self.centre, self.weight = centre, weight
        self.steps, self.ahead, self.behind, self.estimates = [], [], [], []
        for h in FIRST / 4.0 ** np.arange(RUNGS):
            self.steps.append(h)
            self.ahead.append(f(h))
            self.behind.append(f(-h))
            if len(self.steps) > 1:
                self.estimates.append(richardson(self.central(-2), self.central(-1)))
            if len(self.steps) == 5 and self.is_straight():
                break  # and any step will do
        moved = np.array([self.moved(rung) for rung in range(len(self.steps))])
        self.still = ~moved[-4:].all(axis=0)
        self.noise = self.noise_at_the_foot()
        wobble = [norm(weight * self.change(i)) for i in range(len(self.estimates) - 1)]
        least = norm((weight * self.noise)[moved.any(axis=0)]) / np.array(self.steps[2:])
        doubt = np.maximum(wobble, least)
        # A rung that left the function's domain (nan) is no choice.
        self.best = int(np.argmin(np.where(np.isnan(doubt), np.inf, doubt))) + 1

    def central(self, rung):
        return (self.ahead[rung] - self.behind[rung]) / (2 * self.steps[rung])

    def change(self, i):
        """From an estimate to the next one, whose smaller step is steps[i + 2]."""
        return self.estimates[i + 1] - self.estimates[i]

    def moved(self, rung):
        return (self.ahead[rung] != self.centre) | (self.behind[rung] != self.centre)

    def is_straight(self):
        """Whether rounding alone changes the estimates, on all rungs so far."""
        rounding = self.weight * ROUNDING * np.abs(self.centre)
        return all(
            norm(self.weight * self.change(i)) <= norm(rounding[self.moved(i + 2)]) / h
            for i, h in enumerate(self.steps[2:])
        )

    def noise_at_the_foot(self):
        size = np.abs(self.centre)
        noise = ROUNDING * np.where(self.still, np.fmax(size, 1), size)
        if len(self.steps) < RUNGS:
            return noise
        seen = [np.abs(self.change(i)) * self.steps[i + 2] for i in range(RUNGS - 7, RUNGS - 2)]
        return np.fmax(noise, np.median(seen, axis=0))

    def slopes(self):
        """(left, right) at the foot of the ladder."""
        h, small = self.steps[-2:]
        (behind, left), (ahead, right) = self.behind[-2:], self.ahead[-2:]
        return (
            one_sided((self.centre - behind) / h, (self.centre - left) / small),
            one_sided((ahead - self.centre) / h, (right - self.centre) / small),
        )


def derivative_along_line(f):
    """df/dt at t = 0 of an array-valued f(t), entry by entry, as a Derivative.

    t = 1 is to be a change of the size of what is varied.
    """
    centre = np.asarray(f(0.0))
    if not centre.size:
        return exactly(centre)
    ladder = Ladder(f, centre)
    best, step = ladder.best, ladder.steps[ladder.best]
    central = ladder.central(best)
    left, right = ladder.slopes()
    wobble, scale = (norm(v) / np.sqrt(v.size) for v in (ladder.change(best - 1), central))
    allowed = SMOOTH * np.maximum(scale, np.abs(central)) + 8 * ladder.noise / ladder.steps[-1]
    return Derivative(
        value=ladder.estimates[best],
        low=np.minimum(left, right),
        high=np.maximum(left, right),
        kink=np.abs(right - left) > allowed,
        uncertainty=4 * wobble + 8 * ladder.noise / step,
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
    coordinates = np.arange(x.size) if coordinates is None else np.asarray(coordinates)
    if not x.size or not centre.size:
        return exactly(np.zeros(len(coordinates)))

    slopes = Slopes(f, x, dy, centre, np.random.default_rng(0) if rng is None else rng)
    entries = [slopes.at(index) for index in coordinates]
    finite = np.array([entry.value for entry in entries if np.isfinite(entry.value)])
    scale = norm(finite) / np.sqrt(len(finite) or 1)
    disagree = 0
    for place, index in enumerate(coordinates):
        entry = entries[place]
        if not entry.smooth(SMOOTH, scale):
            entry = closer(slopes, index, entry, scale)
        if expected is not None and not entry.kink and disagree < ENOUGH:
            entry = confirmed(slopes, index, entry, scale, expected[place])
            off = abs(entry.value - expected[place])
            disagree += not (entry.kink or off <= max(entry.uncertainty, CERTAIN * scale))
        if expected is not None and entry.kink and not entry.alone:
            if not entry.holds(expected[place]):
                entry = replace(entry, low=-np.inf, high=np.inf)
        entries[place] = entry
    return Derivative(*(
        np.array([getattr(entry, field.name) for entry in entries]) for field in fields(Derivative)
    ))


@dataclass
class Entry:
    """The slope along one coordinate: a Derivative of a single number, and how it was found.

    At a corner each number of y has a slope to the left and one to the right, and a backward pass
    takes any between them. It may take others where several corners inside the function meet, each
    of which it treats as it likes: no ReLU lets anything through where all of them are given 0,
    though to both sides some would. Only where a number of x moves its own y `alone` there is one.
    """

    value: float
    low: float
    high: float
    drift: float  # by how much a step of h/4 changed the slopes of a step of h
    uncertainty: float
    alone: bool
    kink: bool = False

    def holds(self, expected):
        return self.low - self.uncertainty <= expected <= self.high + self.uncertainty

    @property
    def gap(self):
        """How far left and right are apart."""
        return self.high - self.low

    def smooth(self, share, scale):
        """Whether left and right, and near and far, have about the same slope."""
        allowed = share * max(scale, abs(self.value)) + 4 * self.uncertainty
        return self.gap <= allowed and self.drift <= allowed


class Slopes:
    """Slopes of Σ dy f at x along its coordinates, on a step that suits their sizes."""

    def __init__(self, f, x, dy, centre, rng):
        self.f, self.x, self.centre = f, x, centre
        self.dy = np.broadcast_to(dy, centre.shape)
        self.sizes = sizes_of(x)
        along = self.sizes * rng.choice([-1.0, 1.0], size=x.shape)
        ladder = Ladder(lambda t: np.asarray(f(x + t * along)), centre, self.dy)
        self.step = ladder.steps[ladder.best]
        self.noise, self.still = ladder.noise * np.abs(self.dy), ladder.still

    def sides(self, index, h):
        """f ahead and behind."""
        along = np.zeros(self.x.shape)
        along.flat[index] = h
        return np.asarray(self.f(self.x + along)), np.asarray(self.f(self.x - along))

    def at(self, index, shrink=0):
        """The Entry of steps h and h/4, h the usual one divided by 8 `shrink` times."""
        h = self.sizes.flat[index] * self.step / 8.0**shrink
        (far_ahead, far_behind), (ahead, behind) = self.sides(index, h), self.sides(index, h / 4)
        centre, dy, small = self.centre, self.dy, h / 4
        coarse, fine = (far_ahead - far_behind) / (2 * h) * dy, (ahead - behind) / (2 * small) * dy
        right = one_sided((far_ahead - centre) / h, (ahead - centre) / small) * dy
        left = one_sided((centre - far_behind) / h, (centre - behind) / small) * dy
        low, high = np.minimum(left, right), np.maximum(left, right)
        changed = (far_ahead != centre) | (far_behind != centre)
        # Where y does not change at all, nothing is known below the rounding of a 1 inside.
        largest = np.maximum(np.abs(ahead), np.abs(behind)) if changed.any() else 1
        noise = np.maximum(self.noise, ROUNDING * largest * np.abs(dy))
        doubtful = changed | self.still if changed.any() else ...
        return Entry(
            value=float(richardson(coarse, fine).sum()),
            low=float(low.sum()),
            high=float(high.sum()),
            drift=float(np.abs(coarse - fine).sum()),
            uncertainty=8 * norm(noise[doubtful]) / small,
            alone=self.x.shape == centre.shape and changed.sum() <= changed.flat[index],
        )


def sizes_of(x):
    """The size of each number, which its step is a share of: its own, and not less than that of the
    smaller ones beside it; a power of two. So a number of 1e6 does not make the others' steps
    large, and one that happens to be near 0 has a step like theirs. 1 where all are 0."""
    size = np.abs(x)
    there = size[size > 0]
    usual = np.quantile(there, 0.25) if there.size else 1.0
    return 2.0 ** np.floor(np.log2(np.maximum(size, usual)))


def typical_size(x):
    """The root mean square of x; 1 where x is zero or empty."""
    return float(np.sqrt(np.mean(x**2))) or 1.0 if x.size else 1.0


def closer(slopes, index, entry, scale):
    """The entry with smaller steps: a corner nearby is left outside, one at this point stays."""
    room = 1e-3 * max(entry.gap, entry.drift) / (entry.uncertainty or ROUNDING)
    shrinks = min(SHRINKS, int(np.log2(room) // 3)) if room >= 1 else 0
    if not shrinks:
        return entry  # smaller steps would drown it in rounding
    smallest = slopes.at(index, shrinks)
    if smallest.gap > 0.5 * entry.gap:
        return replace(smallest, kink=True)
    for shrink in range(1, shrinks):
        entry = slopes.at(index, shrink)
        if entry.smooth(1e-4, scale):
            return entry
    return smallest


def confirmed(slopes, index, entry, scale, expected):
    """The entry, or the first one of smaller steps that confirms what was expected.

    A wrong expectation is confirmed by none: each entry is a true slope within its uncertainty,
    unless a corner lies inside its step. Where little is certain no smaller step is asked; what the
    last one has changed is uncertain too. Where left and right stay as far apart as they were, the
    corner is at this point, though it is small beside the rest of the gradient.
    """
    found = entry
    for shrink in range(1, SHRINKS + 1):
        if abs(found.value - expected) <= found.uncertainty + AGREES * abs(expected):
            return found
        if shrink > 1 and found.uncertainty > CERTAIN * max(scale, abs(expected)):
            break
        sure, found = found, slopes.at(index, shrink)
        if found.gap > max(0.5 * sure.gap, 10 * found.uncertainty):
            return replace(found, kink=True)
    return replace(sure, uncertainty=sure.uncertainty + 2 * abs(found.value - sure.value))


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
        sizes = sizes_of(x)
        for index, h in enumerate(sizes.flat):
            along = np.zeros(x.shape)
            along.flat[index] = h
            result[index] = (np.asarray(f(x + along)) - centre).ravel() / h
        return result
    slopes = Slopes(f, x, rng.standard_normal(centre.shape), centre, rng)
    for index in range(x.size):
        result[index] = row_of_jacobian(slopes, index).ravel()
    return result


def is_affine(f, x, centre, rng):
    """Whether three long random lines through x are straight: they would meet the corners and
    bends of a function that has any."""
    for _ in range(3):
        along = typical_size(x) * rng.standard_normal(x.shape)
        slope, bend = slope_and_bend(np.asarray(f(x + along)), np.asarray(f(x - along)), centre, 1)
        if not np.linalg.norm(bend) <= STRAIGHT * np.linalg.norm(slope):
            return False
    return True


def row_of_jacobian(slopes, index):
    """The slope of each number of f. On a straight line one difference is exact."""
    first = None
    for shrink in range(SHRINKS):
        h = slopes.sizes.flat[index] * slopes.step / 8.0**shrink
        coarse, bend = slope_and_bend(*slopes.sides(index, h), slopes.centre, h)
        if np.linalg.norm(bend) <= STRAIGHT * np.linalg.norm(coarse):
            return coarse
        fine, bend = slope_and_bend(*slopes.sides(index, h / 4), slopes.centre, h / 4)
        slope = richardson(coarse, fine)
        apart = np.linalg.norm(coarse - fine) + np.linalg.norm(bend)
        if apart <= SMOOTH * np.linalg.norm(fine):
            return slope
        first = slope if first is None else first
    return first  # a corner at this very point, or a slope of 0


def slope_and_bend(ahead, behind, centre, h):
    """The central difference, and how far the slope ahead is above the slope behind."""
    return (ahead - behind) / (2 * h), (ahead - 2 * centre + behind) / h
