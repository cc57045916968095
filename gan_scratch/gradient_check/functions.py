"""Hypotheses that know what kind of function they look at: one that works number by number, a skip
connection, a softmax, a maximum, a normalization, a loss.

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


FORMULAS = {  # what students write for f'(x): words -> (x, y, slope) -> number
    "y / x": lambda x, y, slope: y / x,
    "f'(x) - y / x": lambda x, y, slope: slope - y / x,
    "y": lambda x, y, slope: y,
    "x": lambda x, y, slope: x,
    "1 - y": lambda x, y, slope: 1 - y,
    "1 + y": lambda x, y, slope: 1 + y,
    "y²": lambda x, y, slope: y**2,
    "y (1 - y)": lambda x, y, slope: y * (1 - y),
    "1 - y²": lambda x, y, slope: 1 - y**2,
    "1 + y²": lambda x, y, slope: 1 + y**2,
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
    "sigmoid(y) (1 - sigmoid(y))": lambda x, y, slope: sigmoid(y) * (1 - sigmoid(y)),
    "1 - tanh(y)²": lambda x, y, slope: 1 - np.tanh(y) ** 2,
    "f'(x)²": lambda x, y, slope: slope**2,
    "1 / f'(x)": lambda x, y, slope: 1 / slope,
    "1 - f'(x)": lambda x, y, slope: 1 - slope,
    "|f'(x)|": lambda x, y, slope: np.abs(slope),
    "sqrt(f'(x))": lambda x, y, slope: np.sqrt(np.abs(slope)),
}
PRODUCT_RULE = ("y / x", "f'(x) - y / x")


def local_derivative(e):
    slope = slope_of(e)
    if slope is None:
        return
    with np.errstate(all="ignore"):
        for words, formula in FORMULAS.items():
            if e.explained_by(e.dy * formula(e.x, e.y, slope)):
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
    if e.like_y:
        if e.explained_by(e.dy):
            yield Cause(
                "derivative not applied", "", f"{e.d} is dy itself: the derivative of the layer "
                "is not applied.", "dx = dy · f'(x)",
            )
        if e.explained_by(e.numeric - e.dy):
            yield Cause(
                "path missing", "", f"{e.d} lacks dy itself: x goes to y along two ways, and the "
                "direct one has no gradient.", "y = x + f(x)  ⇒  dx = dy + f'(x)ᵀ dy",
            )
        if e.explained_by(e.numeric + e.dy):
            yield Cause(
                "path twice", "", f"{e.d} holds dy once too often: the direct way from x to y is "
                "counted twice.", "y = x + f(x)  ⇒  dx = dy + f'(x)ᵀ dy",
            )


def softmax_terms(e):
    if not e.like_y or e.y.ndim < 2 or not (e.y > 0).all():
        return
    if np.abs(e.y.sum(axis=-1) - 1).max() > 1e-9:
        return
    formula = "dx = y (dy - Σ_channels dy y)"
    if e.explained_by(e.dy * e.y * (1 - e.y)):
        yield Cause(
            "off-diagonal", "", f"{e.d} is dy y (1 - y), as if each number stood alone; each "
            "output of a softmax depends on all inputs.", formula,
        )
    for axis in range(e.y.ndim - 1):
        if e.explained_by(e.y * (e.dy - (e.dy * e.y).sum(axis=axis, keepdims=True))):
            words = names_of_axes(e.y.shape)
            yield Cause(
                "wrong axis", words[axis], f"{e.d} sums over {words[axis]}; the softmax is over "
                f"{words[-1]}.", formula,
            )


def to_the_maximum(e):
    if np.shape(e.claim) != e.numeric.shape or not e.is_input or e.x is None:
        return
    ones = np.isclose(e.jacobian, 1, atol=1e-7)
    if not (ones.sum(axis=0) == 1).all() or np.abs(e.jacobian[~ones]).max(initial=0) > 1e-7:
        return
    chosen = ones.any(axis=1).reshape(e.value.shape)
    if chosen.all():
        return
    if (np.abs(e.claim[chosen] - e.numeric[chosen]) <= EXPLAINED * np.abs(e.numeric).max()).all():
        yield Cause(
            "maximum", "", f"{e.d} gives dy to numbers that are not the maximum: y depends on the "
            "largest one alone.", "dx[i] = dy where x[i] is the maximum, else 0",
        )


def sums(n, x, axes):
    """Σ n and Σ n x over these axes, as parts of what they would be without cancelling."""
    size, along = (np.abs(v).sum(axis=axes) + 1e-300 for v in (n, n * x))
    mean = np.abs(n.sum(axis=axes)) / size
    return mean.max(), (np.abs((n * x).sum(axis=axes)) / along).max()


def groups_of(shape):
    """(shape of x with the channels cut into groups, axes) of what normalizations look at
    together, small sets first."""
    last = len(shape) - 1
    usual = {(last,), (0,), tuple(range(1, last)), tuple(range(1, last + 1)), tuple(range(last))}
    cuts = [(shape, axes) for axes in usual if axes]
    for groups in range(2, shape[-1]):
        if shape[-1] % groups == 0:
            cut = (*shape[:-1], groups, shape[-1] // groups)
            cuts.append((cut, (*range(1, last), last + 1)))
    return sorted(cuts, key=lambda cut: np.prod([cut[0][axis] for axis in cut[1]]))


def normalized_over(e):
    """The axes over which x is normalized, as far as the right gradient tells: over them it sums
    to 0, and so does n (x - mean); for a root mean square the latter alone, with x as it is.

    Yields (x, with its mean taken off if that is done, n, claim, axes), x cut into groups.
    """
    if not e.is_input or e.value.ndim < 2 or np.shape(e.claim) != e.numeric.shape:
        return
    for shape, axes in groups_of(e.value.shape):
        if np.prod([shape[axis] for axis in axes]) < 3:
            continue
        x, n, claim = (v.reshape(shape) for v in (e.value, e.numeric, e.claim))
        centred = x - x.mean(axis=axes, keepdims=True)
        mean, along = sums(n, centred, axes)
        if mean < 1e-7 and along < 1e-2:
            yield centred, n, claim, axes
        elif mean > 1e-3 and sums(n, x, axes)[1] < 1e-4:
            yield x, n, claim, axes


def normalization_terms(e):
    for x, n, claim, axes in normalized_over(e):
        yield from terms(e, x, claim - n, axes)


def terms(e, x, off, axes):
    """What an error over the axes of a normalization consists of."""
    ones = off.mean(axis=axes, keepdims=True) + 0 * off
    along = x * (off * x).sum(axis=axes, keepdims=True) / (x * x).sum(axis=axes, keepdims=True)
    size = np.linalg.norm(off)
    over = "the channel" if 0 in axes else "the sample"
    if np.linalg.norm(off - ones) <= 1e-4 * size:
        yield Cause(
            "mean term", "", f"{e.d} is off by one number in each {over[4:]}: the term that comes "
            "through the mean is missing or wrong.", "dx = γ/σ (dy - mean dy - x̂ mean(dy x̂))",
        )
    elif np.linalg.norm(off - along) <= 1e-4 * size:
        yield Cause(
            "variance term", "", f"{e.d} is off by a multiple of x - mean in each {over[4:]}: the "
            "term that comes through the variance is missing or wrong.",
            "dx = γ/σ (dy - mean dy - x̂ mean(dy x̂))",
        )
    elif np.linalg.norm(off - ones - along) <= 1e-4 * size:
        yield Cause(
            "both terms", "", f"{e.d} is wrong in the terms that come through the mean and the "
            f"variance of {over}: as if both were constants, or with a wrong count.",
            "dx = γ/σ (dy - mean dy - x̂ mean(dy x̂))",
        )


def normalized(x, axes, eps):
    inv = 1 / np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    return (x - x.mean(axis=axes, keepdims=True)) * inv, inv


def normalization_over_wrong_axes(e):
    for _, n, _, axes in normalized_over(e):
        if n.shape == e.value.shape:
            yield from means_over_wrong_axes(e, axes)


def means_over_wrong_axes(e, axes):
    original = getattr(e.subject, "original", None)
    for eps in (getattr(original, "eps", 1e-5), 1e-8, 0.0):
        x_hat, inv = normalized(e.value, axes, eps)
        for gamma in (1.0, *(o.value for o in e.others.values() if not o.is_input)):
            if np.shape(gamma) not in ((), e.value.shape[-1:]):
                continue
            d = e.dy * gamma

            def formula(over, d=d, x_hat=x_hat, inv=inv):
                mean, along = (v.mean(axis=over, keepdims=True) for v in (d, d * x_hat))
                return inv * (d - mean - x_hat * along)

            if relative(formula(axes), e.numeric) > EXPLAINED:
                continue
            last = e.value.ndim - 1
            for over in ((0,), (last,), tuple(range(last)), tuple(range(1, last))):
                if over and over != axes and e.explained_by(formula(over)):
                    words = names_of_axes(e.value.shape)
                    wrong, wanted = (" and ".join(words[a] for a in some) for some in (over, axes))
                    yield Cause(
                        "wrong axis", wrong, f"{e.d} takes its means over {wrong}; the forward "
                        f"pass normalizes over {wanted}.", "dx = γ/σ (dy - mean dy - x̂ mean(dy x̂))",
                    )
            return


def of_the_raw_input(e):
    """γ's gradient with x where the normalized x belongs."""
    x = e.x
    if e.is_input or x is None or x.shape != e.y.shape or e.value.shape != x.shape[-1:]:
        return
    axes = tuple(range(x.ndim - 1))
    if e.explained_by((e.dy * x).sum(axis=axes)):
        yield Cause(
            "wrong input", "not normalized", f"{e.d} multiplies dy by x itself; the forward pass "
            f"multiplied {e.name} by the normalized x.", f"{e.d} = Σ dy x̂",
        )


