"""Hypotheses: what is claimed is the right gradient, changed by one simple operation.

Each is a generator of the causes that explain one Evidence.
"""

import itertools

import numpy as np

from gan_scratch.gradient_check.evidence import (
    EXPLAINED,
    Cause,
    names_of_axes,
    relative,
    where_words,
)

ENOUGH = 6  # so many different numbers are the same in another order by no accident


def nothing_claimed(e):
    if e.claim is None:
        yield Cause(
            "missing", "", f"{e.d} is missing: the backward pass gives no gradient for "
            f"{e.name}.", f"{e.d} = Σ dy ∂y/∂{e.name}",
        )


def not_finite(e):
    if e.claim is not None and not np.isfinite(e.claim).all():
        yield Cause(
            "not finite", "", f"{e.d} holds {int((~np.isfinite(e.claim)).sum())} numbers that are "
            "not finite.",
        )


def rounded(e):
    """Digits of single precision. Its errors double with dy to the last bit, and with nothing but
    powers of two."""
    if np.shape(e.claim) != e.numeric.shape or not e.error < 1e-5:
        return
    doubled, tripled = (e.subject.claims(factor * e.dy)[e.name] for factor in (2, 3))
    inside = relative(doubled, 2 * e.claim) < 1e-15 and relative(tripled, 3 * e.claim) > 1e-10
    if np.array_equal(e.claim, e.claim.astype("float32")) or inside:
        yield Cause(
            "float32", "", f"{e.d} is right to {e.error:.0e} only: float32 on its way, where x is "
            "float64; compute in the dtype of x.", "np.zeros(shape, x.dtype), not astype(float32)",
        )


def missing_sum(e):
    if e.claim is None or e.claim.shape == e.numeric.shape or e.claim.ndim <= e.numeric.ndim:
        return
    words = names_of_axes(e.y.shape)
    first = e.y.ndim - e.claim.ndim  # the sums over the first axes of dy may have been taken
    for count in range(1, e.claim.ndim + 1):
        for axes in itertools.combinations(range(e.claim.ndim), count):
            summed = e.claim.sum(axis=axes)
            if summed.shape == e.numeric.shape and relative(summed, e.numeric) <= EXPLAINED:
                over = " and ".join(words[first + axis] for axis in axes if first + axis >= 0)
                yield Cause(
                    "missing sum", over, f"{e.d} has shape {e.claim.shape} where {e.name} has "
                    f"{e.numeric.shape}: the sum over {over} is missing.",
                    f"{e.d} = Σ over {over} of what is there now",
                )
                return


def summed_over_wrong_axis(e):
    """A parameter that is added to y, its gradient summed over the wrong axes of dy."""
    if e.is_input or e.claim is None or e.y.ndim < 2 or not e.numeric.ndim:
        return
    sums = {
        axes: e.dy.sum(axis=axes)
        for count in range(1, e.y.ndim)
        for axes in itertools.combinations(range(e.y.ndim), count)
    }
    right = [axes for axes, total in sums.items() if relative(total, e.numeric) < EXPLAINED]
    if not right:
        return
    words = names_of_axes(e.y.shape)
    wanted = " and ".join(words[axis] for axis in right[0])
    kept = " and ".join(words[a].removeprefix("the ") for a in range(e.y.ndim) if a not in right[0])
    for axes, total in sums.items():
        # Where keepdims left an axis of 1, the numbers tell.
        same = np.squeeze(e.claim).shape == total.shape and e.claim.size == total.size
        if axes not in right and same and relative(e.claim.ravel(), total.ravel()) < EXPLAINED:
            wrong = " and ".join(words[axis] for axis in axes)
            yield Cause(
                "wrong axis", wrong, f"{e.d} is the sum of dy over {wrong}; {e.name} has a number "
                f"for each of {kept}, so the sum goes over {wanted}.",
                f"{e.d} = Σ over {wanted} of dy",
            )


def transposed(e):
    if e.claim is None or e.numeric.ndim < 2 or e.claim.ndim != e.numeric.ndim:
        return
    for order in itertools.permutations(range(e.numeric.ndim)):
        if order != tuple(range(e.numeric.ndim)) and e.explained_by(e.numeric.transpose(order)):
            yield Cause(
                "transposed", str(order), f"{e.d} is transposed: its axes come in the order "
                f"{order} of what is right.", f"{e.d} has the axes of {e.name}",
            )


def other_shape(e):
    if e.claim is not None and e.claim.shape != e.numeric.shape:
        yield Cause(
            "shape", "", f"{e.d} has shape {e.claim.shape}, wanted {e.numeric.shape}: a gradient "
            "has the shape of what it belongs to.",
        )


def all_zero(e):
    if e.claim is not None and not e.claim.any():
        yield Cause(
            "zero", "", f"{e.d} is zero everywhere: nothing of dy arrives there.",
            f"{e.d} = Σ dy ∂y/∂{e.name}",
        )


