"""Hypotheses about z = x W + b inside of a layer, whatever is made of z.

What the backward pass takes for ∂y/∂z is read off its gradient of W, as the right ∂y/∂z is off the
Jacobian: both are xᵀ ∂y/∂z. There a nonlinearity of z is seen that is differentiated wrongly, and
whether a wrong dx comes of a wrong dz. Each is a generator of the causes that explain one Evidence.
"""

from dataclasses import dataclass, replace

import numpy as np

from gan_scratch.gradient_check.evidence import EXPLAINED, Cause, relative
from gan_scratch.gradient_check.hypotheses.functions import FORMULAS, sigmoid

NONLINEARITIES = {  # name -> (f of z, f' of z and f)
    "sigmoid": (sigmoid, lambda z, y: y * (1 - y)),
    "tanh": (np.tanh, lambda z, y: 1 - y**2),
    "ReLU": (lambda z: np.maximum(z, 0), lambda z, y: (z > 0) * 1.0),
    "exponential": (np.exp, lambda z, y: y),
    "softplus": (lambda z: np.logaddexp(z, 0), lambda z, y: sigmoid(z)),
}


@dataclass
class Step:
    """z = x W + b, as the numbers of y that were drawn see it, each from its own sample.

    matrix, input   W, (inputs, units), and the name of x
    words           x W + b, by their names
    samples         which one it is, for each number of y
    z               (numbers of y, rows of a sample, units)
    right, claimed  of the same shape: ∂y/∂z, and what the backward pass takes for it
    """

    matrix: np.ndarray
    input: str
    words: str
    samples: np.ndarray
    z: np.ndarray
    right: np.ndarray
    claimed: np.ndarray

    @property
    def wrong(self):
        return relative(self.claimed, self.right) > EXPLAINED


def product(e):
    """The Step z = x W of this matrix W, else None."""
    if e.is_input or e.value.ndim != 2 or e.backward_map is None:
        return None
    claimed, right, drawn = e.backward_map
    samples = drawn // (e.y.size // len(e.y))
    for name in e.subject.input_names():
        x = e.subject.values.get(name)
        if x is None or x.ndim < 2 or len(x) != len(e.y):
            continue
        rows = x.reshape(len(x), -1, x.shape[-1])
        for turned in (False, True):
            matrix = e.value.T if turned else e.value
            if len(matrix) != x.shape[-1] or rows.shape[1] > len(matrix):
                continue
            parts = [
                divided(rows[samples], ways.T.reshape(-1, *e.value.shape), turned)
                for ways in (right, claimed)
            ]
            if not any(part is None for part in parts):
                z = (rows @ matrix)[samples]
                return Step(matrix, name, f"{name} {e.name}", samples, z, *parts)
    return None


def divided(x, ways, turned):
    """Z with xᵀ Z = ways for each number of y, where there is one."""
    ways = ways.swapaxes(1, 2) if turned else ways
    across = x.swapaxes(1, 2)
    z = np.linalg.pinv(across) @ ways
    return z if relative(across @ z, ways) < EXPLAINED else None


def is_added(step, other):
    """Whether this parameter is the bias that is added to z."""
    units = step.right.shape[2:]
    if other.is_input or other.value.shape != units or other.backward_map is None:
        return False
    return relative(other.backward_map[1].T, step.right.sum(axis=1)) < EXPLAINED


def steps(e):
    """name of a matrix -> Step, with all that is added to z: other products, and the bias."""
    found = {name: step for name, other in e.others.items() if (step := product(other))}
    complete = {}
    for name, step in found.items():
        added = [
            other for other in found.values()
            if other.right.shape == step.right.shape
            and relative(other.right, step.right) < EXPLAINED
        ]
        biases = [other for other in e.others.values() if is_added(step, other)]
        complete[name] = replace(
            step,
            words=" + ".join([part.words for part in added] + [bias.name for bias in biases]),
            z=sum(part.z for part in added) + sum(bias.value for bias in biases),
        )
    return complete


