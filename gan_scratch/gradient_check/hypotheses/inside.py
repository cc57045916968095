"""Hypotheses about what stands inside a layer: the nonlinearity that comes last, what a matrix is
multiplied by.

None of these has a name from outside; they are read off the Jacobians. Each is a generator of the
causes that explain one Evidence.
"""

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative
from gan_scratch.gradient_check.hypotheses.functions import OF_THE_OUTPUT, sigmoid, slope_of


def mask_of_dy(e):
    """Three times dy gives three times the gradient, and -dy not its negative."""
    if not e.y.ndim or np.shape(e.claim) != e.value.shape:
        return
    threefold, negative = (e.subject.claims(t * e.dy)[e.name] for t in (3, -1))
    if relative(threefold, 3 * e.claim) < EXPLAINED and relative(negative, -e.claim) > 1e-3:
        yield Cause(
            "mask of dy", "inside", f"{e.d} depends on the sign of dy, or of what is made of it on "
            "the way back: a mask belongs to what the forward pass had.", "dz = dy · f'(z)",
        )


def slope_behind(e):
    """f' where y = f(z + b), read off the bias b, else None. One number for each of y."""
    for other in e.others.values():
        own, _ = (None, None) if other.is_input else other.by_channel
        if own is not None and not linear_in(e.subject, other):
            return own.ravel()
    return None


def linear_in(subject, other):
    """Whether y is linear in this value, seen along one direction."""
    step = (1 + np.abs(other.value)) * np.random.default_rng(4).standard_normal(other.value.shape)
    ahead, here, behind = (subject.output({other.name: other.value + t * step}) for t in (1, 0, -1))
    return np.abs(ahead + behind - 2 * here).max() < 1e-9 * np.abs(here).max()


def another_slope_behind(e):
    """y = f(z): every column of J holds f'(z), and that of C another number in its place."""
    if not e.y.ndim or slope_of(e) is not None:
        return
    found = e.backward_map
    slope = slope_behind(e) if found else None
    if slope is None or not np.ptp(slope) > 1e-6 * np.abs(slope).max():
        return
    claimed, right, drawn = found
    slope, y = slope[drawn], e.y.ravel()[drawn]
    alive = np.abs(slope) > 1e-3 * np.abs(slope).max()  # of the others no quotient can be taken
    plain = right[:, alive] / slope[alive]  # as if f were z itself
    scale = (plain**2).sum(axis=0)
    taken = (claimed[:, alive] * plain).sum(axis=0) / scale
    if np.abs(claimed[:, alive] - taken * plain).max() > EXPLAINED * np.abs(plain).max():
        return
    dead = np.abs(claimed[:, slope == 0]).max(initial=0) > 0
    if np.abs(taken - 1).max() < EXPLAINED:
        yield Cause(
            "derivative not applied", "the last", f"{e.d} is made of dy as it comes: y = f(z), and "
            "f' is not applied on the way to it.", "dz = dy · f'(z)",
        )
    elif not taken.any() and dead:
        yield Cause(
            "wrong slope", "swapped", f"{e.d} lets through what the forward pass stopped, and the "
            "other way round: the sides of the mask are swapped.", "dz = dy · f'(z)",
        )
    for words, formula in OF_THE_OUTPUT.items():
        if not dead and relative(taken, formula(y[alive], slope[alive])) < EXPLAINED:
            yield Cause(
                "local derivative", words, f"{e.d} takes {words} for the derivative of y = f(z).",
                "dz = dy · f'(z)",
            )


def inputs_of_a_matrix(jacobian, e):
    """h where y = h W row by row, from ∂y/∂W or from what is claimed for it, else None."""
    inputs, outputs = e.value.shape
    rows = jacobian.reshape(inputs, outputs, -1, outputs)
    own = np.stack([rows[:, o, :, o] for o in range(outputs)])  # (outputs, inputs, rows)
    if np.abs(rows).sum() > np.abs(own).sum() * (1 + EXPLAINED):
        return None
    same = np.abs(own - own[0]).max() <= EXPLAINED * np.abs(own).max()
    return own[0] if same and own.any() else None


def another_input_inside(e):
    """y = h W, and dW is made with something else than h."""
    if e.is_input or e.value.ndim != 2 or not e.y.ndim or e.y.shape[-1] != e.value.shape[1]:
        return
    found = e.backward_map
    if found is None or len(found[2]) < e.y.size:
        return
    claimed, right, drawn = found
    order = np.argsort(drawn)
    h, taken = (inputs_of_a_matrix(m[:, order], e) for m in (right, claimed))
    if h is None or taken is None:
        return
    for words, f in (
        ("the ReLU", lambda z: np.maximum(z, 0)),
        ("the tanh", np.tanh),
        ("the sigmoid", sigmoid),
    ):
        if relative(f(taken), h) < EXPLAINED:
            yield Cause(
                "wrong input", f"before {words}", f"{e.d} is made with what stands before {words}; "
                f"the forward pass multiplied {e.name} by what comes out of it.",
                f"y = h {e.name}  ⇒  {e.d} = hᵀ dy",
            )
        if relative(f(h), taken) < EXPLAINED:
            yield Cause(
                "wrong input", f"twice through {words}", f"{e.d} is made with what went through "
                f"{words} once more than in the forward pass.", f"y = h {e.name}  ⇒  {e.d} = hᵀ dy",
            )
    yield Cause(
        "wrong input", "another", f"{e.d} is made with another input than the one that the forward "
        f"pass multiplied {e.name} by.", f"y = h {e.name}  ⇒  {e.d} = hᵀ dy",
    )
