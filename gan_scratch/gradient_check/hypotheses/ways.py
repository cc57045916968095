"""Hypotheses about the ways from x to y, of which gates, heads and branches make several.

A way that leads through a parameter is cut by setting that, or some of its rows or columns, to 0.
The gradient that is left is known without a formula of the layer; what the whole one has more is
the way's share. Each is a generator of the causes that explain one Evidence.
"""

import itertools

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative

MOST_BLOCKS = 4  # into so many an axis is cut, as heads and gates lie side by side

# What may be claimed of n, the gradient, and c, what is left of it when a way is cut:
# (times n, times c, word, what has happened to the way).
SHARES = (
    (0, 1, "path missing", "the way through {cut} is missing"),
    (1, -1, "path missing", "the way through {cut} alone is there"),
    (2, -1, "path twice", "the way through {cut} is counted twice"),
    (1, 1, "path twice", "what does not go through {cut} is counted twice"),
    (-1, 2, "sign", "the way through {cut} has the other sign"),
    (1, -2, "sign", "what does not go through {cut} has the other sign"),
)


def a_way_cut(e):
    """claim = α n + β c for a cut of SHARES, seen along two random directions."""
    if np.shape(e.claim) != e.value.shape or not e.y.ndim:
        return
    along = e.directions(e.value)
    claimed, whole = ([(g * v).sum() for v in along] for g in (e.claim, e.numeric))
    small = [e.small_along(v) for v in along]
    for cut, changed in cuts(e):
        left = [e.slope_at(changed, v) for v in along]
        if None in left or any(abs(c) < 100 * s for c, s in zip(left, small, strict=True)):
            continue
        for of_whole, of_left, word, what in SHARES:
            off = [
                abs(a - of_whole * n - of_left * c)
                for a, n, c in zip(claimed, whole, left, strict=True)
            ]
            wrong = [abs(a - n) for a, n in zip(claimed, whole, strict=True)]
            if all(o <= s and w > 100 * o for o, s, w in zip(off, small, wrong, strict=True)):
                yield Cause(
                    word, f"through {cut}", f"{e.d}: {what.format(cut=cut)}.",
                    f"{e.d} = Σ over all ways from {e.name} to y",
                )


def cuts(e):
    """(words, name -> value) of parameters other than this one, set to 0: each with its bias or
    without, and each part of those of an axis."""
    parameters = {
        name: other.value for name, other in e.others.items()
        if not other.is_input and name != e.name and other.value.ndim
    }
    for name, value in parameters.items():
        yield name, {name: 0 * value}
    for (name, matrix), (bias, value) in itertools.permutations(parameters.items(), 2):
        if matrix.ndim > 1 and value.ndim < matrix.ndim and value.shape[-1] == matrix.shape[-1]:
            yield f"{name} and {bias}", {name: 0 * matrix, bias: 0 * value}
    for name, value in parameters.items():
        for axis, size in enumerate(value.shape):
            for count in range(2, min(size, MOST_BLOCKS) + 1):
                if size % count == 0:
                    width = size // count
                    for first in range(0, size, width):
                        part = [slice(None)] * value.ndim
                        part[axis] = slice(first, first + width)
                        changed = value.copy()
                        changed[tuple(part)] = 0
                        words = [":"] * value.ndim
                        words[axis] = f"{first}:{first + width}" if width > 1 else f"{first}"
                        yield f"{name}[{', '.join(words)}]", {name: changed}


def factor_taken_as_constant(e):
    """y = x s(x), number by number, and the claim is dy s = dy y / x."""
    if e.like_y and e.x.all() and relative(e.claim * e.x, e.dy * e.y) < EXPLAINED:
        yield Cause(
            "path missing", "the factor", f"{e.d} is dy y / x: y is x times a factor, which is "
            "taken for a constant; the way of x through that factor is missing.",
            "y = x s(x)  ⇒  dx = s dy + (∂s/∂x)ᵀ (x dy)",
        )


def norm_taken_as_constant(e):
    """y is made of W divided by a norm of W, so its length does not matter; what is claimed has
    Σ W ∂y/∂W = y - b, as if y were linear in W."""
    if e.is_input or e.value.ndim < 2 or e.x is None or e.backward_map is None:
        return
    claimed, right, drawn = e.backward_map
    w = e.value.ravel()
    if np.abs(w @ right).max() > EXPLAINED * (np.abs(w) @ np.abs(right)).max():
        return
    b = e.subject.output({name: 0 * e.subject.values[name] for name in e.subject.input_names()})
    if np.shape(b) == e.y.shape and relative(w @ claimed, (e.y - b).ravel()[drawn]) < EXPLAINED:
        yield Cause(
            "path missing", "the norm", f"{e.d}: y does not depend on the length of {e.name}, so "
            "that is divided by a norm of it, which is taken for a constant. The way through the "
            "norm is missing.", "y = f(W / |W|)  ⇒  dW = (g - û Σ û g) / |W|, û = W / |W|",
        )
