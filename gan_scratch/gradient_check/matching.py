"""Which array is the gradient of which weight, in code that inherits nothing from this library.

Names decide: `dW`, `W_grad`, `dL_dW`, `nabla_w`; a list `grads` beside a list `params`; `.grad`
beside `.data`; a dict or tuple that backward returns. Whatever is left is matched by shape, if only
one weight and one gradient have that shape. A weight without a gradient stays unmatched, and the
report names it.
"""

import re
from collections import Counter
from itertools import takewhile

from gan_scratch.gradient_check.holdings import demangled

RETURNED = "returned"  # the first label of a path in what backward returned
MARKS = "|".join((
    "dloss_?d", "dcost_?d", "dl_?d", "dj_?d", "de_?d", "dc_?d", "gradients?", "grads?", "nabla",
    "delta", "deriv", "del", "d", "g",
))  # fmt: skip
BEFORE = re.compile(rf"_*(?:{MARKS})_*(?:of_|wrt_)?(.+)", re.IGNORECASE)
SURELY = re.compile(r"grad|nabla|d(l|j|e|c|loss|cost)_?d", re.IGNORECASE)
BEHIND = re.compile(r"(.+?)_*(?:gradients?|grads?|delta|bar|g|d)_*", re.IGNORECASE)
ALONE = re.compile(rf"_*(?:{MARKS}|d_?params?|d_?parameters|updates?|deltas)_*", re.IGNORECASE)
PARAMETERS = re.compile(r"_*(params?|parameters|p)_*", re.IGNORECASE)
VALUE = re.compile(r"_*(data|value|val|array|tensor)_*", re.IGNORECASE)
VALUE_BESIDE = re.compile(rf"{VALUE.pattern}|[vwx]", re.IGNORECASE)


def matched(weights, candidates):
    """id of weight -> Place of its gradient, for those that names tell.

    weights         Places that move y
    candidates      Places, after a backward pass, that are none of these
    """
    names = {label for w in weights for path in w.paths for label in map(plain, path)
             if isinstance(label, str)}
    pairs = []
    for index, candidate in enumerate(candidates):
        for path in candidate.paths:
            labels, marked, shortened = read(path, names)
            for weight in weights:
                same_shape, common = weight.shape == candidate.shape, 0
                if shortened and not same_shape:
                    continue
                if marked:
                    common = max(
                        alike(plain_path(p), labels, path[0] == RETURNED) for p in weight.paths
                    )
                if id(weight.value) in path:  # a dict whose keys are id(W)
                    common = len(path)
                if common or same_shape and beside(weight, path):
                    pairs.append((-common, shortened, not same_shape, index, weight, candidate))
    found, taken = {}, set()  # the best pairs first, each weight and each gradient once
    for *_, weight, candidate in sorted(pairs, key=lambda pair: pair[:4]):
        if id(weight) not in found and id(candidate) not in taken:
            found[id(weight)] = candidate
            taken.add(id(candidate))
    return found


def by_shape(weights, candidates):
    """The same for what names do not tell: a shape that one weight and one gradient have."""
    rivals, found = Counter(weight.shape for weight in weights), {}
    for weight in weights:
        fitting = [c for c in candidates if c.shape == weight.shape]
        if len(fitting) == rivals[weight.shape] == 1 and looks_like_gradient(fitting[0].path):
            found[id(weight)] = fitting[0]
    return found


def in_order(weights, candidates):
    """The same for a tuple behind dx: in the weights' order if all shapes fit, else by shape."""
    pairs = list(zip(weights, candidates, strict=False))
    if not all(weight.shape == candidate.shape for weight, candidate in pairs):
        shaped = by_shape(weights, candidates)
        if shaped or len(weights) != len(candidates):
            return shaped
    return {id(weight): candidate for weight, candidate in pairs}


def looks_like_gradient(path):
    """Whether somebody calls it a gradient in so many words: dh may be one of an intermediate h."""
    return path[0] == RETURNED or any(
        isinstance(label, str) and SURELY.search(label) for label in path
    )


def plain(label):
    return demangled(label) if isinstance(label, str) else label


def plain_path(path):
    """The labels of a weight's path without words that say no more than "a parameter"."""
    labels = [plain(label) for label in path]
    kept = [label for label in labels if not (
        isinstance(label, str) and (PARAMETERS.fullmatch(label) or VALUE.fullmatch(label))
    )]  # fmt: skip
    return kept or labels


def read(path, names):
    """(labels as those of a weight, whether they say "gradient", whether a name was shortened)."""
    labels, marked, shortened = [], path[0] == RETURNED, False
    for label in map(plain, path[1:] if path[0] == RETURNED else path):
        if not isinstance(label, str) or label in names:
            labels.append(label)
            continue
        name, short = unmarked(label, names)
        if name is not None and not (short and ALONE.fullmatch(label)):
            labels.append(name)
            marked, shortened = True, shortened or short
        elif ALONE.fullmatch(label):
            marked = True
        elif not VALUE.fullmatch(label):
            labels.append(label)
    return labels, marked, shortened


def unmarked(label, names):
    """(name, whether it was shortened) of the weight of which this is called the gradient."""
    rests = [m.group(1) for m in (BEFORE.fullmatch(label), BEHIND.fullmatch(label)) if m]
    rests += [label[1:]] if label[:1] in "dg" and len(label) > 1 else []
    for fits, shortened in (
        (lambda name, rest: name == rest, False),
        (lambda name, rest: bare(name) == bare(rest), False),
        (lambda name, rest: name.lower().startswith(rest.lower()), True),
    ):
        for rest in rests:
            found = [name for name in names if fits(name, rest)]
            if len(found) == 1:
                return found[0], shortened
    return None, False


def bare(name):
    return name.lower().replace("_", "")


def alike(weight, gradient, returned):
    """How many labels at their ends agree; 0 where what stands before contradicts."""
    ends = zip(weight[::-1], gradient[::-1], strict=False)
    common = len([*takewhile(lambda both: both[0] == both[1], ends)])
    if not common:
        return 0
    before, other = weight[: len(weight) - common], gradient[: len(gradient) - common]
    if before and other and (not returned or type(before[-1]) is type(other[-1])):
        return 0
    only_numbers = not any(isinstance(label, str) for label in weight[len(weight) - common :])
    if only_numbers and (other or len(before) > 1):
        return 0
    return common


def beside(weight, path):
    """Whether the gradient stands in the same object as the weight, as .grad beside .data, or is
    the second of a pair [W, dW]."""
    return any(
        len(path) > 1 and p[:-1] == path[:-1] and (
            (p[-1], path[-1]) == (0, 1)
            or isinstance(path[-1], str) and ALONE.fullmatch(plain(path[-1]))
            and VALUE_BESIDE.fullmatch(str(plain(p[-1])))
        )
        for p in weight.paths
    )  # fmt: skip