def loss_formulas(e):
    """Derivatives that are written for the cross-entropy of logits."""
    if e.y.ndim or len(e.subject.inputs) < 2 or np.shape(e.claim) != e.numeric.shape:
        return
    s, t = e.value, e.subject.inputs[1]
    if np.shape(t) != s.shape:
        return
    p, scale = sigmoid(s), e.dy / s.size
    if relative((p - t) * scale, e.numeric) > EXPLAINED:
        return
    for word, words, slope in (
        ("without the sigmoid", "the score itself stands where its sigmoid belongs", s - t),
        ("sigmoid twice", "the derivative of the sigmoid is in it twice: the loss takes scores, "
         "and p - t has it already", (p - t) * p * (1 - p)),
        ("labels swapped", "the labels are swapped, 0 for 1", p - (1 - t)),
        ("labels swapped", "the labels are forgotten", p),
        ("sigmoid twice", "the sigmoid is taken of what is a probability already", sigmoid(p) - t),
    ):
        for factor in (1, s.size):
            if e.explained_by(slope * scale * factor):
                yield Cause(word, "", f"{e.d}: {words}.", "d score = (σ(score) - target) / N")


def loss_mask(e):
    """A hinge: each score has one slope or none."""
    if e.y.ndim or np.shape(e.claim) != e.numeric.shape:
        return
    size = np.abs(e.numeric).max(initial=0)
    for values in (e.numeric, e.claim):
        if not np.isclose(np.abs(values), size, rtol=1e-6).any():
            return
        if not (np.isclose(np.abs(values), size, rtol=1e-6) | (np.abs(values) < 1e-9 * size)).all():
            return
    off = (np.abs(e.claim) > size / 2) != (np.abs(e.numeric) > size / 2)
    if off.any():
        yield Cause(
            "mask", "", f"{e.d} has a slope where the loss is flat or none where it is steep, in "
            f"{int(off.sum())} of {off.size} scores: the condition of the hinge is wrong.",
            "d score = ∓1/N where the margin is not reached, else 0",
        )
