"""Hypotheses about normalizations: batch norm, layer norm, their groups, and the root mean square.

That something is normalized is read off the right gradient. Each is a generator of the causes that
explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, names_of_axes, relative
from gan_scratch.gradient_check.hypotheses.functions import slope_of

USUAL_EPS = (1e-5, 1e-6, 1e-8, 1e-3, 1e-7, 1e-12, 0.0)  # in σ = sqrt(variance + eps)
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
    if not e.is_input or e.value.ndim < 2 or np.shape(e.claim) != e.numeric.shape:
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


def terms(e, x, off, axes):
    """What an error over the axes of a normalization consists of."""
    ones = off.mean(axis=axes, keepdims=True) + 0 * off
    along = x * (off * x).sum(axis=axes, keepdims=True) / (x * x).sum(axis=axes, keepdims=True)
    size = np.linalg.norm(off)
    over = "the channel" if 0 in axes else "the sample"
    if np.linalg.norm(off - ones) <= 1e-4 * size:
        yield Cause(
            "mean term", "", f"{e.d} is off by one number in each {over[4:]}: the term that comes "
            "through the mean is missing or wrong.", FORMULA,
        )
    elif np.linalg.norm(off - along) <= 1e-4 * size:
        yield Cause(
            "variance term", "", f"{e.d} is off by a multiple of x - mean in each {over[4:]}: the "
            "term that comes through the variance is missing or wrong.",
            FORMULA,
        )
    elif np.linalg.norm(off - ones - along) <= 1e-4 * size:
        yield Cause(
            "both terms", "", f"{e.d} is wrong in the terms that come through the mean and the "
            f"variance of {over}: as if both were constants, or with a wrong count.",
            FORMULA,
        )


class Normalization:
    """The right backward pass of γ x̂, x̂ = (x - mean)/σ, and what it is made of.

    `over` is (shape, axes): x brought into that shape, with its channels cut into groups perhaps,
    is normalized over those axes.
    """

    def __init__(self, x, d, over, eps):
        self.x, self.d, self.over = x, d, over
        self.inv = 1 / np.sqrt(self.mean((x - self.mean(x)) ** 2) + eps)
        self.x_hat = (x - self.mean(x)) * self.inv

    def mean(self, v, over=None):
        """The mean of its set in the place of each number."""
        shape, axes = over or self.over
        means = v.reshape(shape).mean(axis=axes, keepdims=True)
        return np.broadcast_to(means, shape).reshape(v.shape)

    def gradient(self, d=None, along=None, times=None, over=None, mean_of=None, product_of=None):
        """1/σ (d - mean d - x̂ mean(d x̂)), each part replaced by what is given for it."""
        d = self.d if d is None else d
        along, times = (self.x_hat if v is None else v for v in (along, times))
        mean_of, product_of = (d if v is None else v for v in (mean_of, product_of))
        mean = self.mean(mean_of, over)
        return self.inv * (d - mean - along * self.mean(product_of * times, over))


def recognized(e):
    """The Normalization whose gradient is the right one, and (name, γ), else (None, None)."""
    original = getattr(e.subject, "original", None)
    for _, n, _, axes in normalized_over(e):
        if e.value.shape != e.y.shape:
            return None, None
        for eps in (getattr(original, "eps", 1e-5), *USUAL_EPS):
            for name, gamma in scales(e, (n.shape, axes), eps):
                found = Normalization(e.value, e.dy * gamma, (n.shape, axes), eps)
                if relative(found.gradient(), e.numeric) < EXPLAINED:
                    return found, (name, gamma)
    return None, None


def scales(e, over, eps):
    """(name, γ in a shape that x can be multiplied by): 1, each parameter of the channels' shape,
    and what y is made with where it differs from sample to sample."""
    yield "", 1.0
    for other in e.others.values():
        gamma = other.value
        if other.is_input or gamma.ndim > 1:
            continue
        if gamma.shape in ((), e.y.shape[-1:]):
            yield other.name, gamma
        if gamma.shape == e.y.shape[1:2]:
            yield other.name, gamma.reshape(-1, *[1] * (e.y.ndim - 2))
    x_hat = Normalization(e.value, e.dy, over, eps).x_hat
    for places in (tuple(range(2, e.y.ndim)), tuple(range(1, e.y.ndim - 1))):
        if places and np.prod([e.y.shape[axis] for axis in places]) > 1:
            a, b = (v - v.mean(axis=places, keepdims=True) for v in (x_hat, e.y))
            both, alone = ((a * v).sum(axis=places, keepdims=True) for v in (b, a))
            if relative(both / alone * a, b) < EXPLAINED:
                yield "γ", both / alone


def normalization_formulas(e):
    """The formula with its means over other axes, or with x in the place of x̂."""
    layer, _ = recognized(e)
    if layer is not None:
        yield from means_over_wrong_axes(e, layer)
        yield from with_another_x(e, layer)


def means_over_wrong_axes(e, layer):
    shape = e.value.shape
    words = names_of_axes(shape)
    if 1 not in layer.over[1] and len(layer.over[1]) > 1:  # the channels stand behind the batch
        words.insert(1, words.pop())
    words.append("the channels of a group")
    for axes in usual_axes(shape):
        over = shape, axes
        if over != layer.over and e.explained_by(layer.gradient(over=over)):
            wrong, wanted = (" and ".join(words[a] for a in some) for some in (axes, layer.over[1]))
            yield Cause(
                "wrong axis", wrong, f"{e.d} takes its means over {wrong}; the forward "
                f"pass normalizes over {wanted}.", FORMULA,
            )


def with_another_x(e, layer):
    x = layer.x
    for about, words, wrong in (
        ("both", "stands", layer.gradient(along=x, times=x)),
        ("outside", "stands before the mean", layer.gradient(along=x)),
        ("inside", "stands inside the mean", layer.gradient(times=x)),
    ):
        if e.explained_by(wrong):
            yield Cause(
                "wrong input", f"not normalized, {about}", f"{e.d} takes x itself where x̂ {words} "
                "in the formula.", FORMULA,
            )


def normalization_factors(e):
    """The formula with 1/σ or γ missing, or in it twice, or in some of its terms alone."""
    layer, gamma = recognized(e)
    if layer is None:
        return
    (name, gamma), right = gamma, layer.gradient()
    for about, words, wrong in (
        ("1/σ", "lacks the factor 1/σ", right / layer.inv),
        ("1/σ twice", "holds the factor 1/σ twice", right * layer.inv),
        ("σ", "is multiplied by σ where it is to be divided by it", right / layer.inv**2),
    ):
        if e.explained_by(wrong):
            yield Cause("scale", about, f"{e.d} {words}.", FORMULA)
    if not name:
        return
    either = e.dy, layer.d  # without γ and with it
    for about, words, wrong in (
        ("twice", "is in it twice", [right * gamma]),
        ("outside", "stands outside the bracket, where the means no longer hold it",
         [gamma * layer.gradient(d=e.dy)]),
        ("in one term", "is in some of its three terms and not in others",
         [layer.gradient(d=a, mean_of=b, product_of=c)
          for a in either for b in either for c in either][1:-1]),
    ):
        if any(map(e.explained_by, wrong)):
            yield Cause("wrong parameter", f"{name} {about}", f"{e.d}: {name} {words}.", FORMULA)
            return


def normalized_input(e):
    """(x̂, axis of the channels) where this parameter multiplies a normalized x channel by channel,
    else (None, None)."""
    own, channels = (None, None) if e.is_input else e.by_channel
    if own is not None:
        for axes in usual_axes(own.shape):
            if np.abs(own.mean(axis=axes)).max() < 1e-7 * np.abs(own).max(initial=0):
                return own, channels
    return None, None


def of_the_raw_input(e):
    """γ's gradient with something else where the normalized x belongs."""
    x = e.x
    x_hat, channels = normalized_input(e)
    if x_hat is None or x is None or x.shape != e.y.shape:
        return
    rest = tuple(axis for axis in range(x.ndim) if axis != channels)
    for over in usual_axes(x.shape):
        centred = x - x.mean(axis=over, keepdims=True)
        for about, words, instead in (
            ("not normalized", "x itself", x),
            ("the output", "y", e.y),
            ("not divided", "x - mean, which is not divided by σ,", centred),
        ):
            if e.explained_by((e.dy * instead).sum(axis=rest)):
                yield Cause(
                    "wrong input", about, f"{e.d} multiplies dy by {words} where the forward pass "
                    f"multiplied {e.name} by the normalized x.", f"{e.d} = Σ dy x̂",
                )
                return