def sizes(e):
    """(words, number) of the sizes that a mean may have been taken over or forgotten."""
    places = int(np.prod(e.y.shape[1:-1]))
    yield "the batch", e.y.shape[0] if e.y.ndim else e.subject.samples or 1
    if e.y.ndim > 2:
        yield "the places of the output", places
        yield "the batch and the places of the output", places * e.y.shape[0]
        yield "the height of the output", e.y.shape[1]
    if e.y.ndim > 3:
        yield "the width of the output", e.y.shape[2]
    if e.y.ndim > 1:
        yield "the output's channels", e.y.shape[-1]
        yield "all numbers of the output", e.y.size
    if e.x is not None and e.x.ndim > 1:
        if e.x.ndim > 2:
            yield "the places of the input", int(np.prod(e.x.shape[1:-1]))
            yield "the batch and the places of the input", int(np.prod(e.x.shape[:-1]))
            yield "the height of the input", e.x.shape[1]
        if e.x.ndim > 3:
            yield "the width of the input", e.x.shape[2]
        yield "the input's channels" if e.y.ndim else "a sample's scores", e.x.shape[-1]
        yield "all numbers of the input", e.x.size
    if not e.is_input and e.value.ndim > 2:
        yield "the taps of the kernel", int(np.prod(e.value.shape[:-2]))


def scaled(e):
    if np.shape(e.claim) != e.numeric.shape or not e.numeric.any():
        return
    factor = float((e.claim * e.numeric).sum() / (e.numeric**2).sum())
    if not factor or not e.explained_by(factor * e.numeric):
        return
    if abs(factor + 1) < EXPLAINED:
        yield Cause("sign", "", f"{e.d} has the wrong sign.", f"{e.d} → -{e.d}")
        return
    sign = "and has the wrong sign, " if factor < 0 else ""
    size = abs(factor)
    for words, number in sizes(e):
        if number > 1 and abs(size / number - 1) < EXPLAINED:
            yield Cause(
                "scale", words, f"{e.d} is {number} times too large, {sign}which is the size of "
                f"{words}: the mean over it is missing.", f"{e.d} → {e.d} / {number}",
            )
        if number > 1 and abs(size * number - 1) < EXPLAINED:
            yield Cause(
                "scale", words, f"{e.d} is {number} times too small, {sign}which is the size of "
                f"{words}: a mean is taken over it where the gradient is a sum.",
                f"{e.d} → {number} {e.d}",
            )
    for (one, above), (other, below) in itertools.permutations(sizes(e), 2):
        if min(above, below) > 1 and abs(size * below / above - 1) < EXPLAINED:
            yield Cause(
                "scale", f"{one} / {other}", f"{e.d} is {above}/{below} times what it should be, "
                f"{sign}the size of {one} through that of {other}: one stands for the other.",
                f"{e.d} → {below}/{above} {e.d}",
            )
    yield Cause(
        "scale", f"{factor:.6g}", f"{e.d} is {factor:.6g} times what it should be, whatever the "
        f"size of the input{setting_words(e, factor)}.", f"{e.d} → {e.d} / {factor:.6g}",
    )


def setting_words(e, factor):
    """Which setting of the layer the factor comes from, as far as one has that value."""
    original = getattr(e.subject, "original", getattr(e.subject, "layer", None))
    for name, value in vars(original).items() if hasattr(original, "__dict__") else ():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            for words, number in (
                (name, value), (f"1 - {name}", 1 - value), (f"1/{name}", 1 / value if value else 0),
                (f"1/(1 - {name})", 1 / (1 - value) if value != 1 else 0),
            ):
                if abs(factor - number) < EXPLAINED and number not in (0, 1):
                    return f", and that is {words}"
    return ""


def swapped(e):
    for name, other in e.others.items():
        if name != e.name and other.numeric.shape == e.numeric.shape and not e.is_input:
            if not other.is_input and e.explained_by(other.numeric):
                yield Cause(
                    "swapped", "", f"{e.d} is the gradient of {name}: the two are swapped.",
                )


def decayed(e):
    if np.shape(e.claim) != e.numeric.shape or e.is_input or not e.value.any():
        return
    off = e.claim - e.numeric
    share = float((off * e.value).sum() / (e.value**2).sum())
    if share and np.linalg.norm(off - share * e.value) <= 1e-4 * np.linalg.norm(off):
        yield Cause(
            "weight decay", f"{share:.4g}", f"{e.d} holds {share:.4g} times {e.name} besides: a "
            "weight decay belongs into the loss or the optimiser, not into the layer.",
            f"{e.d} → {e.d} - {share:.4g} {e.name}",
        )


def flipped(e):
    if np.shape(e.claim) != e.numeric.shape or e.numeric.ndim < 2:
        return
    axes = range(1, e.value.ndim - 1) if e.is_input else range(max(1, e.value.ndim - 2))
    for count in (2, 1):
        for chosen in itertools.combinations(axes, count):
            if e.explained_by(np.flip(e.numeric, chosen)):
                yield Cause(
                    "flipped", str(chosen), f"{e.d} is turned round along the axes {chosen}.",
                    "taps of the kernel and places of the input run the same way",
                )