def step_of(e):
    """The Step that this matrix makes, or that this bias is added in, as far as its own gradient
    shows what is taken for ∂y/∂z."""
    for name, step in steps(e).items():
        if name == e.name:
            return step
        if step.right.shape[1] == 1 and is_added(step, e):
            return replace(step, claimed=e.backward_map[0].T[:, None])
    return None


def another_nonlinearity(e):
    """What stands for f' is not f', in all units of z or in some."""
    step = step_of(e) if not e.is_input and e.y.ndim else None
    if step is None or not step.wrong:
        return
    small = EXPLAINED * np.abs(step.right).max()
    units = (np.abs(step.claimed - step.right) > small).any(axis=(0, 1))
    z, right, claimed = (part[..., units] for part in (step.z, step.right, step.claimed))
    where = "" if units.all() else f", in units {np.flatnonzero(units).tolist()}"
    formula = "a = f(z)  ⇒  dz = f'(z) da"
    with np.errstate(all="ignore"):
        for name, (f, slope_by) in NONLINEARITIES.items():
            y = f(z)
            slope = slope_by(z, y)
            dead = slope == 0
            if np.abs(claimed * slope - right).max() <= small:
                yield Cause(
                    "derivative not applied", name, f"{e.d}: behind {step.words} stands a {name}, "
                    f"the derivative of which is not applied{where}.", formula,
                )
            if dead.any():
                continue
            for words, other in FORMULAS.items():
                if np.abs(claimed * slope - right * other(z, y, slope)).max() <= small:
                    yield Cause(
                        "local derivative", f"{name}, {words}", f"{e.d}: behind {step.words} "
                        f"stands a {name}, y = f(x), and {words} is taken for its derivative"
                        f"{where}.", formula,
                    )
    yield from another_softmax(e, step, small)


def another_softmax(e, step, small):
    weights = np.exp(step.z - step.z.max(axis=-1, keepdims=True))
    y = weights / weights.sum(axis=-1, keepdims=True)

    for word, about, words, da in (
        ("off-diagonal", "", "as if each of its numbers stood alone", step.claimed / (y * (1 - y))),
        ("off-diagonal", "y", "as if each of its numbers stood alone", step.claimed / y),
        ("derivative not applied", "softmax", "not at all", step.claimed),
    ):
        through = y * (da - (y * da).sum(axis=-1, keepdims=True))
        if np.abs(through - step.right).max() <= small:
            yield Cause(
                word, about, f"{e.d}: the softmax behind {step.words} is differentiated {words}.",
                "a = softmax(z)  ⇒  dz = a (da - Σ a da)",
            )


def way_through_a_matrix(e):
    """x goes through several matrices, and the way back through one of them is wrong."""
    if not e.is_input or e.backward_map is None:
        return
    claimed, right, _ = e.backward_map
    ways = {n: through(e, s, s.right) for n, s in steps(e).items() if s.input == e.name}
    for word, words, of_right, of_way in (
        ("path missing", "is missing", 1, -1),
        ("path missing", "alone is there", 0, 1),
        ("path twice", "is counted twice", 1, 1),
        ("sign", "has the other sign", 1, -2),
    ):
        for name, way in ways.items():
            if relative(claimed, of_right * right + of_way * way) < EXPLAINED:
                yield Cause(
                    word, name, f"{e.d}: the way of {e.name} through {name} {words}.",
                    f"{e.d} = Σ over all ways from {e.name} to y",
                )


def through(e, step, dz):
    """What dz adds to ∂y/∂x, for each number of y."""
    ways = np.zeros((len(dz), len(e.value), e.value[0].size))
    ways[np.arange(len(dz)), step.samples] = (dz @ step.matrix.T).reshape(len(dz), -1)
    return ways.reshape(len(dz), -1).T


def carried_on(e):
    """Names of the matrices of which this wrong dx comes: it is right but for what their own wrong
    gradients take for dz."""
    if not e.is_input or e.backward_map is None:
        return ()
    claimed, right, _ = e.backward_map
    wrong = {n: step for n, step in steps(e).items() if step.input == e.name and step.wrong}
    error = sum(through(e, step, step.claimed - step.right) for step in wrong.values())
    return tuple(wrong) if wrong and relative(claimed - right, error) < EXPLAINED else ()
