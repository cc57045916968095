"""Hypotheses about the backward pass as a map: its own matrix beside the Jacobian.

A backward pass is linear in dy, so it has a matrix C with claim = C dy; right is C = J. Handing it
one unit after another gives C column by column, and what it shares with J says what is wrong
where no formula of a known layer does: entries that lack, another sign, a diagonal that is missing.
These questions are asked last, as they need many backward passes. Each is a generator of the causes
that explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative
from gan_scratch.gradient_check.hypotheses.counterfactuals import through_time
from gan_scratch.gradient_check.hypotheses.functions import slope_of


def of_the_backward_map(e):
    """All questions that are asked of C; those that say more stand first."""
    found = e.backward_map
    if found is None:
        return
    claimed, right, drawn = found
    scale = np.abs(right).max(initial=0)

    def same(a, b):
        return np.abs(a - b) <= EXPLAINED * scale

    yield from same_for_every_x(e)
    yield from used_twice(e, claimed, right)
    on_diagonal = np.arange(e.value.size)[:, None] == drawn
    slope = slope_of(e)
    if e.like_y and slope is None:
        if same(claimed, right)[~on_diagonal].all():
            yield from direct_way(e, (right - claimed)[on_diagonal])
        if same(claimed, right)[on_diagonal].all() and same(claimed, 0)[~on_diagonal].all():
            yield Cause(
                "off-diagonal", "", f"{e.d}[i] comes from y[i] alone, as if each number of y stood "
                "for itself; each depends on others of x too.", "dx[i] = Σ_o dy[o] ∂y[o]/∂x[i]",
            )
    order = np.argsort(drawn)
    yield from ways_forgotten(e, claimed[:, order], right[:, order], same)
    yield from ways_counted_again(e, claimed, right, same)
    alone = all(other.is_input for other in e.others.values())
    if alone and varied(slope) and same(claimed, 0)[~on_diagonal].all():
        ratio = (e.claim / e.dy).ravel()
        worst = np.abs(ratio - slope.ravel()).argmax()
        yield Cause(
            "local derivative", "another", f"{e.d} is dy times a slope that is not that of this "
            f"function: at x = {e.value.flat[worst]:.4g} it is {ratio[worst]:.6g}, and right is "
            f"{slope.flat[worst]:.6g}.", "dx = dy · f'(x)",
        )


def ways_forgotten(e, claimed, right, same):
    there, lost = ~same(right, 0), same(claimed, 0)
    if not e.is_input or lost.all() or not (lost | same(claimed, right)).all():
        return
    steps = through_time(e)
    if not steps and (~lost).sum(axis=1).max() == 1 and there.sum(axis=1).max() > 1:
        yield Cause(
            "assigned", "some", f"{e.d}: where several numbers of y reach the same one of "
            f"{e.name}, one of them alone counts, or none: each writes over the others, with "
            "zeros too. They are to be added, += in a loop.",
            f"{e.d}[i] = Σ over all o that reach i",
        )
    share = (there & lost).sum() / there.sum()
    some = Cause(
        "part of the places", "some", f"{e.d}: {share:.0%} of the ways from a number of "
        f"{e.name} to one of y are forgotten on the way back; the others are right.",
        f"{e.d} = Σ over all of y",
    )
    last = Cause(
        "assigned", "the last", f"{e.d}: of the numbers of y that reach the same one of {e.name}, "
        "the last ones alone count. x[indices] += adds once where an index stands several times; "
        "np.add.at adds each time.", f"{e.d}[i] = Σ over all o that reach i",
    )
    if steps:
        yield some
    elif claimed.shape[1] < e.y.size:  # which is the last one cannot be seen
        yield from (some, last)
    elif the_last_are_kept(there, ~lost):
        yield from (last, some)
    else:
        yield some


def the_last_are_kept(there, kept):
    """Whether of the ways of each number half or less are kept, the last of all always and the
    first never."""
    several = there.sum(axis=1) > 1
    first, last = there.argmax(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    rows = np.flatnonzero(several)
    return (
        several.any()
        and kept[rows, last[rows]].all()
        and not kept[rows, first[rows]].any()
        and (2 * kept[rows].sum(axis=1) <= there[rows].sum(axis=1)).all()
    )


def ways_counted_again(e, claimed, right, same):
    there = ~same(right, 0)
    times = np.where(there, np.round(claimed / np.where(there, right, 1)), 0)
    most = int(times.max(initial=0))
    if most > 1 and times[there].min() == 1 and same(claimed, times * right).all():
        yield Cause(
            "path twice", "some", f"{e.d}: {(times[there] > 1).mean():.0%} of the ways from a "
            f"number of {e.name} to one of y are counted more than once, up to {most} times.",
            f"{e.d} = Σ over all of y, each once",
        )


def direct_way(e, missing):
    """A way that takes each number by itself, with a factor a > 0, such as 1 or a gate."""
    formula = "y = a x + f(x)  ⇒  dx = a dy + f'(x)ᵀ dy"
    one = missing[missing != 0]
    if not one.size or (len(one) < len(missing) and np.ptp(one) > EXPLAINED):
        return
    if (one > 0).all():
        yield Cause(
            "path missing", "direct", f"{e.d} lacks dy times a factor for each number: a way from "
            "x to y that takes each number by itself has no gradient.", formula,
        )
    if (one < 0).all():
        yield Cause(
            "path twice", "direct", f"{e.d} holds dy times a factor for each number once too "
            "often: a way from x to y that takes each number by itself is counted twice.", formula,
        )


def varied(slope):
    """Whether it is a slope that differs from number to number, as no mask and no constant does."""
    return slope is not None and len(np.unique(slope.round(9))) > slope.size / 2


def same_for_every_x(e):
    """dx does not depend on x, though the function is not linear; or the same of a parameter."""
    rng = np.random.default_rng(3)
    other, along = e.value + rng.standard_normal(e.value.shape), rng.standard_normal(e.value.shape)
    claim = e.subject.claims(e.dy, {e.name: other})[e.name]
    h = 1e-5 * (np.abs(other).max() or 1.0)
    ahead, behind = (e.subject.output({e.name: other + t * along}) for t in (h, -h))
    if np.shape(claim) != e.value.shape or np.shape(ahead) != np.shape(e.dy):
        return
    there, here = ((ahead - behind) / (2 * h) * e.dy).sum(), (e.numeric * along).sum()
    if not abs(there - here) > 1e-3 * abs(here):
        return
    if relative(claim, e.claim) < EXPLAINED:
        yield Cause(
            "derivative not applied", "constant", f"{e.d} is the same whatever {e.name} is, and "
            "the function is not linear: the derivative of a nonlinearity is not applied.",
            "a = f(z)  ⇒  dz = f'(z) da",
        )
    both = (claim * along).sum() + there, (e.claim * along).sum() + here
    if abs(both[0] - both[1]) < EXPLAINED * abs(here):
        yield Cause(
            "wrong slope", "swapped", f"{e.d} lets through what the forward pass stopped, and the "
            "other way round: the sides of the mask are swapped.", "dz = dy · f'(z)",
        )


def used_twice(e, claimed, right):
    """Of a product of x with itself one factor alone was differentiated: xᵀ C is half of xᵀ J."""
    x = e.value.ravel()
    halves = relative(2 * (x @ claimed), x @ right) < EXPLAINED
    if e.is_input and halves and not e.explained_by(e.numeric / 2):
        yield Cause(
            "path missing", "product", f"{e.d} holds one of two terms: {e.name} stands in a "
            "product with itself, and one of the factors alone has a gradient.",
            "(u v)' = u' v + u v'",
        )