def shifted(e):
    if np.shape(e.claim) != e.numeric.shape:
        return
    axes = [axis for axis in range(e.value.ndim) if e.value.shape[axis] > 2][:3]
    steps = [range(-2, 3) if axis in axes else (0,) for axis in range(e.value.ndim)]
    for shift in itertools.product(*steps):
        if not any(shift):
            continue
        moves = list(zip(shift, e.value.shape, strict=True))
        there = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in moves)
        here = tuple(slice(max(-s, 0), n + min(-s, 0)) for s, n in moves)
        a, n = e.claim[there], e.numeric[here]
        if a.size < 0.3 * e.claim.size or not n.any():
            continue
        if np.linalg.norm(a - n) <= EXPLAINED * np.linalg.norm(n):
            yield Cause(
                "shifted", str(shift), f"{e.d} is shifted by {shift} places: an index or the crop "
                "of the padding is off.", f"{e.d}[i + {shift}] stands at i",
            )


def not_used(e):
    if np.shape(e.claim) != e.numeric.shape:
        return
    if np.abs(e.numeric).max(initial=0) <= 1e-9 * np.abs(e.claim).max(initial=0):
        yield Cause(
            "not used", "", f"y does not change with {e.name}, so {e.d} is zero: either forward "
            f"forgets {e.name}, or backward gives a gradient to what has none.",
            f"∂y/∂{e.name} = 0",
        )


def mean_not_taken_off(e):
    """The right gradient sums to zero along some axes, as on the way forward a mean is taken off;
    what is claimed does not, and is right when its mean is taken off."""
    if np.shape(e.claim) != e.numeric.shape:
        return
    for count in range(1, e.numeric.ndim + 1):
        for axes in itertools.combinations(range(e.numeric.ndim), count):
            mean = e.numeric.mean(axis=axes)
            if np.abs(mean).max(initial=0) > 1e-9 * np.abs(e.numeric).max(initial=0):
                continue
            off = e.claim.mean(axis=axes, keepdims=True)
            if off.any() and e.explained_by(e.numeric + off):
                yield Cause(
                    "mean term", str(axes), f"{e.d} is right when its mean over the axes {axes} "
                    "is taken off: the forward pass takes a mean off, and so does the way back.",
                    f"{e.d} → {e.d} - mean {e.d}",
                )


def sign_of_some(e):
    """The right sizes, and at some of the numbers the other sign."""
    if np.shape(e.claim) != e.numeric.shape:
        return
    if e.wrong.any() and e.alike(np.abs(e.claim), np.abs(e.numeric)):
        yield Cause(
            "sign", "some", f"{e.d} has the wrong sign in {int(e.wrong.sum())} of {e.wrong.size} "
            f"numbers{where_words(e, e.wrong)}; their size is right.",
        )


def scaled_in_slices(e):
    """n times one factor for each sample, each channel, each row of a matrix ..."""
    if np.shape(e.claim) != e.numeric.shape or e.numeric.ndim < 2:
        return
    size = (e.numeric**2).sum()
    for axis, length in enumerate(e.numeric.shape):
        if length < 2 or e.numeric.size / length < 3:
            continue
        over = tuple(i for i in range(e.numeric.ndim) if i != axis)
        norms = (e.numeric**2).sum(axis=over, keepdims=True)
        products = (e.claim * e.numeric).sum(axis=over, keepdims=True)
        factors = products / np.where(norms > 1e-18 * size, norms, 1)
        if e.explained_by(factors * e.numeric) and (np.ptp(factors) > EXPLAINED):
            words = names_of_axes(e.y.shape)[axis] if e.like_y else f"axis {axis}"
            usual = {"the batch": "sample", "the channels": "channel"}
            each = usual.get(words, f"place of {words}")
            yield Cause(
                "scale", f"each {each}", f"{e.d} is right up to one factor for each {each}, from "
                f"{factors.min():.4g} to {factors.max():.4g}: something that each {each} is to be "
                "multiplied or divided by is missing or there twice.",
            )


def misplaced(e):
    """The right numbers in other places, which no flip and no shift brings home."""
    if np.shape(e.claim) != e.numeric.shape or e.numeric.ndim < 2 or not e.numeric.any():
        return
    claimed, right = np.sort(e.claim, axis=None), np.sort(e.numeric, axis=None)
    if e.alike(claimed, right) and np.unique(right.round(12)).size > ENOUGH:
        yield Cause(
            "transposed", "places", f"{e.d} holds the right numbers in wrong places: its axes are "
            "to be exchanged where they are only reshaped, or come in another order.",
            "what forward did with transpose and reshape, backwards and in reverse order",
        )


def partly_zero(e):
    if np.shape(e.claim) != e.numeric.shape:
        return
    forgotten = (e.claim == 0) & (np.abs(e.numeric) > 1e-9 * np.abs(e.numeric).max(initial=0))
    if not forgotten.any() or forgotten.all():
        return
    if e.explained_by(np.where(forgotten, 0, e.numeric)):
        yield Cause(
            "partly zero", "", f"{e.d} is zero in {int(forgotten.sum())} of {forgotten.size} "
            f"numbers that are not{where_words(e, forgotten)}; the rest is right.",
        )
