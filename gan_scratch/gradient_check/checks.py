"""Compare what a backward pass says with what the function itself does."""

import math
from dataclasses import dataclass

import numpy as np

from gan_scratch.gradient_check.diagnosis import MOST_NUMBERS, diagnose
from gan_scratch.gradient_check.evidence import Cause
from gan_scratch.gradient_check.manners import manners
from gan_scratch.gradient_check.numeric import (
    derivative_along_line,
    derivative_by_coordinate,
    exactly,
    typical_size,
)
from gan_scratch.gradient_check.plain import FunctionPair, LossFunction, PlainLayer
from gan_scratch.gradient_check.report import ACCEPTED, ELSEWHERE, SURROGATE, Report, compare
from gan_scratch.gradient_check.subject import LibraryLayer
from gan_scratch.layers.layer import Holder, Layer, layers_inside

# Of the check's own draws. With a plain 0, dy would be the x that a reader draws from
# default_rng(0), and along its own x a batch norm has no gradient to compare.
SEED = (2014, 0)
FEW, MANY = 64, 1024  # numbers of a large gradient that are looked at; MANY where one is wrong
CLOSE = 1e-8  # relative error along a random direction beyond which MANY are looked at
SEEN_FROM_AFAR = 1e-6  # the same beyond which the gradient is wrong, whatever single numbers say


def check(
    layer, x, dy=None, *, rng=None, training=True, tolerance=ACCEPTED, constants=()
):
    """Check every derivative of `layer` at `x` in float64; returns a Report.

    First order: dx and the gradient of every parameter, against numeric derivatives of
    Σ dy forward(x), with a random cotangent `dy` unless one is given (an all-ones dy would not see
    a batch norm or a softmax whose backward is missing), at the values that the layer has and at
    random ones beside. Where the layer has tangent passes: ẏ against the derivative of forward, and
    ẋ's and the parameters' tangents against the derivative of backward, along a random direction of
    x, dy and all parameters. And whether the layer keeps its hands off what it is given, and goes
    back with the cache of the right call.

    Where something is wrong, the report names the mistake if a known one explains all of it. Every
    array that moves y is compared, or listed in `report.not_compared`. Name those that are not to
    be learnt in `constants`, or in an attribute `constants` of the layer; also an input without a
    gradient, such as a mask: "x[1]" is the second of several. ValueError for a name of nothing.

    `layer` is a Layer, or any object whose forward(x) returns (y, cache) or y, and whose backward
    takes (dy, cache) or dy. Its state and its random generators are put back before every forward
    pass, and it is left as it was. `rng` draws cotangents, directions and
    sampled coordinates; by default a generator of fixed seed, so that a check repeats.
    """
    report = Report(type(layer).__name__, tolerance=tolerance)
    if has_surrogate(report, layer):
        return report
    if isinstance(layer, Layer):
        subject = LibraryLayer(layer, x, training)
    else:
        subject = PlainLayer(layer, x, training, constants)
    try:
        return check_subject(subject, type(layer).__name__, dy, rng, tolerance, constants)
    finally:
        subject.restore()


def has_surrogate(report, *players):
    """Whether a backward pass inside is by design no derivative. If so, the report says it."""
    for layer in (each for p in players if isinstance(p, Holder) for each in layers_inside(p)):
        if getattr(layer, "surrogate_gradient", ""):
            report.causes[SURROGATE] = Cause(SURROGATE, "", (
                f"the backward pass of {type(layer).__name__} is by design not the derivative: "
                f"{layer.surrogate_gradient}. No gradient that comes back through it was compared."
            ))
    return SURROGATE in report.causes


def check_functions(
    forward, backward, *inputs, dy=None, rng=None, tolerance=ACCEPTED, constants=()
):
    """The same for two functions: forward(x, w, b) -> (y, cache), backward(dy, cache) ->
    (dx, dw, db). Every input of floating-point numbers is a variable."""
    subject = FunctionPair(forward, backward, inputs)
    return check_subject(subject, forward.__name__, dy, rng, tolerance, constants)


def check_loss(function, *inputs, rng=None, tolerance=ACCEPTED, constants=()):
    """The same for function(score, ...) -> (loss, gradient of each score)."""
    subject = LossFunction(function, inputs)
    return check_subject(subject, function.__name__, None, rng, tolerance, constants)


