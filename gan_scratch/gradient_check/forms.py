"""How somebody's forward and backward pass are called: by which names, and with what.

What backward is given follows from the names of its arguments, and from how many values forward
returned: the gradient of each output (dh, dc), a cache, an input (y_true), a learning rate. Inside
the check several outputs are one y, and dy is split again on the way back.
"""

import functools
import inspect
import re
from dataclasses import dataclass, field

import numpy as np

from gan_scratch.gradient_check.matching import bare, unmarked

# The names of methods, without underscores and capitals; the first that a class has is taken.
FORWARD = (
    "forward", "forwardpass", "forwardprop", "forwardpropagate", "forwardpropagation", "fprop",
    "feedforward", "fwd", "calculate", "call", "loss", "lossandgrads", "lossandgradients",
    "computeloss", "cost",
)  # fmt: skip
BACKWARD = (
    "backward", "backwardpass", "backwardprop", "backwardpropagate", "backwardpropagation",
    "backprop", "backpropagate", "backpropagation", "bprop", "feedbackward", "bwd", "gradient",
    "gradients", "computegradients",
)  # fmt: skip
PAIRS = ("{}_forward", "{}_backward"), ("forward_{}", "backward_{}"), ("{}_fwd", "{}_bwd")
OUTPUT = ("output", "outputs", "out", "y", "yhat", "loss", "a", "z")  # left on self by forward
INPUT = ("inputs", "input", "x", "prev", "aprev", "values", "in")  # self.dinputs, by backward
CACHE = re.compile(r"caches?|ctx|context|saved|tape|states?|memory|mem|stash|intermediates?", re.I)
TARGET = re.compile(r"y|t|(y_?)?true|targets?|labels?|expected|actual|ground_?truth", re.I)
LEARNING_RATE = re.compile(r"lr|learn(ing)?_?rate|eta|step_?size", re.I)
RATE = re.compile(rf"{LEARNING_RATE.pattern}|alpha|rate", re.I)  # of an argument of backward
GRADIENT = re.compile(
    r"d(?!ata|ict|rop|im|en|ist|iff|ep|ot|il|ec|iag|iv|raw|ebug|one|um).+|g_.+|grad.*|delta.*|"
    r"err.*|up(stream)?_.+|.+_(grad|grads|gradient|bar|error|delta)", re.I
)  # fmt: skip
GIVEN_RATE = 0.125  # a power of 2, so that a step is divided by it without rounding


class Unusable(ValueError):
    """What somebody's code returned is not what a check can use; the message says what to do."""


def method(thing, names):
    """The first method of these names that it has; None where it has none."""
    own = {bare(name.strip("_")): name for name in dir(thing) if not name.startswith("_")}
    own.setdefault("call", "__call__")
    found = (getattr(thing, own[name], None) for name in names if name in own)
    return next((one for one in found if callable(one)), None)


@dataclass
class Call:
    """One forward pass: its arguments, the values that it gave, and what each argument of backward
    is to be, as (kind, index): an output's gradient, an input, or what forward returned."""

    x: tuple
    values: list
    roles: list
    at_once: bool = False
    shapes: list = field(default_factory=list)

    def outputs(self):
        return [index for kind, index in self.roles if kind == "dy"] or [0]

    def unused(self):
        """How many arrays forward returned of which backward hears nothing."""
        used = {index for kind, index in self.roles if kind in ("dy", "kept")} | {0}
        return sum(is_floats(v) for index, v in enumerate(self.values) if index not in used)


