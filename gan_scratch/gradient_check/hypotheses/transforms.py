"""Hypotheses: what is claimed is the right gradient, changed by one simple operation.

Each is a generator of the causes that explain one Evidence.
"""

import itertools
from fractions import Fraction

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative, where_words

ENOUGH = 6  # so many different numbers are the same in another order by no accident
FRACTIONS, SMALL = 100_000, 4  # a simple factor has one of its two numbers so small


def nothing_claimed(e):
    if e.claim is None:
        said = f"{e.d} is missing: the backward pass gives no gradient for {e.name}."
        yield Cause("missing", "", said, f"{e.d} = Σ dy ∂y/∂{e.name}")


def not_finite(e):
    if e.claim is not None and not np.isfinite(e.claim).all():
        count = int((~np.isfinite(e.claim)).sum())
        yield Cause("not finite", "", f"{e.d} holds {count} numbers that are not finite.")


def rounded(e):
    """Digits of single precision. Its errors double with dy to the last bit, and with nothing but
    powers of two."""
    if not e.error < 1e-5:
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
    # Sums over the first axes of dy may have been taken, or over the last ones.
    fits = [k for k in range(e.y.ndim) if e.y.shape[k : k + e.claim.ndim] == e.claim.shape]
    words = e.axes[fits[0] :] if len(fits) == 1 else [f"axis {a}" for a in range(e.claim.ndim)]
    for count in range(1, e.claim.ndim + 1):
        for axes in itertools.combinations(range(e.claim.ndim), count):
            summed = e.claim.sum(axis=axes)
            if summed.shape == e.numeric.shape and relative(summed, e.numeric) <= EXPLAINED:
                over = " and ".join(words[axis] for axis in axes)
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
    kept = [axis for axis in range(e.y.ndim) if axis not in right[0]]
    words = list(e.axes)
    if kept == [1] and len(words) > 2:  # the channels, which stand behind the batch then
        words = [words[0], "the channels", *words[1:-1]]
    wanted = " and ".join(words[axis] for axis in right[0])
    kept = " and ".join(words[axis].removeprefix("the ") for axis in kept)
    for axes, total in sums.items():
        # Where keepdims left an axis of 1, the numbers tell.
        same = np.squeeze(e.claim).shape == total.shape and e.claim.size == total.size
        if axes not in right and same and relative(e.claim.ravel(), total.ravel()) < EXPLAINED:
            wrong = " and ".join(words[axis] for axis in axes)
            said = f"{e.d} is the sum of dy over {wrong}; {e.name} has a number for each of {kept}"
            formula = f"{e.d} = Σ over {wanted} of dy"
            yield Cause("wrong axis", wrong, f"{said}, so the sum goes over {wanted}.", formula)


def transposed(e):
    if e.claim is None or e.numeric.ndim < 2 or e.claim.ndim != e.numeric.ndim:
        return
    for order in itertools.permutations(range(e.numeric.ndim)):
        if order != tuple(range(e.numeric.ndim)) and e.explained_by(e.numeric.transpose(order)):
            said = f"{e.d} is transposed: its axes come in the order {order} of what is right."
            yield Cause("transposed", str(order), said, f"{e.d} has the axes of {e.name}")


def other_shape(e):
    if e.claim is not None and e.claim.shape != e.numeric.shape:
        said = f"{e.d} has shape {e.claim.shape}, wanted {e.numeric.shape}"
        yield Cause("shape", "", f"{said}: a gradient has the shape of what it belongs to.")


def all_zero(e):
    if not e.claim.any():
        said = f"{e.d} is zero everywhere: nothing of dy arrives there."
        yield Cause("zero", "", said, f"{e.d} = Σ dy ∂y/∂{e.name}")


def sizes(e):
    """words -> number, of the sizes that a mean may have been taken over or forgotten."""
    found = {"the batch": e.y.shape[e.layout[0]] if e.y.ndim else e.subject.samples or 1}
    others = list(zip(e.subject.input_names(), e.subject.inputs, strict=True))
    if e.y.ndim or all(len({len(part) for part in p.subject.inputs if part.ndim}) < 2
                       for p in e.probes):
        others = others[e.x is not None and others[0][1].dtype.kind == "f" :] if others else []
    else:
        found.clear()  # the first input of this loss is a parameter
    for what, v in (("output", e.y), ("input", e.x if found else None)):
        if v is None or v.ndim < 2:
            continue
        shape = [v.shape[axis] for axis in e.layout] if v.ndim == e.y.ndim else v.shape
        if len(shape) > 2:
            found[f"the places of the {what}"] = int(np.prod(shape[1:-1]))
            found[f"the batch and the places of the {what}"] = int(np.prod(shape[:-1]))
            found[f"the height of the {what}"] = shape[1]
        if len(shape) > 3:
            found[f"the width of the {what}"] = shape[2]
        found[f"the {what}'s channels" if e.y.ndim else "a sample's scores"] = shape[-1]
        found[f"all numbers of the {what}"] = v.size
    if not e.is_input and e.value.ndim > 2:
        found["the taps of the kernel"] = int(np.prod(e.value.shape[:-2]))
    for name, part in others:
        for axis, size in enumerate(part.shape):
            found.setdefault(e.words_for(name, axis), size)
    return {words: number for words, number in found.items() if number > 1}


