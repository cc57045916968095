"""What a gradient check found, as a table."""

import math
from dataclasses import dataclass, field

import numpy as np

ACCEPTED = 1e-9


@dataclass
class Row:
    """One tensor: how far the analytic derivative is from the numeric one.

    quantity    what was compared, "dx", "d weight", "tangent y", ...
    order       1, or 2 for what the tangent passes give
    error       |a - n| / (|a| + |n|) over the whole tensor; where that is above the tolerance,
                less what is uncertain about the numeric derivative
    worst       index of the entry that is furthest off, with both its values
    kinks       how many entries stand exactly at a corner of the function
    note        in words, what is wrong apart from the numbers
    """

    quantity: str
    shape: tuple
    error: float
    order: int = 1
    worst: tuple = ()
    analytic: float = math.nan
    numeric: float = math.nan
    kinks: int = 0
    note: str = ""


@dataclass
class Report:
    """The rows of one check. `tolerance` is what their errors are accepted up to."""

    subject: str
    rows: list = field(default_factory=list)
    tolerance: float = ACCEPTED

    @property
    def max_error(self):
        """The largest relative error of all tensors; infinite where a shape is wrong."""
        return max((row.error for row in self.rows), default=0.0)

    def error_of(self, order):
        """The largest error among the rows of first or second order; None without such rows."""
        return max((row.error for row in self.rows if row.order == order), default=None)

    @property
    def passed(self):
        return all(row.error <= self.tolerance for row in self.rows)

    @property
    def diagnosis(self):
        """In a sentence a tensor, what is wrong and where; "" where all is right."""
        return " ".join(
            row.note or (
                f"{row.quantity} is off by a relative {row.error:.1e}; furthest at "
                f"{list(row.worst)}: analytic {row.analytic:.6g}, numeric {row.numeric:.6g}."
            )
            for row in self.rows
            if not row.error <= self.tolerance
        )

    def __str__(self):
        lines = [f"{self.subject}: {'passed' if self.passed else 'FAILED'}"]
        width = max((len(row.quantity) for row in self.rows), default=0)
        for row in self.rows:
            mark = "ok" if row.error <= self.tolerance else "WRONG"
            corners = f"  {row.kinks} at a kink" if row.kinks else ""
            lines.append(
                f"  {row.quantity:<{width}}  {str(tuple(row.shape)):<14} {row.error:8.1e}  "
                f"{mark}{corners}"
            )
        if not self.passed:
            lines.append(f"  {self.diagnosis}")
        return "\n".join(lines)


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
    if not np.isfinite(a).all():
        row.error = math.inf
        row.note = f"{quantity} holds {int((~np.isfinite(a)).sum())} values that are not finite."
    elif not np.isfinite(value).all():
        row.error = math.inf
        row.note = f"The numeric derivative for {quantity} is not finite at this input."
    elif off.any():
        scale = np.linalg.norm(a) + np.linalg.norm(value)
        row.error = float(np.linalg.norm(off) / scale)
        if row.error > tolerance:
            # A gradient of exactly zero has no relative error: what is uncertain is let off.
            unexplained = np.maximum(off - derivative.uncertainty.ravel(), 0.0)
            row.error = float(np.linalg.norm(unexplained) / scale)
    if a.size:
        position = int(np.argmax(off))
        row.analytic, row.numeric = float(a[position]), float(value[position])
        flat = position if coordinates is None else int(coordinates[position])
        row.worst = tuple(int(i) for i in np.unravel_index(flat, tuple(shape))) if shape else ()
    return row
