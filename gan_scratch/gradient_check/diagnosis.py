"""Which mistake makes a wrong gradient: a cause, where one explains all that was seen.

A backward pass claims a gradient a where the numeric one is n. The layer is asked on several
inputs of different sizes, and the whole Jacobian J of each suspect is measured: n = Jᵀ dy, for any
dy. A hypothesis says what a would be if one certain mistake had been made:

    hypotheses/         changes of n, other values, things taken for constants; its __init__ tells
    games.py            what penalties and steps of the game get wrong
    repair/             the line of the source that is wrong: edited, the gradient comes out right

A cause is named where it explains a on every input on which a is wrong, to EXPLAINED of the
gradient and to a hundredth of the error. Where that says no more than where numbers are wrong, the
edit is the cause. Otherwise the cause is "unknown", and says where the error is. What a layer does
besides (it writes into its input, say) is asked in manners.py.
"""

from dataclasses import replace
from functools import cache

import numpy as np

from gan_scratch.gradient_check.evidence import (
    ACCEPTED,
    Cause,
    Evidence,
    relative,
    where_words,
)
from gan_scratch.gradient_check.hypotheses import (
    constants,
    counterfactuals,
    functions,
    losses,
    maps,
    transforms,
)
from gan_scratch.gradient_check.repair.search import mends, what_the_factor_is
from gan_scratch.gradient_check.report import EVERY, listed

MOST_NUMBERS = 700  # of a value whose Jacobian is measured
FEW_SAMPLES = 8  # a larger batch is looked at with 4

VAGUE = {  # (word, about) of causes that say where numbers are wrong and not why
    ("unknown", ""), ("local derivative", "another"), ("wrong input", "another"),
    ("part of the places", "some"), ("assigned", "some"), ("path twice", "some"),
    ("transposed", "places"), ("partly zero", ""), ("derivative not applied", "constant"),
    ("both terms", ""),
}  # fmt: skip

SHAPES = [  # asked first, and alone of a claim that has another shape than its value
    transforms.nothing_claimed,
    transforms.not_finite,
    transforms.rounded,
    transforms.missing_sum,
    transforms.summed_over_wrong_axis,
    transforms.flipped,
    transforms.transposed,
    transforms.other_shape,
]
HYPOTHESES = [  # those that say more stand first
    transforms.all_zero,
    transforms.not_used,
    losses.other_formulas,
    functions.wrong_slope,
    transforms.swapped,
    transforms.scaled,
    transforms.mask_forgotten,
    functions.passed_on,
    counterfactuals.updated_inside,
    counterfactuals.part_of_the_sum,
    counterfactuals.constant_in_dy,
    counterfactuals.assigned,
    functions.local_derivative,
    transforms.decayed,
    constants.means_taken_as_constants,
    transforms.partly_zero,
    constants.scale_outside,
    constants.normalization_terms,
    constants.terms_of_training,
    counterfactuals.as_if_stride_were_1,
    transforms.shifted,
    functions.to_the_maximum,
    constants.mean_not_taken_off,
    transforms.misplaced,
    counterfactuals.mask_of_dy,
    constants.factor_taken_as_constant,
    constants.norm_taken_as_constant,
    maps.of_the_backward_map,
]


def gather(subject, rng, dy_size=1.0, family=()):
    """name -> Evidence for each value that is not too large, on the subject's present input.
    `family` is what was gathered on others."""
    y = np.asarray(subject.output())
    dy = dy_size * rng.standard_normal(y.shape) if y.ndim else np.asarray(dy_size)
    claims = subject.claims(dy)
    found = {}
    for name, value in subject.values.items():
        if value.size <= MOST_NUMBERS:
            claim = claims[name] if claims[name] is None else np.asarray(claims[name], np.float64)
            found[name] = Evidence(subject, name, claim, y, dy, found, family)
    return found


def probes(subject, rng):
    """The subject on inputs of two or three sizes, as far as it takes them: numbers that are equal
    on one differ on another."""
    n = subject.samples
    if n is None:
        sizes = [(None, ()), (None, ())]
    else:
        few = n if n <= FEW_SAMPLES else 4
        sizes = [(few, ()), (few + 1, (2, 0)), (few + 3, (0, 2))]
        if not subject.inputs:  # a game's batch alone changes its size
            sizes.pop()
    found = []
    for samples, growth in sizes:
        for attempt in ((samples, growth), (samples, ()), (n, growth), (n, ())):
            other = subject.redrawn(rng, *attempt)
            if other is not None:
                found.append(other)
                break
    return [*found[:-1], larger(found[-1], found, rng)] if found else found


def larger(last, found, rng):
    """The last probe, with larger sizes also along the axes that have the same one in all."""
    seen = {
        (i, axis): {probe.inputs[i].shape[axis] for probe in found}
        for i, part in enumerate(last.inputs) for axis in range(part.ndim)
    }
    same = {place: min(sizes) for place, sizes in seen.items() if len(sizes) == 1 and sizes != {1}}
    for size in dict.fromkeys(same.values()):
        every = [place for place, number in same.items() if number == size]
        for group in (every, *([p for p in every if p[1] == axis] for axis in range(4))):
            wanted = [list(part.shape) for part in last.inputs]
            for i, axis in group:
                wanted[i][axis] = size + 1
            fits = group and max(map(np.prod, wanted)) <= MOST_NUMBERS
            other = last.redrawn_as(wanted, rng) if fits else None
            if other is not None and shapes_fit(other) == shapes_fit(last):
                last = other
                break
    return last


