"""What a gradient check found, as a table: in a terminal, and in a notebook with a picture."""

import math
import textwrap
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from gan_scratch.gradient_check.numeric import norm
from gan_scratch.templates import render

ACCEPTED = 1e-9
SURROGATE = "surrogate"  # the cause of a backward pass that is not meant to be the derivative
ELSEWHERE = " at other values"  # what the quantity of a row ends in that random values gave
EVERY = "Every number is wrong."
VAGUE = 1e-6  # a derivative that is known no better is said to be so
MOST_POINTS = 200


@dataclass
class Row:
    """One tensor: how far the analytic derivative is from the numeric one.

    quantity    what was compared, "dx", "d weight", "tangent y", ...
    order       1, or 2 for what the tangent passes give
    error       |a - n| / (|a| + |n|) over the whole tensor; where that is above the tolerance,
                less what is uncertain about the numeric derivative
    worst       index of the entry that is furthest off, with both its values
    kinks       how many entries stand exactly at a corner of the function
    doubt       how well the numeric derivative is known, as `error` is: what is smaller is not seen
    unjudged    how many of these are no slope to either side nor between, and may yet be right
    note        in words, what is wrong apart from the numbers
    points      (analytic, numeric) of some entries, to draw
    """

    quantity: str
    shape: tuple
    error: float
    order: int = 1
    worst: tuple = ()
    analytic: float = math.nan
    numeric: float = math.nan
    kinks: int = 0
    unjudged: int = 0
    doubt: float = 0.0
    note: str = ""
    points: tuple = field(default=(), repr=False)

    @property
    def subject(self):
        """The gradient that it is about."""
        return self.quantity.removesuffix(ELSEWHERE)

    def besides(self):
        """What is worth knowing of the numeric derivative."""
        found = [f"{self.kinks} at a kink"] if self.kinks else []
        if self.unjudged:
            found.append(f"{self.unjudged} of them not judged")
        if self.doubt > VAGUE:
            found.append(f"known to {self.doubt:.0e}" if self.doubt < 1 else "too small to measure")
        return ", ".join(found)

    def words(self):
        """What is wrong with it, as far as the numbers say."""
        return self.note or (
            f"{self.quantity} is off by a relative {self.error:.1e}; furthest at "
            f"{list(self.worst)}: analytic {self.analytic:.6g}, numeric {self.numeric:.6g}."
        )


@dataclass
class Report:
    """The rows of one check. `tolerance` is what their errors are accepted up to.

    causes      what is wrong, by the gradient that it makes wrong or, where the layer as a whole
                misbehaves, by its own word: name -> diagnosis.Cause
    passes      how many "forward" and "backward" passes it took
    notes       what is worth knowing though it is not wrong
    not_compared    names of arrays that move y and have no gradient that was found
    """

    subject: str
    rows: list = field(default_factory=list)
    tolerance: float = ACCEPTED
    causes: dict = field(default_factory=dict)
    passes: Counter = field(default_factory=Counter)
    notes: list = field(default_factory=list)
    not_compared: list = field(default_factory=list)

    @property
    def max_error(self):
        """The largest relative error of all tensors; infinite where a shape is wrong."""
        return max((row.error for row in self.rows), default=0.0)

    def error_of(self, order):
        """The largest error among the rows of first or second order; None without such rows."""
        return max((row.error for row in self.rows if row.order == order), default=None)

    @property
    def passed(self):
        return not self.causes and all(row.error <= self.tolerance for row in self.rows)

    @property
    def complete(self):
        """Whether all is right, and everything that moves y was compared."""
        return self.passed and not self.not_compared and bool(self.rows)

    @property
    def verdict(self):
        """The last line: failed; not checked; passed; or passed, as far as it was compared."""
        if SURROGATE in self.causes:
            return "not checked"
        if not self.passed:
            return "failed"
        count = len(self.not_compared)
        if not count:
            return "passed" if self.rows else "passed, but there was nothing to compare"
        arrays = "array" if count == 1 else "arrays"
        return f"passed, {count} {arrays} not compared: {', '.join(self.not_compared)}"

    @property
    def diagnosis(self):
        """In a sentence a mistake, what is wrong and where; "" where all is right."""
        return " ".join(self.sentences())

    def sentences(self):
        return [sentence for sentence, _ in self.explanations()]

    def explanations(self):
        """(sentence, line of mathematics or "") for each wrong gradient, its cause or else where it
        is off, what holds for several once; then for what the layer does besides."""
        named = {row.subject for row in self.rows}
        besides = [cause for name, cause in self.causes.items() if name not in named]
        said = {}  # sentence without the name -> (sentence, formula, rows it is true of)
        for row in self.rows:
            cause = self.causes.get(row.subject)
            if row.error <= self.tolerance:
                continue
            words, formula = (cause.sentence, cause.formula) if cause else (row.words(), "")
            unknown = cause is not None and cause.word == "unknown"
            if unknown and words.startswith(EVERY):
                words = EVERY  # several of these are said at once
            rows = said.setdefault(words.replace(row.subject, ""), (words, formula, []))[-1]
            if row.subject not in [other.subject for other in rows]:
                rows.append(row)
        for sentence, formula, rows in said.values():
            worst = max(rows, key=lambda row: row.error)
            cause = self.causes.get(worst.subject)
            if cause is not None and cause.word == "unknown":
                also = f"Wrong are {listed([r.subject for r in rows])}. " if rows[1:] else ""
                yield f"{also}{worst.words()} {cause.sentence}", formula
            else:
                others = listed([row.subject for row in rows[1:]])
                yield sentence + (f" The same is true of {others}." if others else ""), formula
        known = {cause.word for name, cause in self.causes.items() if name in named}
        for cause in besides:
            if cause.word not in known:
                yield cause.sentence, cause.formula

    def lines(self):
        """(quantity, shape, error, "ok" or "WRONG", words) of each row."""
        for row in self.rows:
            mark = "ok" if row.error <= self.tolerance else "WRONG"
            yield row.quantity, str(tuple(row.shape)), f"{row.error:.1e}", mark, row.besides()

    def __str__(self):
        lines = [self.subject]
        width = max((len(row.quantity) for row in self.rows), default=0)
        for quantity, shape, error, mark, corners in self.lines():
            line = f"  {quantity:<{width}}  {shape:<14} {error:>8}  {mark}  {corners}"
            lines.append(line.rstrip())
        for sentence, formula in self.explanations():
            lines.append(textwrap.fill(sentence, 98, initial_indent="  ", subsequent_indent="  "))
            lines += [f"      {line}" for line in formula.splitlines()]
        notes = list(self.notes)
        if self.not_compared and not self.passed:
            notes.append(f"not compared, as no gradient was found: {listed(self.not_compared)}.")
        for note in notes:
            lines.append(textwrap.fill(f"note: {note}", 98, initial_indent="  ",
                                       subsequent_indent="  "))
        if self.passes:
            count = {way: f"{self.passes[way]:,}" for way in ("forward", "backward")}
            lines.append(f"  {count['forward']} forward and {count['backward']} backward passes")
        lines.append(self.verdict)
        return "\n".join(lines)

    def _repr_html_(self):
        """The table for a notebook; wrong gradients are drawn, analytic against numeric."""
        wrong = [row for row in self.rows if not row.error <= self.tolerance and len(row.points)]
        scatters = [(row.quantity, scatter(row.points)) for row in wrong]
        return render("gradient_check/report.html", report=self, scatters=scatters)