class Form:
    """A forward and a backward pass, called as they are written. A loss may have no backward, and
    return its gradient or leave it on self.

    takes_dy    whether backward is given the gradient of y; without it, y is a loss
    is_loss     whether y is one number
    rate        the learning rate that backward is given, where it asks for one
    """

    def __init__(self, forward, backward, thing=None):
        self.functions, self.thing = (forward, backward), thing
        self.input_names = positional(forward)
        given, needed = positional(backward), required(backward)
        asks = {name for name in given if RATE.fullmatch(name)}
        if given[:1] == ["eta"]:  # which is dy there
            asks.discard("eta")
        every = [name for name in given if name not in asks]
        self.names = [name for name in every if name in needed or name == every[0]]
        rates = [name for name in needed if name in asks]
        self.settings = dict.fromkeys(rates, GIVEN_RATE)
        self.rate = GIVEN_RATE if rates else None
        self.more = [  # backward(dh, dc=None)
            name for name in every if name not in self.names and GRADIENT.fullmatch(name)
        ]
        if not every and takes_any(backward):  # backward(*gradients)
            self.more = ["dy", "cache"]
        self.takes_dy, self.is_loss, self.last, self.mean = True, False, None, False

    def forward(self, x, **settings):
        """(y, Call)."""
        result = self.functions[0](*x, **settings)
        if result is None and self.thing is not None:
            result = self.left_by_forward()
        values = list(result) if isinstance(result, tuple) and result else [result]
        bundled = isinstance(values[0], tuple) and all(map(is_floats, values[0]))
        if bundled:  # ((h, c), cache)
            values = [*values[0], *values[1:]]
        call = Call(x, values, self.roles(values))
        call.at_once = bundled and len(call.outputs()) == 1  # backward((dh, dc), cache)
        count = range(len(result[0])) if call.at_once else call.outputs()
        outputs = [an_array(values[i], self.functions[0].__name__) for i in count]
        call.shapes = [y.shape for y in outputs]
        self.takes_dy, self.last = any(kind == "dy" for kind, _ in call.roles), call
        y = side_by_side(outputs) if len(outputs) > 1 else outputs[0]
        if y.ndim and not self.takes_dy:
            if not call.roles:
                raise Unusable(
                    "only a loss does without backward(dy), and "
                    f"{self.functions[0].__name__} returned an array of shape {y.shape}: write "
                    "`def backward(self, dy): ... return dx`, or return one number"
                )
            self.mean = True  # one loss a sample
            y = y.mean()
        self.is_loss = not y.ndim
        return y, call

    def backward(self, dy, call):
        """What backward returns."""
        if self.functions[1] is None:
            return tuple(call.values[1:]) or None
        several = len(call.shapes) > 1
        parts = taken_apart(dy, call.shapes) if several else [dy]
        dys = [tuple(parts)] if call.at_once else parts
        sources = {"dy": dys, "x": call.x, "kept": call.values}
        arguments = [
            sources[kind][index] if index is not None else None for kind, index in call.roles
        ]
        result = self.functions[1](*arguments, **self.settings)
        if several:
            dy[...] = side_by_side(parts)  # so that whoever writes into dh is seen
        return result

    def roles(self, values):
        names, roles, outputs = list(self.names), [], 0
        names += self.more[: max(0, len(values) - len(names))]
        loss = np.ndim(values[0]) < 2 and self.gets_predictions(names, values)
        for position, name in enumerate(names):
            is_input = name in self.input_names
            if loss and position == 0 and not CACHE.fullmatch(name):
                roles.append(("x", self.input_names.index(name) if is_input else 0))
            elif is_input and position and len(names) > len(values):
                roles.append(("x", self.input_names.index(name)))
            elif not CACHE.fullmatch(name) and (position == 0 or (
                outputs < len(values) and GRADIENT.fullmatch(name) and is_floats(values[outputs])
            )):
                roles.append(("dy", outputs))
                outputs += 1
            else:
                roles.append(("kept", None))
        kept = [i for i, (kind, _) in enumerate(roles) if kind == "kept"]
        for back, position in enumerate(reversed(kept), start=1):
            if len(values) - back > max(outputs - 1, 0):
                roles[position] = ("kept", len(values) - back)
        return roles

    def gets_predictions(self, names, values):
        """Whether a loss's backward is given what forward was: backward(y_pred, y_true)."""
        if len(names) < 2 or len(values) > 1 or names[1] not in self.input_names:
            return False
        return names[0] in self.input_names or names[0] == "dvalues"

    def left_by_forward(self):
        own = attributes(self.thing)
        found = next((own[name] for name in OUTPUT if own.get(name) is not None), None)
        if found is None:
            raise Unusable(
                f"{self.functions[0].__name__} returned None and left no self.output: end it with "
                "`return y`"
            )
        return found

    def left_by_backward(self, index):
        """dx where backward returns nothing: self.dinputs, or d and the name of the input."""
        own = {name: v for name, v in attributes(self.thing).items() if is_floats(v)}
        names = [bare(self.input_names[index])] if index < len(self.input_names) else []
        for name in (*names, *(INPUT if index == 0 else ())):
            for label, value in own.items():
                if label != name and unmarked(label, {name}) == (name, False):
                    return value
        return next((own[n] for n in ("grad", "gradient") if n in own and not index), None)

    @property
    def hands_cache_back(self):
        return self.last is not None and any(kind == "kept" for kind, _ in self.last.roles)

    def notes(self):
        forward, backward = (getattr(one, "__name__", "") for one in self.functions)
        if len(self.last.shapes) > 1:
            names = zip(self.names + self.more, self.last.roles, strict=False)
            given = " and ".join(name for name, (kind, _) in names if kind == "dy")
            shapes = " and ".join(map(str, self.last.shapes))
            yield (
                f"{forward} returns {len(self.last.shapes)} outputs, of shapes {shapes}; here they "
                f"are one y, and dy is taken apart into {given}."
            )
        elif backward and self.last.unused():
            yield (
                f"{backward} takes the gradient of the first value that {forward} returns, so no "
                "other one is checked."
            )
        if self.mean:
            yield f"{forward} returns one loss a sample; y is their mean."
        if self.rate:
            yield f"a step of {backward} is divided by the learning rate that it was given."


