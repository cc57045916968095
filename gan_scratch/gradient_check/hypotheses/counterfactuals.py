"""Hypotheses: what is claimed is the gradient as it would be with another dy, x or W.

The Jacobian is known, so another dy costs nothing; other values are tried along two random
directions. Each is a generator of the causes that explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import (
    EXPLAINED,
    Cause,
    Evidence,
    names_of_axes,
    where_words,
)


def cotangent_forgotten(e):
    if not e.y.ndim:
        return
    for about, dy, words in (
        ("ones", np.ones_like(e.dy), "dy is ignored, as if it were 1"),
        ("absolute", np.abs(e.dy), "|dy| stands where dy should"),
        ("squared", e.dy**2, "dy is used twice"),
        ("mean", np.full_like(e.dy, e.dy.mean()), "the mean of dy stands where dy should"),
        ("sum", np.full_like(e.dy, e.dy.sum()), "the sum of dy stands where dy should"),
    ):
        if e.explained_by(e.gradient_of(dy)):
            yield Cause(
                "dy ignored", about, f"{e.d}: {words}; the chain rule multiplies by it.",
                f"{e.d} = Σ dy ∂y/∂{e.name}",
            )


def constant_in_dy(e):
    """What is wrong stays the same whatever dy is."""
    if not e.y.ndim or np.shape(e.claim) != e.numeric.shape:
        return
    again = e.subject.claims(-3 * e.dy)[e.name]
    if e.wrong.any() and np.array_equal((e.claim != 0) & (again == e.claim), e.wrong):
        yield Cause(
            "dy ignored", "constant", f"{e.d} does not change with dy in {int(e.wrong.sum())} of "
            f"{e.wrong.size} numbers{where_words(e, e.wrong)}: it is to be multiplied by dy.",
            f"{e.d} = Σ dy ∂y/∂{e.name}",
        )


def parts_of_y(e):
    """(word, about, words, mask) of parts of y that alone may have been looked at."""
    if e.y.ndim < 2:
        return

    def only(*index):
        mask = np.zeros_like(e.dy)
        mask[index] = 1
        return mask

    everything, middle = slice(None), e.y.ndim - 2
    grown = e.is_input and [n != m for n, m in zip(e.y.shape, e.value.shape, strict=False)]
    for about, index in (("first", 0), ("last", -1)):
        yield "part of the batch", about, f"the {about} sample", only(index)
        yield "part of the channels", about, f"the {about} channel", only(..., index)
        if grown == [False, True, *[False] * middle]:  # y has other channels, behind the batch
            words = f"the {about} channel"
            yield "part of the channels", about, words, only(everything, index)
        if not middle:
            continue
        yield "part of the places", about, f"the {about} place", only(everything, *[index] * middle)
        for axis, word in enumerate(names_of_axes(e.y.shape)[1:-1], start=1):
            words = f"the {about} place of the {word}"
            yield "part of the places", words, words, only(*[everything] * axis, index)
    for step in (2, 3) if middle else ():
        words = f"one place in {step} along each axis"
        mask = only(everything, *[slice(None, None, step)] * middle)
        yield "part of the places", words, words, mask
    for width in (1, 2) if middle else ():
        if min(e.y.shape[1:-1]) > 2 * width:
            mask = np.ones_like(e.dy)
            mask[everything, *[slice(width, -width)] * middle] = 0
            words = f"the border of {width} place" + "s" * (width > 1)
            yield "part of the places", words, words, mask


def part_of_the_sum(e):
    for word, about, words, mask in parts_of_y(e):
        if e.explained_by(e.gradient_of(e.dy * mask)):
            yield Cause(
                word, about, f"{e.d} comes from {words} of y alone: each of the others is "
                "forgotten or overwritten; a sum is missing, perhaps += instead of =.",
                f"{e.d} = Σ over all of y",
            )
        elif e.explained_by(e.gradient_of(e.dy * (1 - mask))):
            yield Cause(
                word, f"not {about}", f"{e.d} lacks {words} of y.", f"{e.d} = Σ over all of y",
            )


def contributions(e):
    """(places of y, numbers of the value): what each place, all its channels, adds to n."""
    channels = e.y.shape[-1]
    per_place = e.jacobian.reshape(e.value.size, -1, channels) * e.dy.reshape(-1, channels)
    return per_place.sum(axis=2).T


def assigned(e):
    """Where several places of y reach one number, one of them overwrote the others."""
    if e.y.ndim < 2 or np.shape(e.claim) != e.numeric.shape:
        return
    channels = e.y.shape[-1]
    reach = np.abs(e.jacobian).reshape(e.value.size, -1, channels).max(axis=2).T
    reached = reach > 1e-9 * reach.max(initial=0)
    each = contributions(e)
    rows, numbers = np.arange(len(reached))[:, None], np.arange(e.value.size)
    for about, order in (("last", np.where(reached, rows, -1).argmax(axis=0)),
                         ("first", np.where(reached, rows, len(reached)).argmin(axis=0))):
        if e.explained_by(each[order, numbers].reshape(e.value.shape)):
            yield Cause(
                "assigned", about, f"{e.d}: where several places of y reach the same number, "
                f"only the {about} one counts. They are to be added: += in a loop, np.add.at with "
                "an array of indices (x[indices] += adds once only).",
                f"{e.d}[i] = Σ over all o that reach i",
            )


def repeated_indices(e):
    """An embedding whose indices repeat within a sample: x[indices] += adds once for each index."""
    ids = next((part for part in e.subject.inputs if part.dtype.kind in "iu"), None)
    if ids is None or not (e.y.ndim and ids.ndim) or np.shape(e.claim) != e.value.shape:
        return
    n, rows = len(ids), e.value.shape[0]
    if len(e.y) != n or not n:
        return
    times = (ids.reshape(n, -1, 1) == np.arange(rows)).sum(axis=1).T  # (rows, samples)
    if times.max(initial=0) < 2:
        return
    each = (e.jacobian.reshape(rows, -1, n, e.y.size // n) * e.dy.reshape(n, -1)).sum(axis=3)
    if e.explained_by((each / np.maximum(times, 1)[:, None]).sum(axis=2).reshape(e.value.shape)):
        yield Cause(
            "assigned", "repeated", f"{e.d}: an index that stands several times in a sample counts "
            "once: x[indices] += adds once for each index. np.add.at adds as often as it stands.",
            f"{e.d}[i] = Σ over all places that hold i",
        )


def other_input(e):
    names = [name for name in e.subject.input_names() if name in e.subject.values]
    if len(names) == 1 and e.x.shape == e.y.shape and e.gradient_is_that_at({names[0]: e.y}):
        yield Cause(
            "wrong input", "the output", f"{e.d} is what it would be if x were y: the cache holds "
            "the output where the input belongs.", f"{e.d} = Σ dy ∂y/∂{e.name} at x",
        )


def before_the_relu(e):
    """x where max(x, 0) belongs. What is linear in max(x, 0) has the gradient g(x); with x itself
    it is g(x) - g(-x), as x = max(x, 0) - max(-x, 0)."""
    names = [name for name in e.subject.input_names() if name in e.subject.values]
    if e.is_input or len(names) != 1 or np.shape(e.claim) != e.value.shape:
        return
    rng = np.random.default_rng(1)
    for _ in range(2):
        v = rng.standard_normal(e.value.shape)
        h = 1e-4 * (np.abs(e.value).max(initial=0) or 1.0)
        there = [
            e.subject.output({names[0]: -e.x, e.name: e.value + t * v}) for t in (h, -h)
        ]
        if there[0].shape != e.dy.shape:
            return
        mirrored = ((there[0] - there[1]) * e.dy).sum() / (2 * h)
        found, expected = (e.claim * v).sum(), (e.numeric * v).sum() - mirrored
        if abs(found - expected) > EXPLAINED * max(abs(found), np.linalg.norm(e.claim)):
            return
        if abs(mirrored) <= 1e-3 * abs(found):
            return
    yield Cause(
        "wrong input", "before the ReLU", f"{e.d} is made with x itself; the forward pass made y "
        "of one side of it, as max(x, 0).",
        f"{e.d} = Σ dy ∂y/∂{e.name}, at what the forward pass had",
    )


def other_parameters(e):
    """Transposed, turned round, or taken as 1 or 0."""
    for name, other in e.others.items():
        if other.is_input or not other.value.ndim:
            continue
        value = other.value
        for about, words, changed in rearranged(value):
            # Of its own value a gradient may have forgotten all; the rest is a change of others.
            asked = name != e.name or about == "taken as 0"
            if asked and e.gradient_is_that_at({name: changed}):
                yield Cause(
                    "wrong parameter", f"{name} {about}", f"{e.d} is what it would be with {name} "
                    f"{words}.",
                    f"{e.d} = Σ dy ∂y/∂{e.name}, with {name} as the forward pass has it",
                )


def rearranged(value):
    if value.ndim == 1:
        yield "taken as 1", "taken as 1: it is forgotten on the way back", np.ones_like(value)
        yield "taken as 0", "taken as 0: it is forgotten on the way back", np.zeros_like(value)
        yield "less 1", "taken for what it is 1 larger than: the 1 is forgotten", value - 1
        return
    turned = "turned round along its taps: flipped once too often or not at all"
    first = tuple(range(value.ndim - 2))
    if value.shape[-1] == value.shape[-2]:
        other = value.swapaxes(-1, -2)
        if first:
            yield "channels transposed", "its channels transposed", other
            both = "its channels transposed and its taps turned round"
            yield "channels transposed and flipped", both, np.flip(other, first)
        else:
            yield "transposed", "transposed the other way than it should be", other
    if first:
        yield "flipped", turned, np.flip(value, first)
        yield "flipped", turned, np.flip(value, tuple(range(2, value.ndim)))  # channels first
    for rows, columns in ((0, 1), (2, 3)) if value.ndim == 4 else ():
        yield "flipped along rows", "flipped along its rows", np.flip(value, rows)
        yield "flipped along columns", "flipped along its columns", np.flip(value, columns)
        if value.shape[rows] == value.shape[columns]:
            words = "rows and columns swapped"
            yield words, f"its {words}", value.swapaxes(rows, columns)


def as_if_stride_were_1(e):
    """A convolution that forgot to spread dy out, or to take every second place of x."""
    stride = getattr(getattr(e.subject.fresh(), "object", None), "stride", 1)
    if stride == 1 or not isinstance(stride, int) or np.shape(e.claim) != e.numeric.shape:
        return
    other = e.subject.with_settings(stride=1)
    try:
        large = np.zeros(np.shape(other.output()))
    except Exception:
        return
    both = tuple(slice(0, min(n, m)) for n, m in zip(large.shape, e.dy.shape, strict=True))
    large[both] = e.dy[both]
    asked = Evidence(other, e.name, e.claim, large, e.dy, e.others)
    asked.numeric = e.numeric
    if asked.gradient_is_that_at({}, large):
        yield Cause(
            "stride", "", f"{e.d} is what it would be with a stride of 1: on its way back dy has "
            f"to be spread out, each of its places {stride} from the next.",
            "dx[o · stride + t] += dy[o] W[t], dW[t] += x[o · stride + t] dy[o]",
        )