def listed(names):
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def scatter(points, middle=114, reach=90):
    """(x, y) in pixels of each numeric and analytic value: right ones lie on the diagonal."""
    analytic, numeric = np.asarray(points, np.float64)
    scale = reach / (float(np.abs(points).max()) or 1.0)
    return zip(middle + scale * numeric, middle - scale * analytic, strict=True)


def compare(quantity, analytic, derivative, shape, coordinates=None, tolerance=ACCEPTED):
    """The Row of an analytic derivative beside a numeric `Derivative` of its `coordinates`.

    The error is relative and over the whole tensor, so it means the same for a gradient of 1e-5
    and of 1e5; an absolute tolerance would accept anything that is small.
    """
    if analytic is None:
        return Row(quantity, shape, math.inf, note=f"{quantity} is None, wanted shape {shape}.")
    if tuple(np.shape(analytic)) != tuple(shape):
        return Row(
            quantity, np.shape(analytic), math.inf,
            note=f"{quantity} has shape {np.shape(analytic)}, wanted {tuple(shape)}.",
        )
    a = np.asarray(analytic, np.float64).ravel()
    a = a if coordinates is None else a[coordinates]
    value = derivative.nearest(a.reshape(derivative.value.shape)).ravel()
    off = np.abs(a - value)
    row = Row(quantity, tuple(shape), 0.0, kinks=int(derivative.kink.sum()))
    row.unjudged = int((derivative.kink & np.isinf(derivative.low)).sum())
    if not np.isfinite(a).all():
        row.error = math.inf
        row.note = f"{quantity} holds {int((~np.isfinite(a)).sum())} values that are not finite."
    elif not np.isfinite(value).all():
        row.error = math.inf
        row.note = f"The numeric derivative for {quantity} is not finite at this input."
    elif off.any():
        size = norm(a) + norm(value)
        row.error = norm(off) / size
        row.doubt = norm(derivative.uncertainty) / size
        if row.error > tolerance:
            # A gradient of exactly zero has no relative error: what is uncertain is let off.
            unexplained = np.maximum(off - derivative.uncertainty.ravel(), 0.0)
            row.error = norm(unexplained) / size
        step = -(-a.size // MOST_POINTS)
        row.points = a[::step], value[::step]
    if a.size:
        position = int(np.argmax(off))
        row.analytic, row.numeric = float(a[position]), float(value[position])
        flat = position if coordinates is None else int(coordinates[position])
        row.worst = tuple(int(i) for i in np.unravel_index(flat, tuple(shape))) if shape else ()
    return row
