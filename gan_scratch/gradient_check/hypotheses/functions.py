"""Hypotheses that know what kind of function they look at: one that works number by number, a skip
connection, a maximum.

The kind is read off the Jacobian. Each is a generator of the causes that explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause


def slope_of(e):
    """f' where y is made of x number by number, else None."""
    if not e.like_y or not e.y.ndim:
        return None
    diagonal = np.diag(e.jacobian)
    beside = e.jacobian - np.diag(diagonal)
    if np.abs(beside).max(initial=0) > 1e-9 * np.abs(diagonal).max(initial=0):
        return None
    return diagonal.reshape(e.y.shape)


def piecewise(ratio, where):
    """(a, b) where the ratio is a on one side and b on the other, else None."""
    sides = ratio[where], ratio[~where]
    if not all(side.size and np.ptp(side) <= EXPLAINED * (1 + abs(side[0])) for side in sides):
        return None
    return tuple(float(side[0]) + 0.0 for side in sides)  # no -0


def wrong_slope(e):
    slope = slope_of(e)
    if slope is None or not e.dy.all():
        return
    found = e.claim / e.dy
    found_sides, true_sides = piecewise(found, e.value > 0), piecewise(slope, e.value > 0)
    by_dy = piecewise(found, e.dy > 0)
    if by_dy and true_sides and not found_sides and not np.allclose(*by_dy):
        said = f"{e.d} takes its slope by the sign of dy: the mask belongs to x."
        yield Cause("mask of dy", "", said, "dx = dy · f'(x), with f' by the sign of x")
    if not found_sides:
        return
    (right, left) = found_sides
    if abs(right - 1) + abs(left - 1) < EXPLAINED:
        return  # dy as it comes: the derivative is not applied
    say = f"dx is {right:.4g} dy where x > 0 and {left:.4g} dy where x < 0"
    if true_sides:
        true_right, true_left = true_sides
        say += f"; right are {true_right:.4g} and {true_left:.4g}"
        if abs(right - true_left) + abs(left - true_right) < EXPLAINED:
            say += ": the sides are swapped"
        elif left == 0:
            say += ": the slope of the negative side is forgotten"
    elif abs(right - left) > EXPLAINED:
        say += ", but the slope is not constant there"
    else:
        return
    yield Cause("wrong slope", f"{right:.4g}, {left:.4g}", say + ".", "dx = dy · f'(x)")


FORMULAS = {  # what students write for f': words -> (x, y, f') -> number
    "y / x": lambda x, y, slope: y / x,
    "f'(x) - y / x": lambda x, y, slope: slope - y / x,
    "y": lambda x, y, slope: y,
    "1 - y": lambda x, y, slope: 1 - y,
    "y (1 - y)": lambda x, y, slope: y * (1 - y),
    "1 - y²": lambda x, y, slope: 1 - y**2,
    "x": lambda x, y, slope: x,
    "x (1 - x)": lambda x, y, slope: x * (1 - x),
    "1 - x²": lambda x, y, slope: 1 - x**2,
    "exp(x)": lambda x, y, slope: np.exp(x),
    "f'²": lambda x, y, slope: slope**2,
}
PRODUCT_RULE = ("y / x", "f'(x) - y / x")


def local_derivative(e):
    slope = slope_of(e)
    if slope is None:
        return
    wrong = e.wrong  # a piecewise function may be right on one side of 0
    with np.errstate(all="ignore"):
        for words, formula in FORMULAS.items():
            if not e.explained_by(np.where(wrong, e.dy * formula(e.value, e.y, slope), e.numeric)):
                continue
            said = f"{e.d} is dy ({words}), as if that were the derivative of this function."
            if words in PRODUCT_RULE:
                words = "product rule"
                said = f"{e.d} has one term of the product rule; the other is missing."
            yield Cause("local derivative", words, said, "dx = dy · f'(x)")
            return


def passed_on(e):
    if not e.like_y:
        return
    if e.explained_by(e.dy):
        said = f"{e.d} is dy itself: the derivative of the layer is not applied."
        yield Cause("derivative not applied", "", said, "dx = dy · f'(x)")
    share = (e.dy * (e.claim - e.numeric)).sum() / (e.dy**2).sum()
    if not share or not e.explained_by(e.numeric + share * e.dy):
        return
    right = direct_share(e)
    for word, times, words in (
        ("path missing", 0, "the direct one has no gradient"),
        ("path twice", 2, "the direct one is counted twice"),
        ("sign", -1, "the direct one has the other sign"),
    ):
        if right and abs(share + right - times * right) < EXPLAINED:
            said = f"{e.d} is off by {share:.4g} dy: x goes to y along two ways, and {words}."
            yield Cause(word, "", said, "y = x + f(x)  ⇒  dx = dy + f'(x)ᵀ dy")


def direct_share(e):
    """a where y is a x when all parameters are 0, seen along two directions; 1 where there are no
    parameters, or y does not look so."""
    zeros = {other.name: 0 * other.value for other in e.others.values() if not other.is_input}
    slopes = [(e.slope_at(zeros, v), (e.dy * v).sum()) for v in e.directions(e.value)]
    if not zeros or any(slope is None or not np.isfinite(slope) for slope, _ in slopes):
        return 1.0
    first, second = (slope / along for slope, along in slopes)
    return first if abs(first - second) < EXPLAINED else 1.0


def to_the_maximum(e):
    if not e.is_input or not e.y.ndim:
        return
    ones = np.isclose(e.jacobian, 1, atol=1e-7)
    if not (ones.sum(axis=0) == 1).all() or np.abs(e.jacobian[~ones]).max(initial=0) > 1e-7:
        return
    if ones.any(axis=1).all() or e.backward_map is None:
        return
    claimed, _, drawn = e.backward_map
    if (np.abs(claimed) > EXPLAINED * np.abs(claimed).max())[~ones[:, drawn]].any():
        yield Cause(
            "maximum", "", f"{e.d} gives dy to numbers that are not the maximum: y depends on the "
            "largest one alone.", "dx[i] = dy where x[i] is the maximum, else 0",
        )