def side_by_side(outputs):
    """Several arrays as one: next to each other where all have the same first axis."""
    n = outputs[0].shape[:1]
    if n and n[0] and all(y.shape[:1] == n for y in outputs):
        return np.concatenate([y.reshape(n[0], -1) for y in outputs], axis=1)
    return np.concatenate([y.ravel() for y in outputs])


def taken_apart(dy, shapes):
    """The other way round."""
    sizes = [int(np.prod(shape[dy.ndim - 1 :])) for shape in shapes]
    parts = np.split(dy, np.cumsum(sizes)[:-1], axis=-1)
    return [part.reshape(shape).copy() for part, shape in zip(parts, shapes, strict=True)]


def joined(values, y):
    """Outputs in the form of y, a dict, tuple or list, as one; what is missing or None is 0. An
    array stays as it is."""
    if values is None or not isinstance(y, (dict, tuple, list)):
        return values
    values = by_key(values)
    return side_by_side([
        np.zeros_like(part) if values.get(name) is None else values[name]
        for name, part in by_key(y).items()
    ])


def parted(dy, y):
    """The other way round: dy in the form of y."""
    if dy is None or not isinstance(y, (dict, tuple, list)):
        return dy
    parts = taken_apart(dy, [np.shape(part) for part in by_key(y).values()])
    if isinstance(y, dict):
        return dict(zip(y, parts, strict=True))
    return parts if isinstance(y, list) else tuple(parts)


def by_key(y):
    return y if isinstance(y, dict) else dict(enumerate(y))


def attributes(thing):
    """The attributes of an object, by their bare names."""
    return {bare(name): value for name, value in getattr(thing, "__dict__", {}).items()}


def is_floats(value):
    numbers = isinstance(value, (np.ndarray, np.floating, float))
    return numbers and np.asarray(value).dtype.kind == "f"


def an_array(y, function):
    if not isinstance(y, (np.ndarray, np.generic, float)):
        raise Unusable(
            f"{function} returned {type(y).__name__}, wanted y, or (y, cache) with y an array; "
            "np.array(...) makes one"
        )
    y = np.asarray(y)
    if y.dtype != np.float64:
        why = "which has too few digits" if y.dtype.kind == "f" else "which has no derivative"
        raise Unusable(
            f"{function} returned an array of {y.dtype}, {why}: compute in the dtype of x, which "
            "is float64 here, as in np.zeros(shape, x.dtype), and without astype"
        )
    return y


@functools.lru_cache(maxsize=64)
def parameters_of(function):
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def positional(function):
    """Names of the arguments that may be given in order."""
    return [
        name for name, p in parameters_of(function).items()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]


def required(function):
    """Names of the arguments without which it can't be called."""
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        name for name, p in parameters_of(function).items()
        if p.default is p.empty and p.kind not in variable
    ]


def takes_any(function):
    kinds = {parameter.kind for parameter in parameters_of(function).values()}
    return inspect.Parameter.VAR_POSITIONAL in kinds


def takes_several(function, count):
    """Whether so many inputs are handed to it one by one: forward(a, b), and not forward(x). The
    target of a loss(X, y=None) is one of them."""
    needed = required(function)
    given = [n for n in positional(function) if n in needed or TARGET.fullmatch(n)]
    return len([n for n in given if n in needed]) > 1 or len(given) >= count or takes_any(function)


def by_name(given, names):
    """name -> value, from a dict whose keys are called after the gradients of these names; they
    are names -> shapes."""
    found = {}
    for key, value in given.items():
        name, short = (key, False) if key in names else unmarked(str(key), set(names))
        if name is not None and not (short and np.shape(value) != names[name]):
            found.setdefault(name, value)
    return found
