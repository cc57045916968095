"""Hypotheses that know what kind of function they look at: one that works number by number, a skip
connection, a softmax, a maximum.

The kind is read off the Jacobian. Each is a generator of the causes that explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, names_of_axes, relative


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
    if slope is None or np.shape(e.claim) != e.y.shape or not e.dy.all():
        return
    found = e.claim / e.dy
    found_sides, true_sides = piecewise(found, e.x > 0), piecewise(slope, e.x > 0)
    by_dy = piecewise(found, e.dy > 0)
    if by_dy and true_sides and not found_sides and not np.allclose(*by_dy):
        yield Cause(
            "mask of dy", "", f"{e.d} takes its slope by the sign of dy: the mask belongs to x.",
            "dx = dy · f'(x), with f' by the sign of x",
        )
    if not found_sides:
        return
    (right, left) = found_sides
    if abs(right - 1) + abs(left - 1) < EXPLAINED:
        return  # dy as it comes: the derivative is not applied
    if true_sides:
        true_right, true_left = true_sides
        say = (
            f"dx is {right:.4g} dy where x > 0 and {left:.4g} dy where x < 0; right are "
            f"{true_right:.4g} and {true_left:.4g}"
        )
        if abs(right - true_left) + abs(left - true_right) < EXPLAINED:
            say += ": the sides are swapped"
        elif left == 0:
            say += ": the slope of the negative side is forgotten"
    elif abs(right - left) > EXPLAINED:
        say = (
            f"dx is {right:.4g} dy where x > 0 and {left:.4g} dy where x < 0, but the slope is "
            "not constant there"
        )
    else:
        return
    yield Cause("wrong slope", f"{right:.4g}, {left:.4g}", say + ".", "dx = dy · f'(x)")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


OF_THE_OUTPUT = {  # what students write for f' with y = f in hand: words -> (y, f') -> number
    "y": lambda y, slope: y,
    "1 - y": lambda y, slope: 1 - y,
    "1 + y": lambda y, slope: 1 + y,
    "y²": lambda y, slope: y**2,
    "y (1 - y)": lambda y, slope: y * (1 - y),
    "1 - y²": lambda y, slope: 1 - y**2,
    "1 + y²": lambda y, slope: 1 + y**2,
    "1 - tanh(y)²": lambda y, slope: 1 - np.tanh(y) ** 2,
    "sigmoid(y) (1 - sigmoid(y))": lambda y, slope: sigmoid(y) * (1 - sigmoid(y)),
    "f'²": lambda y, slope: slope**2,
}
FORMULAS = {  # and with x too: words -> (x, y, slope) -> number
    "y / x": lambda x, y, slope: y / x,
    "f'(x) - y / x": lambda x, y, slope: slope - y / x,
    "x": lambda x, y, slope: x,
    "y (1 + y)": lambda x, y, slope: y * (1 + y),
    "x (1 - x)": lambda x, y, slope: x * (1 - x),
    "1 - x²": lambda x, y, slope: 1 - x**2,
    "1 - x": lambda x, y, slope: 1 - x,
    "exp(x)": lambda x, y, slope: np.exp(x),
    "exp(-x)": lambda x, y, slope: np.exp(-x),
    "exp(y)": lambda x, y, slope: np.exp(y),
    "1 / x": lambda x, y, slope: 1 / x,
    "sigmoid(x)": lambda x, y, slope: sigmoid(x),
    "1 - sigmoid(x)": lambda x, y, slope: 1 - sigmoid(x),
    "tanh(x)": lambda x, y, slope: np.tanh(x),
    "sigmoid(y)": lambda x, y, slope: sigmoid(y),
    "1 / f'(x)": lambda x, y, slope: 1 / slope,
    "1 - f'(x)": lambda x, y, slope: 1 - slope,
    "|f'(x)|": lambda x, y, slope: np.abs(slope),
    "sqrt(f'(x))": lambda x, y, slope: np.sqrt(np.abs(slope)),
    **{words: lambda x, y, slope, f=f: f(y, slope) for words, f in OF_THE_OUTPUT.items()},
}
PRODUCT_RULE = ("y / x", "f'(x) - y / x")


def local_derivative(e):
    slope = slope_of(e)
    if slope is None or np.shape(e.claim) != e.y.shape:
        return
    wrong = e.wrong  # a piecewise function may be right on one side of 0
    with np.errstate(all="ignore"):
        for words, formula in FORMULAS.items():
            if e.explained_by(np.where(wrong, e.dy * formula(e.x, e.y, slope), e.numeric)):
                if words in PRODUCT_RULE:
                    yield Cause(
                        "local derivative", "product rule", f"{e.d} has one term of the product "
                        "rule; the other is missing.", "(u v)' = u' v + u v'",
                    )
                    return
                yield Cause(
                    "local derivative", words, f"{e.d} is dy ({words}), as if that were the "
                    f"derivative of this function.", "dx = dy · f'(x)",
                )
                return


def factor_of_a_parameter(e):
    """y = x f(β x), number by number: f' has a factor β inside, and so on for other functions."""
    slope = slope_of(e)
    if slope is None or np.shape(e.claim) != e.y.shape or not e.x.all() or not e.dy.all():
        return
    found, one_term = e.claim / e.dy, e.y / e.x
    for name, other in e.others.items():
        beta = other.value
        if other.is_input or beta.shape not in ((), (1,), e.y.shape[-1:]):
            continue
        for left_out in (0, one_term):
            if relative((found - left_out) * beta, slope - left_out) < EXPLAINED:
                yield Cause(
                    "wrong parameter", f"{name} inside", f"{e.d} lacks the factor {name}, the "
                    f"inner derivative: the forward pass takes a function of {name} x.",
                    f"f({name} x)' = {name} f'({name} x)",
                )