def simple(number):
    """The fraction of small numbers that this is, or None."""
    f = Fraction(float(number)).limit_denominator(FRACTIONS)
    near = abs(f - number) <= EXPLAINED * abs(number)
    return f if number and near and min(abs(f.numerator), f.denominator) <= SMALL else None


def times_words(factor):
    """How far off something is that holds `factor` times what is right."""
    f = simple(abs(factor))
    sign = " and has the wrong sign" if factor < 0 else ""
    if f is None:
        return f"{abs(factor):.4g} times what it should be{sign}"
    if f.denominator == 1 or f.numerator == 1:
        return (f"{f} times too large" if f > 1 else f"{1 / f} times too small") + sign
    return f"{f} of what it should be{sign}"


def scaled(e):
    if not e.numeric.any():
        return
    factor = float((e.claim * e.numeric).sum() / (e.numeric**2).sum())
    if not factor or not e.explained_by(factor * e.numeric):
        return
    if abs(factor + 1) < EXPLAINED:
        yield Cause("sign", "", f"{e.d} has the wrong sign.", f"{e.d} → -{e.d}")
        return
    off, size, f = times_words(factor), abs(factor), simple(factor)
    mended = f"{e.d} / {factor:.6g}" if f is None or abs(f) > 1 else f"{1 / f} {e.d}"
    here, everywhere = sizes(e), [sizes(probe) for probe in e.probes]
    varied = {n for n in here if len({found.get(n) for found in everywhere}) > 1}
    means = "the mean over it is missing", "a mean is taken over it where the gradient is a sum"
    still = []
    for of, power, why in (("", 1, f": {means[size < 1]}"), ("the square root of ", 2, "")):
        for words, number in here.items():
            if min(abs(size**power / number - 1), abs(size**power * number - 1)) > EXPLAINED:
                continue
            if words in varied:
                says = f"{e.d} is {off}, which is {of}the size of {words}{why}."
                yield Cause("scale", of + words, says, f"{e.d} → {mended}")
            elif power == 1 or f is None:
                still.append(f"{of}the size of {words}")
    for one, other in itertools.permutations(here, 2):
        ratios = {found[one] / found[other] for found in everywhere if {one, other} <= {*found}}
        if len(ratios) > 1 and abs(size * here[other] / here[one] - 1) < EXPLAINED:
            yield Cause(
                "scale", f"{one} / {other}", f"{e.d} is {off}: the size of {one}, {here[one]}, "
                f"stands for that of {other}, {here[other]}.", f"{e.d} → {mended}",
            )
    number = f"{max(size, 1 / size):.6g}"
    yield Cause(
        "scale", f"{factor:.6g}", f"{e.d} is {off}" + (
            f": a literal {number}, or {' or '.join(still[:2])}, which is {number} here too and "
            "could not be varied." if still else
            f"{', whatever the size of the input' if varied else ''}{setting_words(e, factor)}."
        ), f"{e.d} → {mended}",
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
    if e.is_input and e.y.ndim:
        return
    others = [other for name, other in e.others.items() if name != e.name
              and (not other.is_input or not e.y.ndim)
              and other.value.shape == e.value.shape and e.explained_by(other.numeric)]
    both = [other for other in others if other.explained_by(e.numeric)]
    sign = "has the wrong sign, or " if e.explained_by(-e.numeric) else ""
    for other in both or others:
        ending = ": the two are swapped" if both else ""
        said = f"{e.d} {sign}is the gradient of {other.name}{ending}."
        if sign and not both:
            yield Cause("sign", "", said, f"{e.d} → -{e.d}")
        else:
            yield Cause("swapped", other.name, said)


def decayed(e):
    """a n + b W, with b and perhaps an a besides."""
    loss = not e.y.ndim
    if e.value.size < 3 or e.is_input and not loss:
        return
    if sum(part.shape == e.value.shape for part in e.subject.inputs) > 1:
        return  # scores beside their targets
    terms = np.stack([e.numeric.ravel(), e.value.ravel()], axis=1)
    (factor, share), _, rank, _ = np.linalg.lstsq(terms, e.claim.ravel(), rcond=None)
    if rank < 2 or not e.explained_by(factor * e.numeric + share * e.value):
        return
    if simple(factor) is None or abs(share) < EXPLAINED * abs(factor):
        return
    rest = "" if simple(factor) == 1 else f", and the rest is {times_words(factor)}"
    corrected = f"{e.d} {'+' if share < 0 else '-'} {abs(share):.4g} {e.name}"
    corrected = f"({corrected}) / ({simple(factor)})" if rest else corrected
    yield Cause(
        "weight decay", f"{share:.4g}", (
            f"{e.d} is off by {share:.4g} {e.name}{rest}: what it holds of the regularization is "
            "not the derivative of what the loss holds, in its factor or its sign." if loss else
            f"{e.d} holds {share:.4g} times {e.name}{rest}: a weight decay belongs in the loss or "
            "the optimiser, not in the layer."
        ), f"{e.d} → {corrected}",
    )


def flipped(e):
    axes = [axis for axis, size in enumerate(e.value.shape) if size > 1]
    for count in range(1, len(axes) + 1):
        for chosen in itertools.combinations(axes, count):
            size = np.prod([e.value.shape[axis] for axis in chosen])
            if max(size, e.value.ndim + 1) > 2 and e.explained_by(np.flip(e.numeric, chosen)):
                along = f"ax{'e' if count > 1 else 'i'}s {' and '.join(map(str, chosen))}"
                said, formula = f"is reversed along {along}.", f"is to run the same way as {e.name}"
                yield Cause("flipped", str(chosen), f"{e.d} {said}", f"{e.d} {formula}")


def shifted(e):
    axes = [axis for axis in range(e.value.ndim) if e.value.shape[axis] > 2][:3]
    steps = [range(-2, 3) if axis in axes else (0,) for axis in range(e.value.ndim)]
    for shift in itertools.product(*steps):
        if not any(shift):
            continue
        moves = list(zip(shift, e.value.shape, strict=True))
        there = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in moves)
        here = tuple(slice(max(-s, 0), n + min(-s, 0)) for s, n in moves)
        a, n = e.claim[there], e.numeric[here]
        if a.size < 4 or any(abs(step) > 0.4 * size for step, size in moves) or not n.any():
            continue
        if np.linalg.norm(a - n) <= EXPLAINED * np.linalg.norm(n):
            why = "an index or the crop of the padding is off."
            said = f"{e.d} is shifted by {shift} places: {why}"
            yield Cause("shifted", str(shift), said, f"what belongs at i stands at i + {shift}")


