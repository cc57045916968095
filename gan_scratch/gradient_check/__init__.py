"""Numerical gradient checks: every hand-written derivative against the function itself."""

from gan_scratch.gradient_check.checks import (
    assert_gradients,
    check,
    check_functions,
    check_loss,
)
from gan_scratch.gradient_check.games import check_game, check_penalty
from gan_scratch.gradient_check.numeric import (
    Derivative,
    derivative_along_line,
    derivative_by_coordinate,
    numeric_gradient,
)
from gan_scratch.gradient_check.report import Report, Row

__all__ = [
    "Derivative", "Report", "Row", "assert_gradients", "check", "check_functions", "check_game",
    "check_loss", "check_penalty", "derivative_along_line", "derivative_by_coordinate",
    "numeric_gradient",
]  # fmt: skip