def weights_over_another_axis(e):
    """y = Σ over an axis, of which the weights sum to 1, and the claim has weights that sum to 1
    along another one."""
    if not e.is_input or e.value.ndim != e.y.ndim + 1 or np.shape(e.claim) != e.value.shape:
        return
    names = names_of_axes(e.value.shape)
    for axis in range(1, e.value.ndim):
        if e.value.shape[:axis] + e.value.shape[axis + 1 :] != e.y.shape:
            continue
        dy = np.expand_dims(e.dy, axis)
        right, claimed = e.numeric / dy, e.claim / dy
        if np.abs(right.sum(axis=axis) - 1).max() > EXPLAINED:
            continue
        for other in range(e.value.ndim):
            sums = claimed.sum(axis=other)
            if other != axis and np.abs(sums - 1).max() < EXPLAINED:
                yield Cause(
                    "wrong axis", names[other], f"{e.d}: its weights sum to 1 over {names[other]}, "
                    f"those of the forward pass over axis {axis}.", "Σ_i ∂y/∂x[i] = 1",
                )


def slope_at_the_output(e):
    """f'(y) where f'(x) belongs. A sigmoid's or tanh's y is in the cache with good reason: there it
    is the formula that is wrong."""
    slope = slope_of(e)
    if slope is None or any(relative(slope, f) < EXPLAINED for f in (e.y * (1 - e.y), 1 - e.y**2)):
        return
    if e.gradient_is_that_at({e.name: e.y}):
        yield Cause(
            "wrong input", "the output", f"{e.d} is what it would be if x were y: the cache holds "
            "the output where the input belongs.", f"{e.d} = Σ dy ∂y/∂{e.name} at x",
        )


def passed_on(e):
    if not e.like_y:
        return
    if e.explained_by(e.dy):
        yield Cause(
            "derivative not applied", "", f"{e.d} is dy itself: the derivative of the layer "
            "is not applied.", "dx = dy · f'(x)",
        )
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
            yield Cause(
                word, "", f"{e.d} is off by {share:.4g} dy: x goes to y along two ways, and "
                f"{words}.", "y = x + f(x)  ⇒  dx = dy + f'(x)ᵀ dy",
            )