def misplaced(e):
    """The right numbers in other places, which no flip and no shift brings home."""
    if e.numeric.ndim < 2 or not e.numeric.any():
        return
    claimed, right = np.sort(e.claim, axis=None), np.sort(e.numeric, axis=None)
    if e.alike(claimed, right) and np.unique(right.round(12)).size > ENOUGH:
        yield Cause(
            "transposed", "places", f"{e.d} holds the right numbers in wrong places: its axes are "
            "to be exchanged where they are only reshaped, or come in another order.",
            "what forward did with transpose and reshape, backwards and in reverse order",
        )


def not_used(e):
    if np.abs(e.numeric).max(initial=0) <= 1e-9 * np.abs(e.claim).max(initial=0):
        yield Cause(
            "not used", "", f"y does not change with {e.name}, so {e.d} is zero: either forward "
            f"forgets {e.name}, or backward gives a gradient to what has none.",
            f"∂y/∂{e.name} = 0",
        )


def mask_forgotten(e):
    """Right where y depends on x, and not zero where a mask cuts it off, whatever x is."""
    if not e.is_input or not e.value.ndim:
        return
    ways = np.abs(e.jacobian).max(axis=1, initial=0).reshape(e.value.shape)
    dead = ways <= 1e-9 * ways.max(initial=0)
    if not (e.wrong & dead).any() or (e.wrong & ~dead).any() or (dead == dead[0]).all():
        return  # what is the same in every sample may be a crop or a stride
    other = e.value[::-1] * np.random.default_rng(1).choice([-1.3, 0.7], e.value.shape)
    moved = np.where(dead, 2 * other, other)
    if np.array_equal(*(e.subject.output({e.name: v}) for v in (other, moved))):
        yield Cause(
            "mask", "forgotten", f"{e.d} is right but for {int(e.wrong.sum())} of {e.wrong.size} "
            f"numbers{where_words(e, e.wrong)}, where y does not depend on {e.name} and it is to "
            f"be zero: a mask is forgotten on the way back.", f"{e.d} → mask · {e.d}",
        )


def partly_zero(e):
    forgotten = (e.claim == 0) & (np.abs(e.numeric) > 1e-9 * np.abs(e.numeric).max(initial=0))
    if not forgotten.any() or forgotten.all():
        return
    if e.explained_by(np.where(forgotten, 0, e.numeric)):
        those = f"{int(forgotten.sum())} of {forgotten.size} numbers"
        where = where_words(e, forgotten)
        said = f"{e.d} is zero in {those} that are not{where}; the rest is right."
        yield Cause("partly zero", "", said)