def check_subject(subject, name, dy, rng, tolerance, constants=()):
    rng = np.random.default_rng(SEED) if rng is None else rng
    report = Report(name, tolerance=tolerance)
    constants = {constants} if isinstance(constants, str) else set(constants)
    subject.fix(constants)
    y, again = subject.output_twice()
    bad = int((~np.isfinite(y)).sum())
    if bad:
        report.causes["not finite"] = Cause(
            "not finite", "", f"forward gives {bad} numbers that are not finite at this input: no "
            "derivative can be checked there. Look where it divides, or takes roots, logarithms or "
            "exponentials.",
        )
        return report
    if not np.array_equal(again, y):
        report.causes["random"] = Cause(
            "random", "", "forward gives another y each time it is given the same x, so no "
            "derivative can be measured. Draw from a generator that the layer holds, self.rng: the "
            "check puts it back before each pass, and np.random's own as well.",
        )
        return report
    subject.expect_known(constants)
    subject.look_around(constants)
    report.not_compared = list(subject.not_compared)
    if dy is None:
        dy = rng.standard_normal(y.shape) if y.ndim else np.float64(1)
    dy = np.asarray(dy, np.float64)
    report.rows += first_order(subject, dy, rng)
    # Tangents are derivatives of the backward pass: it must at least give the right shapes.
    layer = getattr(subject, "layer", None)
    if getattr(layer, "has_tangents", False) and math.isfinite(report.max_error):
        report.rows += tangents(subject, dy, rng)
        report.rows += tangents_elsewhere(subject, dy, tolerance)
    size = typical_size(dy)
    draws = np.random.default_rng(SEED)  # those of before stay what they were
    report.causes.update({cause.word: cause for cause in manners(subject, draws, size)})
    beside = elsewhere(subject, draws, size)
    wrong = {row.quantity for row in report.rows if row.order == 1 and not row.error <= tolerance}
    suspects = [n for n in subject.values if n in beside or subject.quantity(n) in wrong]
    if suspects:
        add_causes(report, subject, suspects, draws, size)
        # A kink that only looks like a mistake has no cause.
        seen = {row.quantity for row in report.rows if not row.error <= tolerance}
        report.rows += [
            row for name, row in beside.items()
            if subject.quantity(name) in report.causes and subject.quantity(name) not in seen
        ]
    report.passes = subject.passes
    report.notes += subject.notes()
    return report


def add_causes(report, subject, suspects, rng, dy_size=1.0):
    for name, cause in diagnose(subject, suspects, rng, dy_size).items():
        report.causes[subject.quantity(name)] = cause
    if any(subject.values[name].size > MOST_NUMBERS for name in suspects):
        report.notes.append(
            f"the cause is looked for in gradients of up to {MOST_NUMBERS} numbers: a smaller "
            "layer, of 4 or 5 channels say, is told what is wrong with it."
        )


def elsewhere(subject, rng, size):
    """name -> Row of what is wrong at random values beside the present ones, where a parameter
    that is 0 or 1 hides what it does. Seen along one random direction. (A layer with a state of its
    own, such as the vector of a power iteration, is right only where that state has settled.)"""
    other = None if subject.remembers else subject.redrawn(rng)
    if other is None:
        return {}
    y = other.output()
    if not y.size:
        return {}
    dy = size * rng.standard_normal(y.shape) if y.ndim else np.float64(size)
    claims, rows = other.claims(dy), {}
    for name, value in other.values.items():
        claim = claims[name]
        if claim is None or np.shape(claim) != value.shape or not value.size:
            continue  # the first check has said so
        seen = slopes_along_a_line(
            lambda v, name=name: other.output({name: v}), value, claim, dy, rng
        )
        if not seen.agree(SEEN_FROM_AFAR):
            rows[name] = seen.row(subject.quantity(name) + ELSEWHERE, value.shape)
    return rows


def tangents_elsewhere(subject, dy, tolerance):
    """The wrong ones among the tangents' rows at random values beside the present ones."""
    rng = np.random.default_rng(SEED)
    other = subject.redrawn(rng)
    if other is None or np.shape(other.output()) != np.shape(dy):
        return []
    rows = [row for row in tangents(other, dy, rng) if not row.error <= tolerance]
    for row in rows:
        row.quantity += ELSEWHERE
    return rows


@dataclass
class Slopes:
    """Two derivatives of Σ dy y along one random direction: what the claim gives, what is true."""

    claimed: float
    true: float
    scale: float  # of such a slope, for a gradient of this size
    unsure: float
    kink: bool

    def agree(self, tolerance):
        allowed = tolerance * max(self.scale, abs(self.true)) + self.unsure
        return bool(abs(self.claimed - self.true) <= allowed)

    def row(self, quantity, shape):
        row = compare(quantity, np.asarray(self.claimed), exactly(np.asarray(self.true)), ())
        row.shape = shape
        row.note = (
            f"{quantity} is off along a random direction: analytic {self.claimed:.6g}, numeric "
            f"{self.true:.6g}."
        )
        return row