def direct_share(e):
    """a where y is a x when all parameters are 0, seen along two directions; 1 where there are no
    parameters, or y does not look so."""
    zeros = {other.name: 0 * other.value for other in e.others.values() if not other.is_input}
    slopes = [(e.slope_at(zeros, v), (e.dy * v).sum()) for v in e.directions(e.value)]
    if not zeros or any(slope is None or not np.isfinite(slope) for slope, _ in slopes):
        return 1.0
    first, second = (slope / along for slope, along in slopes)
    return first if abs(first - second) < EXPLAINED else 1.0


def softmax_terms(e):
    if not e.like_y or e.y.ndim < 2 or not (e.y > 0).all():
        return
    if np.abs(e.y.sum(axis=-1) - 1).max() > 1e-9:
        return
    y, dy, alone = e.y, e.dy, "as if each number stood alone; each output depends on all inputs"
    sums = (dy * y).sum(axis=-1, keepdims=True)
    for word, about, words, wrong in (
        ("off-diagonal", "", f"is dy y (1 - y), {alone}", dy * y * (1 - y)),
        ("off-diagonal", "y", f"is dy y, {alone}", dy * y),
        ("off-diagonal", "1 - y", f"is dy (1 - y), {alone}", dy * (1 - y)),
        ("off-diagonal", "Σ dy", "takes Σ dy off where Σ dy y belongs",
         y * (dy - dy.sum(axis=-1, keepdims=True))),
        ("off-diagonal", "mean", "takes the mean of dy y off where its sum belongs",
         y * (dy - sums / y.shape[-1])),
        ("sign", "off-diagonal", "adds Σ dy y where it is to be taken off", y * (dy + sums)),
        ("derivative not applied", "y", "lacks the factor y", dy - sums),
        ("wrong axis", "everything", "sums over everything; the softmax is over the channels",
         y * (dy - (dy * y).sum())),
        *(("wrong axis", over, f"sums over {over}; the softmax is over the channels",
           y * (dy - (dy * y).sum(axis=axis, keepdims=True)))
          for axis, over in enumerate(names_of_axes(y.shape)[:-1])),
    ):
        if e.explained_by(wrong):
            yield Cause(word, about, f"{e.d} {words}.", "dx = y (dy - Σ_channels dy y)")


def to_the_maximum(e):
    if np.shape(e.claim) != e.numeric.shape or not e.is_input or not e.y.ndim:
        return
    ones = np.isclose(e.jacobian, 1, atol=1e-7)
    if not (ones.sum(axis=0) == 1).all() or np.abs(e.jacobian[~ones]).max(initial=0) > 1e-7:
        return
    if ones.any(axis=1).all() or e.backward_map is None:
        return
    claimed, _, drawn = e.backward_map
    if near_the_maximum(e, np.abs(claimed) > EXPLAINED * np.abs(claimed).max(), ones[:, drawn]):
        yield Cause(
            "maximum", "", f"{e.d} gives dy to numbers that are not the maximum: y depends on the "
            "largest one alone.", "dx[i] = dy where x[i] is the maximum, else 0",
        )


def near_the_maximum(e, reached, chosen):
    """Whether each y's dy goes to x as far from its maximum as a window is wide, and not to it
    alone."""
    if (reached & ~chosen).sum() == 0:
        return False
    width = [max(2, -(-n // m)) for n, m in zip(e.value.shape, e.y.shape, strict=False)]
    width[0] = width[-1] = 1
    places = np.stack(np.unravel_index(np.arange(e.value.size), e.value.shape), axis=1)
    for where, at in zip(reached.T, chosen.T, strict=True):
        if (np.abs(places[where] - places[at][0]) >= width).any():
            return False
    return True
