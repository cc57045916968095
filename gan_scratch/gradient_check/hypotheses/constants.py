"""Hypotheses about what was taken for a constant on the way back: the mean and the variance of a
normalization, a factor that is made of x, a norm of W, the means that scores are compared with.

That something is normalized is read off the right gradient. Each is a generator of the causes that
explain one Evidence.
"""

import itertools

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative
from gan_scratch.gradient_check.hypotheses.functions import slope_of

FORMULA = "dx = (g - mean g - x̂ mean(g x̂)) / σ with g = γ dy"


def sums(n, x, axes):
    """Σ n and Σ n x over these axes, as parts of what they would be without cancelling."""
    size, along = (np.abs(v).sum(axis=axes) + 1e-300 for v in (n, n * x))
    mean = np.abs(n.sum(axis=axes)) / size
    return mean.max(), (np.abs((n * x).sum(axis=axes)) / along).max()


def usual_axes(shape):
    """What is normalized over, with channels last or first: the batch, the channels, the places,
    and what goes together."""
    last = len(shape) - 1
    every = tuple(range(last + 1))
    usual = {(0,), (last,), every[1:last], every[1:], every[:last], every[2:], (0, *every[2:])}
    return sorted(axes for axes in usual if axes)


def groups_of(shape):
    """(shape of x with the channels cut into groups, axes) of what normalizations look at
    together, small sets first."""
    cuts = [(shape, axes) for axes in usual_axes(shape)]
    for channels in dict.fromkeys((len(shape) - 1, 1)):
        inner = [axis for axis in range(1, len(shape)) if axis != channels]
        for groups in range(2, shape[channels]):
            if shape[channels] % groups == 0:
                width = shape[channels] // groups
                cut = (*shape[:channels], groups, width, *shape[channels + 1 :])
                axes = (channels + 1, *(axis + (axis > channels) for axis in inner))
                cuts.append((cut, tuple(sorted(axes))))
    return sorted(cuts, key=lambda cut: np.prod([cut[0][axis] for axis in cut[1]]))


def normalized_over(e):
    """The axes over which x is normalized, as far as the right gradient tells: over them it sums
    to 0, and so does n (x - mean); for a root mean square the latter alone, with x as it is.

    Yields (x, with its mean taken off if that is done, n, claim, axes), x cut into groups.
    """
    if not e.is_input or e.value.ndim < 2:
        return
    for shape, axes in groups_of(e.value.shape):
        if np.prod([shape[axis] for axis in axes]) < 3:
            continue
        x, n, claim = (v.reshape(shape) for v in (e.value, e.numeric, e.claim))
        centred = x - x.mean(axis=axes, keepdims=True)
        mean, along = sums(n, centred, axes)
        if mean < 1e-7 and along < 0.1:  # eps counts where x hardly varies
            yield centred, n, claim, axes
        elif mean > 1e-3 and sums(n, x, axes)[1] < 1e-4:
            yield x, n, claim, axes


def normalization_terms(e):
    for x, n, claim, axes in normalized_over(e):
        yield from terms(e, x, claim - n, axes)


def terms_of_training(e):
    """y = a x + b channel by channel, and dx holds the terms of a normalization over the batch."""
    slope = slope_of(e)
    if slope is None or e.y.ndim < 2 or len(e.y) < 4:
        return
    axes = tuple(range(e.y.ndim - 1))
    if np.ptp(slope, axis=axes).max() > EXPLAINED * np.abs(slope).max():
        return
    centred = e.value - e.value.mean(axis=axes, keepdims=True)
    for cause in terms(e, centred, e.claim - e.numeric, axes):
        yield Cause(
            cause.word, "of training", f"{e.d} has terms through a mean or a variance of the "
            "batch, as batch norm in training; here they are constants.", "dx = γ/σ dy",
        )


def scale_outside(e):
    """γ times the gradient as it would be without γ, which is to stand inside."""
    if not e.is_input or not e.y.ndim:
        return
    for name, other in e.others.items():
        gamma = other.value
        if other.is_input or gamma.shape != e.value.shape[-1:] or not gamma.all():
            continue
        slopes = [e.slope_at({name: np.ones_like(gamma)}, v) for v in e.directions(e.value)]
        found = [(e.claim / gamma * v).sum() for v in e.directions(e.value)]
        small = [e.small_along(v, f) for v, f in zip(e.directions(e.value), found, strict=True)]
        if None not in slopes and all(
            abs(a - b) <= s for a, b, s in zip(found, slopes, small, strict=True)
        ):
            yield Cause(
                "wrong parameter", f"{name} outside", f"{e.d}: {name} stands outside the bracket, "
                "where the means no longer hold it.", FORMULA,
            )


def terms(e, x, off, axes):
    """What an error over the axes of a normalization consists of."""
    ones = off.mean(axis=axes, keepdims=True) + 0 * off
    along = x * (off * x).sum(axis=axes, keepdims=True) / (x * x).sum(axis=axes, keepdims=True)
    size = np.linalg.norm(off)
    over = "the channel" if 0 in axes else "the sample"
    if np.linalg.norm(off - ones) <= 1e-4 * size:
        yield Cause(
            "mean term", "", f"{e.d} is off by one number in each {over[4:]}: the term that comes "
            "through the mean is missing or wrong, or x stands in another without its mean taken "
            "off.", FORMULA,
        )
    elif np.linalg.norm(off - along) <= 1e-4 * size:
        said = f"{e.d} is off by a multiple of x - mean in each {over[4:]}"
        why = "the term that comes through the variance is missing or wrong."
        yield Cause("variance term", "", f"{said}: {why}", FORMULA)
    elif np.linalg.norm(off - ones - along) <= 1e-4 * size:
        those = f"the terms that come through the mean and the variance of {over}"
        said = f"{e.d} is wrong in {those}: as if both were constants, or with a wrong count."
        yield Cause("both terms", "", said, FORMULA)


def mean_not_taken_off(e):
    """The right gradient sums to zero along some axes, as on the way forward a mean is taken off;
    what is claimed does not, and is right when its mean is taken off."""
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


def factor_taken_as_constant(e):
    """y = x s(x), number by number, and the claim is dy s = dy y / x."""
    if not e.like_y or not e.value.all():
        return
    if relative(e.claim * e.value, e.dy * e.y) < EXPLAINED:
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


def means_taken_as_constants(e):
    """A relativistic loss, of score - mean of the other scores: it stays the same where all scores
    grow alike. What is claimed is off by one number for the real ones and by one for the fakes."""
    if e.y.ndim or e.value.size < 4:
        return
    right = [other.numeric for other in e.others.values()]
    if abs(sum(n.sum() for n in right)) > EXPLAINED * sum(np.abs(n).sum() for n in right):
        return
    off = (e.claim - e.numeric).ravel()
    groups = len(np.unique(np.round(off / np.abs(off).max(), 6)))
    if (groups, len(right)) in ((1, 2), (2, 1)):  # two arrays of scores, or both in one
        yield Cause(
            "path missing", "means", f"{e.d} is off by one number for all real scores and by one "
            "for all fakes: each score also stands in a mean that the others are compared with, "
            "and that mean is taken for a constant.",
            "L = f(s - mean s')  ⇒  ds' = -Σ f'(s - mean s') / N' beside its own term",
        )