def shapes_fit(subject):
    """name -> whether what is claimed has the shape of what it belongs to."""
    claims = subject.claims(np.ones(np.shape(subject.output())))
    return {name: np.shape(claims[name]) == v.shape for name, v in subject.values.items()}


def diagnose(subject, suspects, rng, dy_size=1.0):
    """name -> Cause, for each of the suspected values whose gradient is wrong somewhere and that is
    small enough."""
    found = []
    for probe in probes(subject, rng):
        found.append(gather(probe, rng, dy_size, found))
    wrong = {name: [e[name] for e in found if name in e and not e[name].right] for name in suspects}
    home = cache(lambda: gather(subject, rng, dy_size, found))
    causes = {name: common_cause(evidence, home) for name, evidence in wrong.items() if evidence}
    mended = mends(found, list(causes))
    vague = {name for name, cause in causes.items() if (cause.word, cause.about) in VAGUE}
    alike = [mended[name] for name in vague & mended.keys()]  # one mistake is told once
    for name, its in mended.items():
        causes[name] = with_its_lines(causes[name], its, wrong[name][0], its in alike, {*mended})
    return causes


def with_its_lines(cause, mended, e, vague, known):
    """The cause, with the line of the source that it stands in. Where none is known, or one that
    says no more than where the numbers are wrong, the edit that mends them is the cause."""
    if vague:
        numbers = dict.fromkeys(line[0] for mend in mended for line in mend.lines)
        numbers = " and ".join(map(str, numbers))
        words = "; ".join(dict.fromkeys(m.words for m in mended))
        lines = f"lines {numbers} change" if " " in numbers else f"line {numbers} changes"
        sentence = f"{e.d} comes out right if {lines}: {words}."
        for off in (m.factors[e.name] for m in mended if e.name in m.factors):
            sentence = f"{e.d} comes out right but for a factor if {lines}: {words}. "
            what = what_the_factor_is(off)
            what = f"it is then {transforms.times_words(what)}" if isinstance(what, float) else (
                f"what is left is {what}"
                + (": perhaps a mean is missing" if what.startswith("the size") else "")
            )
            sentence += what[0].upper() + what[1:] + "."
        left = [e.subject.quantity(n) for n in sorted({n for m in mended for n in m.left} - known)]
        if left:
            sentence += f" This changes {listed(left)} too, and does not make that right."
        return Cause(mended[0].word, f"line {numbers}", sentence, lines_of(mended))
    if all(m.plain for m in mended) and cause.word != "swapped" and (
        not cause.about.startswith("the term")  # an edit elsewhere would make up for it
    ):
        return replace(cause, formula="\n".join(filter(None, (cause.formula, lines_of(mended)))))
    return cause


def lines_of(mended):
    """What stands there and what would have to, as a diff."""
    first, last = {}, {}
    for number, old, new in (line for mend in mended for line in mend.lines):
        first.setdefault(number, old)
        last[number] = new
    said = []
    for number, old in first.items():
        said += [f"{number}: - {old}"] * bool(old)
        before = " " * len(f"{number}:") if old else f"{number}:"
        said.append(f"{before} + {last[number]}")
    return "\n".join(said)


def common_cause(wrong, home):
    """The first hypothesis that explains every Evidence of `wrong`, in words that hold for the
    reader's own input: `home` gathers what is seen there."""
    first, *others = wrong
    for hypothesis in (*first.subject.hypotheses, *SHAPES, *HYPOTHESES):
        for cause in asked(hypothesis, first):  # mostly none, and then nothing else is to be asked
            said = [next((c for c in asked(hypothesis, e) if c == cause), None) for e in others]
            if None in said:
                continue
            if {c.sentence for c in said} == {cause.sentence}:
                return cause
            own = home().get(first.name)
            again = asked(hypothesis, own) if own and np.isfinite(own.numeric).all() else ()
            return next((c for c in again if c == cause), None) or elsewhere(cause, first, own)
    own = home().get(first.name)
    if own and np.isfinite(own.numeric).all() and not own.right:
        return Cause("unknown", "", localised(own))
    worst = max(wrong, key=lambda evidence: evidence.error)
    return elsewhere(Cause("unknown", "", localised(worst)), worst, own)


def asked(hypothesis, e):
    """The causes that it names; of a claim of another shape those of SHAPES alone say something."""
    return hypothesis(e) if e.fits or hypothesis in SHAPES else ()


def elsewhere(cause, e, own):
    """What is said of another input than the reader's, if their sizes differ."""
    shapes = [part.shape for part in e.subject.inputs]
    if not shapes or own and shapes == [part.shape for part in own.subject.inputs]:
        return cause
    words = " and ".join(map(str, shapes))
    return replace(cause, sentence=f"{cause.sentence} (Seen on an input of shape {words}.)")


def localised(e):
    """Where a gradient is wrong, when nobody knows why."""
    if not e.fits:
        return f"It has shape {np.shape(e.claim)}, wanted {e.numeric.shape}."
    again = e.subject.claims(-3 * e.dy)[e.name]
    bent = relative(again, -3 * e.claim) > ACCEPTED
    some = f"Wrong are {int(e.wrong.sum())} of {e.wrong.size} numbers{where_words(e, e.wrong)}."
    return (
        (EVERY if e.wrong.all() else some)
        + (" It is not linear in dy, as a backward pass must be." if bent else "")
        + " None of the mistakes that are known here explains it."
    )
