"""What is known of one gradient on one input, and what a cause is."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gan_scratch.gradient_check.numeric import jacobian, typical_size

EXPLAINED = 1e-6  # a prediction this near to what is claimed, relatively, explains it
ALL_COLUMNS, SOME_COLUMNS = 96, 48  # of the backward pass as a matrix: SOME where y is larger
ACCEPTED = 1e-9  # a claim this near to the numeric gradient is right


@dataclass(frozen=True)
class Cause:
    """What is wrong with one gradient.

    word        the kind of mistake; docs/gradient_check.md lists them
    about       what distinguishes it from others of its kind: the batch, a factor, ...
    sentence    for the student
    formula     the line of mathematics that is missing or broken

    Two of the same word and about are the same mistake, whatever numbers their sentences hold.
    """

    word: str
    about: str
    sentence: str = field(compare=False)
    formula: str = field(compare=False, default="")


@dataclass
class Evidence:
    """One gradient on one input: what is claimed and what is true.

    claim       what the backward pass says, of whatever shape; None where it says nothing
    others      name -> Evidence of each value on the same input, this one among them
    family      the same as `others` for each input that was tried
    """

    subject: object
    name: str
    claim: object
    y: np.ndarray
    dy: np.ndarray
    others: dict = field(default_factory=dict, repr=False)
    family: list = field(default_factory=list, repr=False)

    @property
    def value(self):
        return self.subject.values[self.name]

    @property
    def d(self):
        """What the gradient is called."""
        return self.subject.quantity(self.name)

    @cached_property
    def jacobian(self):
        """∂y/∂value, (numbers in the value, numbers in y), measured when it is first asked for."""
        rng = np.random.default_rng(4)
        return jacobian(lambda v: self.subject.output({self.name: v}), self.value, rng)

    @cached_property
    def numeric(self):
        return self.gradient_of(self.dy)

    def gradient_of(self, dy):
        """Jᵀ dy: the gradient, had dy been another one."""
        return (self.jacobian @ np.ravel(dy)).reshape(self.value.shape)

    @property
    def is_input(self):
        return self.subject.is_input(self.name)

    @property
    def x(self):
        """The input of which y is made, where there is one of floating-point numbers."""
        return next((self.subject.values[n] for n in self.subject.input_names()
                     if n in self.subject.values), None)

    @property
    def probes(self):
        """Evidence of the same value on each input that was tried."""
        return [tried[self.name] for tried in self.family if self.name in tried]

    @cached_property
    def layout(self):
        """The axes of y in the order batch, places, channels, by which sizes of x can change:
        examples may stand in columns, and channels before the places."""
        shapes = [p.x.shape for p in self.probes if p.x is not None and p.x.ndim == self.y.ndim]
        fixed = [len(set(sizes)) == 1 for sizes in zip(*shapes, strict=True)]
        if fixed == [True, False]:
            return [1, 0]
        axes = list(range(self.y.ndim))
        return [0, *axes[2:], 1] if fixed[1:2] == [True] and not any(fixed[2:]) else axes

    @property
    def axes(self):
        """Words for the axes of y."""
        words = dict(zip(self.layout, names_of_axes(self.y.shape), strict=True))
        return [words[axis] for axis in range(self.y.ndim)]

    def words_for(self, name, axis):
        """Words for an axis of an input: a batch where no value with a gradient changes with it."""
        index = self.subject.input_names().index(name)
        sizes = tuple(p.subject.inputs[index].shape[axis] for p in self.probes)
        tied = zip(*([n for v in p.subject.values.values() for n in v.shape] for p in self.probes),
                   strict=True)
        data = name not in self.subject.values and sizes not in tied
        if self.y.ndim:  # else a loss, which may have its examples along any axis
            data &= sizes == tuple(p.y.shape[self.layout[0]] for p in self.probes)
        return "the batch" if data else f"axis {axis} of {name}"

    @property
    def like_y(self):
        """Whether the value is an input of y's shape."""
        return self.is_input and self.value.shape == self.y.shape

    @property
    def fits(self):
        """Whether the claim has the shape of the value."""
        return np.shape(self.claim) == self.value.shape

    @cached_property
    def error(self):
        """|a - n| / (|a| + |n|); infinite where the shapes differ."""
        return relative(self.claim, self.numeric)

    @cached_property
    def wrong(self):
        """Which numbers are wrong."""
        return np.abs(self.claim - self.numeric) > 1e-7 * np.abs(self.numeric).max(initial=0)

    @cached_property
    def backward_map(self):
        """(C, J, the numbers of y that they are for): the backward pass as a matrix, claim = C dy,
        beside Jᵀ; None where it is no linear map of dy. It takes many backward passes."""
        if not self.y.ndim or not self.y.size:
            return None
        if relative(self.subject.claims(-3 * self.dy)[self.name], -3 * self.claim) > EXPLAINED:
            return None
        count = self.y.size if self.y.size <= ALL_COLUMNS else SOME_COLUMNS
        drawn = np.random.default_rng(2).permutation(self.y.size)[:count]
        columns = []
        for index in drawn:
            unit = np.zeros(self.y.size)
            unit[index] = 1.0
            columns.append(np.ravel(self.subject.claims(unit.reshape(self.y.shape))[self.name]))
        return np.stack(columns, axis=1).astype(np.float64), self.jacobian[:, drawn], drawn

    @property
    def right(self):
        return self.error <= ACCEPTED

    def explained_by(self, prediction):
        """Whether this is what is claimed, and not just near to it as the truth is."""
        if self.claim is None or np.shape(prediction) != np.shape(self.claim):
            return False
        off = np.linalg.norm(self.claim - prediction)
        size = np.linalg.norm(self.claim) + np.linalg.norm(prediction)
        if not off <= EXPLAINED * size:
            return False
        if not self.fits:
            return True
        return off <= 1e-2 * np.linalg.norm(self.claim - self.numeric)

    def alike(self, of_claim, of_numeric):
        """Whether what both have in common explains the claim: equal, and not just as the claim and
        the truth are."""
        return relative(of_claim, of_numeric) <= min(EXPLAINED, 1e-2 * self.error)

    def directions(self, at):
        """Two random ones in which gradients are compared without measuring a Jacobian, and how far
        a step along them goes."""
        rng = np.random.default_rng(1)
        return [1e-3 * typical_size(at) * rng.standard_normal(at.shape) for _ in range(2)]

    def slope_at(self, changed, v, dy=None):
        """The change of Σ dy y along v, at other values; None where they cannot be taken."""
        dy = self.dy if dy is None else dy
        at = changed.get(self.name, self.value)
        try:
            f = [
                self.subject.output({**changed, self.name: at + t * v})
                for t in (-1, -0.25, 0.25, 1)
            ]
        except Exception:
            return None
        if f[0].shape != np.shape(dy):
            return None
        return (dy * (16 * (f[2] - f[1]) / 0.5 - (f[3] - f[0]) / 2)).sum() / 15

    def gradient_is_that_at(self, changed, dy=None):
        """Whether the claim is the gradient at other values, seen along two random directions."""
        at = changed.get(self.name, self.value)
        if at.shape != self.value.shape:
            return False
        for v in self.directions(at):
            expected, found = self.slope_at(changed, v, dy), (self.claim * v).sum()
            if expected is None or abs(found - expected) > self.small_along(v, expected):
                return False
            # The truth itself must not look the same.
            if abs(found - (self.numeric * v).sum()) <= 100 * abs(found - expected):
                return False
        return True

    def small_along(self, v, expected=0.0):
        """A difference along v that is too small to tell the claim from what is expected."""
        scale = np.linalg.norm(self.claim) * np.linalg.norm(v) / np.sqrt(v.size)
        return EXPLAINED * max(scale, abs(expected))


def relative(a, n):
    if a is None or np.shape(a) != np.shape(n):
        return np.inf
    off, size = np.linalg.norm(a - n), np.linalg.norm(a) + np.linalg.norm(n)
    return 0.0 if off == 0 else float(off / size)


def names_of_axes(shape):
    """Words for the axes of a y of this shape."""
    inner = {0: [], 1: ["time"], 2: ["height", "width"], 3: ["depth", "height", "width"]}
    between = inner.get(len(shape) - 2, [f"axis {i}" for i in range(1, len(shape) - 1)])
    return ["the batch", *between, "the channels"][: len(shape)]


def where_words(e, mask):
    """Which numbers these are, where that can be said in a few words."""
    if e.like_y and np.array_equal(mask, e.value < 0):
        return ", those where x < 0"
    if e.like_y and np.array_equal(mask, e.value > 0):
        return ", those where x > 0"
    for axis in range(mask.ndim):
        others = tuple(i for i in range(mask.ndim) if i != axis)
        whole, some = mask.all(axis=others), mask.any(axis=others)
        if some.any() and (whole == some).all() and not some.all():
            return f", all those with index {np.flatnonzero(some).tolist()} along axis {axis}"
    return ""
