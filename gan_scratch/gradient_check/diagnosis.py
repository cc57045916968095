"""Which mistake makes a wrong gradient: a cause, where one explains all that was seen.

A backward pass claims a gradient a where the numeric one is n. The layer is asked on several
inputs of different sizes, and the whole Jacobian J of each suspect is measured: n = Jᵀ dy, for any
dy. A hypothesis says what a would be if one certain mistake had been made:

    hypotheses/         changes of n, other values, terms of certain functions; its __init__ tells
    games.py            what penalties and steps of the game get wrong

A cause is named where it explains a on every input on which a is wrong, to EXPLAINED of the
gradient and to a hundredth of the error. Otherwise the cause is "unknown", and says where the error
is. What a layer does besides (it writes into its input, say) is asked in manners.py.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import ACCEPTED, Cause, Evidence, relative, where_words
from gan_scratch.gradient_check.hypotheses import (
    counterfactuals,
    functions,
    inside,
    losses,
    maps,
    normalizations,
    steps,
    transforms,
    ways,
)

MOST_NUMBERS = 700  # of a value whose Jacobian is measured
FEW_SAMPLES = 8  # a larger batch is looked at with 4

HYPOTHESES = [  # those that say more stand first
    transforms.nothing_claimed,
    transforms.not_finite,
    transforms.rounded,
    transforms.missing_sum,
    transforms.summed_over_wrong_axis,
    transforms.transposed,
    transforms.other_shape,
    transforms.all_zero,
    losses.other_formulas,
    losses.huber,
    functions.wrong_slope,
    functions.softmax_terms,
    transforms.scaled,
    functions.passed_on,
    transforms.swapped,
    counterfactuals.part_of_the_sum,
    counterfactuals.cotangent_forgotten,
    counterfactuals.constant_in_dy,
    counterfactuals.assigned,
    counterfactuals.repeated_indices,
    functions.slope_at_the_output,
    functions.local_derivative,
    functions.factor_of_a_parameter,
    functions.weights_over_another_axis,
    transforms.decayed,
    transforms.flipped,
    functions.to_the_maximum,
    losses.hinge_mask,
    losses.means_taken_as_constants,
    transforms.partly_zero,
    normalizations.normalization_formulas,
    normalizations.normalization_terms,
    normalizations.normalization_factors,
    normalizations.terms_of_training,
    normalizations.of_the_raw_input,
    counterfactuals.other_input,
    counterfactuals.before_the_relu,
    counterfactuals.other_parameters,
    counterfactuals.as_if_stride_were_1,
    transforms.shifted,
    transforms.not_used,
    transforms.mean_not_taken_off,
    transforms.misplaced,
    transforms.sign_of_some,
    inside.mask_of_dy,
    inside.another_slope_behind,
    transforms.scaled_in_slices,
    inside.another_input_inside,
    steps.way_through_a_matrix,
    ways.factor_taken_as_constant,
    ways.norm_taken_as_constant,
    ways.a_way_cut,
    steps.another_nonlinearity,
    maps.of_the_backward_map,
]


def gather(subject, rng, dy_size=1.0):
    """name -> Evidence for each value that is not too large, on the subject's present input."""
    y = np.asarray(subject.output())
    dy = dy_size * rng.standard_normal(y.shape) if y.ndim else np.asarray(dy_size)
    claims = subject.claims(dy)
    found = {}
    for name, value in subject.values.items():
        if value.size <= MOST_NUMBERS:
            claim = claims[name] if claims[name] is None else np.asarray(claims[name], np.float64)
            found[name] = Evidence(subject, name, claim, y, dy, found)
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
    return found


def diagnose(subject, suspects, rng, dy_size=1.0):
    """name -> Cause, for each of the suspected values whose gradient is wrong somewhere and that is
    small enough."""
    found = [gather(probe, rng, dy_size) for probe in probes(subject, rng)]
    wrong = {name: [e[name] for e in found if name in e and not e[name].right] for name in suspects}
    causes = {name: common_cause(evidence) for name, evidence in wrong.items() if evidence}
    for name, cause in causes.items():
        if cause.word == "unknown":
            causes[name] = carried_on(wrong[name], causes) or cause
    return causes


def carried_on(wrong, causes):
    """That a wrong gradient of x comes of those of matrices, and of the same mistake as theirs."""
    sources = steps.carried_on(wrong[0])
    if not sources or any(steps.carried_on(evidence) != sources for evidence in wrong[1:]):
        return None
    d, first = wrong[0].d, wrong[0].subject.quantity(sources[0])
    known = [causes[name] for name in sources if name in causes]
    same = [cause for cause in known if cause.word != "unknown"]
    words = f"{d} is wrong as {first} is: both are made with the same dz, z = x {sources[0]}."
    if not same:
        return Cause("unknown", "", words)
    return Cause(same[0].word, same[0].about, words)


def common_cause(wrong):
    """The first hypothesis that explains every Evidence of `wrong`."""
    for hypothesis in (*wrong[0].subject.hypotheses, *HYPOTHESES):
        first, *others = wrong
        for cause in hypothesis(first):  # mostly none, and then nothing else is to be asked
            if all(cause in list(hypothesis(evidence)) for evidence in others):
                return cause
    worst = max(wrong, key=lambda evidence: evidence.error)
    return Cause("unknown", "", localised(worst))


def localised(e):
    """Where a gradient is wrong, when nobody knows why."""
    if np.shape(e.claim) != e.numeric.shape:
        return f"It has shape {np.shape(e.claim)}, wanted {e.numeric.shape}."
    again = e.subject.claims(-3 * e.dy)[e.name]
    bent = relative(again, -3 * e.claim) > ACCEPTED
    some = f"Wrong are {int(e.wrong.sum())} of {e.wrong.size} numbers{where_words(e, e.wrong)}."
    return (
        ("Every number is wrong." if e.wrong.all() else some)
        + (" It is not linear in dy, as a backward pass must be." if bent else "")
        + " None of the mistakes that are known here explains it."
    )
