"""Hypotheses: what is claimed is the gradient as it would be with another dy, or at other values.

The Jacobian is known, so another dy costs nothing; other values are tried along two random
directions. Each is a generator of the causes that explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, Evidence, relative, where_words


def constant_in_dy(e):
    """What is wrong stays the same whatever dy is."""
    if not e.y.ndim:
        return
    again = e.subject.claims(-3 * e.dy)[e.name]
    if e.wrong.any() and np.array_equal((e.claim != 0) & (again == e.claim), e.wrong):
        yield Cause(
            "dy ignored", "constant", f"{e.d} does not change with dy in {int(e.wrong.sum())} of "
            f"{e.wrong.size} numbers{where_words(e, e.wrong)}: it is to be multiplied by dy.",
            f"{e.d} = Σ dy ∂y/∂{e.name}",
        )


def mask_of_dy(e):
    """Three times dy gives three times the gradient, and -dy not its negative."""
    if not e.y.ndim:
        return
    threefold, negative = (e.subject.claims(t * e.dy)[e.name] for t in (3, -1))
    if relative(threefold, 3 * e.claim) < EXPLAINED and relative(negative, -e.claim) > 1e-3:
        yield Cause(
            "mask of dy", "inside", f"{e.d} depends on the sign of dy, or of what is made of it on "
            "the way back: a mask belongs to what the forward pass had.", "dz = dy · f'(z)",
        )


def parts_of_y(e):
    """(word, about, words, mask) of parts of y that alone may have been looked at."""
    for name, mask in e.subject.outputs().items():
        yield "path missing", f"output {name}", f"the output {name!r}", mask
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
        for axis, word in enumerate(e.axes[1:-1], start=1):
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


def through_time(e):
    """Whether places of y are made one after the other, as in an RNN: along one axis each x reaches
    its own place of y and all later ones, and no earlier one."""
    longest = max(e.probes, key=lambda probe: probe.y.size, default=e)
    for other in longest.others.values():
        if not other.is_input or other.value.ndim != e.y.ndim:
            continue
        ways = np.abs(other.jacobian).reshape(*other.value.shape, *longest.y.shape)
        for axis in range(e.y.ndim - 1):
            over = tuple(i for i in range(ways.ndim) if i not in (axis, axis + e.y.ndim))
            reach = ways.max(axis=over, initial=0)
            later = np.arange(reach.shape[1]) >= np.arange(len(reach))[:, None]
            if len(reach) > 2 and np.ptp(reach.shape) == 0 and ((reach > 1e-12) == later).all():
                return True
    return False


def way_through_time(e):
    return Cause(
        "path missing", "through time", f"{e.d} holds what goes through one step alone: each step "
        "is made of the one before it, and the way back from the later steps is missing.",
        "dh[t] = dy[t] + dh[t + 1] ∂h[t + 1]/∂h[t]",
    )


def part_of_the_sum(e):
    for word, about, words, mask in parts_of_y(e):
        if e.explained_by(e.gradient_of(e.dy * mask)):
            if "first" in about and through_time(e):
                yield way_through_time(e)
                continue
            yield Cause(
                word, about, f"{e.d} comes from {words} of y alone: each of the others is "
                "forgotten or overwritten; a sum is missing, perhaps += instead of =.",
                f"{e.d} = Σ over all of y",
            )
        elif e.explained_by(e.gradient_of(e.dy * (1 - mask))):
            said = f"{e.d} lacks {words} of y."
            yield Cause(word, f"not {about}", said, f"{e.d} = Σ over all of y")


def assigned(e):
    """Where several places of y reach one number, one of them overwrote the others."""
    if e.y.ndim < 2:
        return
    ways = e.jacobian.reshape(e.value.size, *e.y.shape)
    # A place is all of its channels: (numbers of the value, places, channels).
    ways, dy = (np.moveaxis(v, e.layout[-1] - e.y.ndim, -1) for v in (ways, e.dy))
    ways = ways.reshape(e.value.size, -1, dy.shape[-1])
    each = (ways * dy.reshape(-1, dy.shape[-1])).sum(axis=2).T
    reach = np.abs(ways).max(axis=2).T
    reached = reach > 1e-9 * reach.max(initial=0)
    rows, numbers = np.arange(len(reached))[:, None], np.arange(e.value.size)
    for about, order in (("last", np.where(reached, rows, -1).argmax(axis=0)),
                         ("first", np.where(reached, rows, len(reached)).argmin(axis=0))):
        if not e.explained_by(each[order, numbers].reshape(e.value.shape)):
            continue
        if about == "first" and through_time(e):
            yield way_through_time(e)
            continue
        yield Cause(
            "assigned", about, f"{e.d}: where several places of y reach the same number, "
            f"only the {about} one counts. They are to be added: += in a loop, np.add.at with "
            "an array of indices (x[indices] += adds once only).",
            f"{e.d}[i] = Σ over all o that reach i",
        )


def updated_inside(e):
    """Weights that backward moves before it has used them: the gradient is that at the new weights,
    or it is right in the limit of a dy so small that nothing moves."""
    e.subject.claims(e.dy)
    if not (new := e.subject.moved_by_backward()):
        return
    one = [name for name in new if name != e.name and e.gradient_is_that_at({name: new[name]})]
    small = e.subject.claims(1e-6 * e.dy)[e.name] / 1e-6
    if one or relative(small, e.numeric) < 1e-4 * e.error:
        names = " and ".join(one or new)
        yield Cause(
            "updated inside", names, f"{e.d}: backward updates {names} before it is done, and what "
            "it computes after the update uses the new value.",
            f"first {e.d} with the old {names}, then the step",
        )


def as_if_stride_were_1(e):
    """A convolution that forgot to spread dy out, or to take every second place of x."""
    stride = getattr(getattr(e.subject.fresh(), "object", None), "stride", 1)
    if stride == 1 or not isinstance(stride, int):
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