def slopes_along_a_line(f, value, claim, dy, rng):
    direction = random_direction(value, rng)
    numeric = derivative_along_line(lambda t: f(value + t * direction))
    return Slopes(
        claimed=float((claim * direction).sum()),
        true=float((numeric.value * dy).sum()),
        scale=float(np.linalg.norm(claim) * np.linalg.norm(direction) / np.sqrt(value.size)),
        unsure=float((numeric.uncertainty * np.abs(dy)).sum()),
        kink=bool(numeric.kink.any()),
    )


def assert_gradients(
    layer, x, dy=None, *, rng=None, training=True, tolerance=ACCEPTED, constants=()
):
    """`check`, as an assertion for a test: AssertionError with the table where a gradient is wrong,
    and where an array that moves y was not compared."""
    report = check(
        layer, x, dy, rng=rng, training=training, tolerance=tolerance, constants=constants
    )
    if not report.complete:
        raise AssertionError(f"gradient check failed\n{report}")
    return report


def first_order(subject, dy, rng):
    """Rows for dx and every parameter's gradient."""
    claims = subject.claims(dy)
    return [
        gradient_row(
            subject.quantity(name), claims[name],
            lambda v, name=name: subject.output({name: v}), value, dy, rng,
        )
        for name, value in subject.values.items()
    ]


def gradient_row(quantity, analytic, f, value, dy, rng):
    """One gradient, number by number. A large one is seen along a random direction, and at some of
    its numbers; at many where that direction shows a mistake."""
    shape = tuple(value.shape)
    comparable = np.shape(analytic) == shape
    coordinates, seen = None, None
    if value.size > FEW and comparable:
        seen = slopes_along_a_line(f, value, analytic, dy, rng)
        count = min(FEW if seen.agree(CLOSE) or seen.kink else MANY, value.size)
        coordinates = np.sort(rng.choice(value.size, count, replace=False))
    expected = None
    if comparable:
        expected = np.ravel(analytic) if coordinates is None else np.ravel(analytic)[coordinates]
    numeric = derivative_by_coordinate(f, value, dy, coordinates, rng, expected)
    row = compare(quantity, analytic, numeric, shape, coordinates)
    hidden = seen and not seen.agree(SEEN_FROM_AFAR) and len(coordinates) < value.size
    if hidden and row.error <= ACCEPTED and not (row.kinks or seen.kink):
        return seen.row(quantity, shape)
    return row


def tangents(subject, dy, rng):
    """Rows for both tangent passes, along one random direction of x, dy and all parameters."""
    directions = {name: random_direction(value, rng) for name, value in subject.values.items()}
    dy_dot = random_direction(dy, rng)

    def at(t):
        return {name: value + t * directions[name] for name, value in subject.values.items()}

    _, cache = subject.fresh().forward(subject.x())
    for name, parameter in subject.parameters.items():
        parameter.tangent = directions[name]
    y_dot, tangent_cache = subject.tangent_forward(directions, cache)
    dx, dx_dot = subject.tangent_backward(dy, dy_dot, cache, tangent_cache)
    dots = {name: p.gradient.copy() for name, p in subject.parameters.items()}
    for parameter in subject.parameters.values():
        parameter.tangent = None

    def tangent_row(quantity, analytic, f, shape):
        return compare(f"tangent {quantity}", analytic, derivative_along_line(f), shape)

    rows = [tangent_row("y", y_dot, lambda t: subject.output(at(t)), dy.shape)]
    plain = subject.claims(dy)
    for name, value in subject.values.items():
        quantity = subject.quantity(name)

        def claim(t, name=name):
            return subject.claims(dy + t * dy_dot, at(t))[name]

        index = subject.input_names().index(name) if subject.is_input(name) else None
        dot = dots[name] if index is None else subject.part(dx_dot, index)
        rows.append(tangent_row(quantity, dot, claim, value.shape))
        if index is not None:  # the tangent pass hands back the ordinary dx beside its tangent
            again = subject.part(dx, index)
            rows.append(compare(f"{quantity} again", again, exactly(plain[name]), value.shape))
    for row in rows:
        row.order = 2
    return rows


def random_direction(value, rng):
    """A direction in which every number changes in proportion to its own size.

    So one step suits tensors of all sizes, and no small number runs through a kink at 0.
    """
    size = np.where(value == 0, typical_size(value), np.abs(value))
    return size * rng.standard_normal(value.shape)
