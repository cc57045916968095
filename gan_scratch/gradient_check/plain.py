"""Somebody's own code as a Subject: a class, two functions, or a loss, none of which inherits.

    PlainLayer      a class with forward and backward
    FunctionPair    two functions, as in courses without classes
    LossFunction    a function that returns a loss and its gradients

np.random's own generator, of which courses draw their masks, is put back before each call as well.
"""

import copy
import inspect

import numpy as np

from gan_scratch.gradient_check import learnt
from gan_scratch.gradient_check.holdings import Holdings, as_floats, moving, nearby, words
from gan_scratch.gradient_check.matching import RETURNED
from gan_scratch.gradient_check.subject import Subject, declared, sized

FLAGS = ("training", "train", "is_training", "train_mode")  # an argument of forward, in courses


class Unusable(ValueError):
    """What somebody's code returned is not what a check can use; the message says what to do."""


class PlainLayer(Subject):
    """Somebody's class: forward(x) returns (y, cache) or y, backward takes (dy, cache) or dy.

    A tuple of inputs is handed over as forward(a, b), or as it is to a forward(x); dx is then
    one for each. What is learnt is found by what it does: every array that hangs on the object and
    moves y (learnt.py). Each call begins with the object as it was; `restore` leaves it so.

    constants       names of arrays that are not to be learnt, beside those in an attribute
                    `constants` of the object, and arrays that may not be written
    """

    def __init__(self, layer, x, training=True, constants=()):
        several = isinstance(x, tuple) or (
            isinstance(x, list) and all(isinstance(part, np.ndarray) for part in x)
        )
        super().__init__(x if several else (x,), several)
        self.object, self.training, self.returned = layer, training, None
        signature = parameters_of(layer.forward)
        self.one_by_one = several and takes_several(layer.forward)
        self.flag = next((name for name in FLAGS if name in signature), None)
        self.takes_cache = len(required(layer.backward)) > 1
        self.learnt, self.settings, self.may_step = {}, {}, ()
        self.as_given = Holdings(**{"": layer})
        try:
            self.as_given.in_float64()
            self.beginning = self.with_what_forward_makes()
            self.learnt, self.not_compared, self.numbers, self.may_step = learnt.find(
                self, declared(layer, constants)
            )
        except BaseException:
            self.restore()
            raise
        self.values.update({
            name: as_floats(one.place.content) for name, one in self.learnt.items()
        })

    def with_what_forward_makes(self):
        """What hangs on the object; after a first pass, where that makes weights."""
        self.beginning = Holdings(**{"": self.object})
        known = {id(place.value) for place in self.beginning.places}
        draws = np.random.get_state()
        self.passes["forward"] += 1
        self.forward(self.x())
        later = Holdings(**{"": self.object})
        made = [p for p in later.places if p.is_array and id(p.value) not in known]
        before, self.beginning = self.beginning, later
        self.beginning = later if moving(self, made) else before
        self.beginning.restore()
        np.random.set_state(draws)
        return self.beginning

    def restore(self):
        self.as_given.restore()

    def fresh(self, changed=()):
        self.put_back_draws()
        self.beginning.restore()
        for name, value in self.settings.items():
            setattr(self.object, name, value)
        self.begun_with = {
            name: np.array(changed[name] if name in changed else self.values[name])
            for name in self.learnt
        }
        for name, value in self.begun_with.items():
            self.learnt[name].place.write(value)
        return self

    def write_weights(self):
        for place in self.may_step:
            place.write_back(place.content)
        for name, value in self.begun_with.items():
            self.learnt[name].place.write(value)

    def forward(self, x):
        given = {self.flag: self.training} if self.flag else {}
        result = self.object.forward(*(x if self.one_by_one else (x,)), **given)
        y, cache = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        self.hands_cache_back = isinstance(result, tuple)
        return an_array(y, "forward", "y, or (y, cache)"), cache

    def call_backward(self, dy, cache):
        self.returned = self.object.backward(*((dy, cache) if self.takes_cache else (dy,)))
        return self.returned

    def backward(self, dy, cache):
        dx = self.call_backward(dy, cache)
        if isinstance(dx, list) and not all(isinstance(part, np.ndarray) for part in dx):
            raise Unusable("backward returned a list, wanted an array: np.array(...) makes one")
        if isinstance(dx, dict):
            parts = [self.dx_in(dx, name) for name in self.input_names()]
        else:
            parts = list(dx) if isinstance(dx, (tuple, list)) else [dx]
        claims = dict(zip(self.input_names(), parts, strict=False))
        for name, one in self.learnt.items():
            claims[name] = one.claim(self, self.begun_with[name])
        return {name: self.gradient(name, claims.get(name)) for name in self.values}

    def dx_in(self, returned, name):
        """dx in a dict: under its name, or the only one of its shape that is no weight's."""
        for key in (f"d{name}", name):
            if key in returned:
                return returned[key]
        paths = [getattr(one.gradient, "path", ()) for one in self.learnt.values()]
        rest = [
            part for key, part in returned.items()
            if (RETURNED, key) not in paths and np.shape(part) == np.shape(self.values[name])
        ]
        return rest[0] if len(rest) == 1 else None

    def gradient(self, name, claim):
        if claim is None:
            return None
        claim = np.array(claim)
        if claim.dtype.kind != "f":
            raise Unusable(
                f"{self.quantity(name)} is an array of {claim.dtype}, which has no decimals: "
                "compute in the dtype of x, as in np.zeros(shape, x.dtype)"
            )
        return claim

    def notes(self):
        x = self.x()
        y, _ = self.fresh().forward(x)
        if any(np.shares_memory(y, part) for part in (x if self.several else (x,))):
            yield (
                "y is a view of x: whoever writes into one changes the other; return a copy, "
                "unless this layer only gives x another shape."
            )
        yield from super().notes()

    def with_inputs(self, inputs, values):
        other = copy.copy(self)
        other.hold_inputs(inputs)
        other.values.update(values)
        return other

    def with_settings(self, **settings):
        other = copy.copy(self)
        other.settings = {**self.settings, **settings}
        return other


class FunctionPair(Subject):
    """forward(x, w, b) -> (out, cache) and backward(dout, cache) -> (dx, dw, db)."""

    def __init__(self, forward, backward, inputs):
        self.functions = forward, backward
        super().__init__(inputs, True)

    def input_names(self):
        return list(parameters_of(self.functions[0]))[: len(self.inputs)]

    def quantity(self, name):
        return f"d{name}"

    def is_input(self, name):
        return name == self.input_names()[0]

    def fresh(self, changed=()):
        self.put_back_draws()
        return self

    def look_around(self, constants):
        """Arrays in globals, closures and classes that the forward pass can reach."""
        found = moving(self, Holdings(**{"": self.functions[0]}).places)
        found = [place for place in found if words(place.path) not in constants]
        self.not_compared = [words(place.path) for place in found if place.is_array]
        self.numbers = [words(place.path) for place in found if place.is_number]

    def forward(self, x):
        result = self.functions[0](*x)
        if not isinstance(result, tuple) or len(result) != 2:
            raise Unusable(f"{self.functions[0].__name__} must return (y, cache)")
        return an_array(result[0], self.functions[0].__name__, "(y, cache)"), result[1]

    def backward(self, dy, cache):
        result = self.functions[1](dy, cache)
        parts = list(result) if isinstance(result, (tuple, list)) else [result]
        names = self.input_names() if len(parts) > len(self.values) else list(self.values)
        claims = dict(zip(names, parts, strict=False))
        return {name: claims.get(name) for name in self.values}

    def with_inputs(self, inputs, values):
        return FunctionPair(*self.functions, inputs).fix(self.fixed)

    def resized(self, samples, growth):
        """The first input is the batch; whatever else there is stays as large as it is."""
        return [sized(self.inputs[0].shape, samples, growth)] + [p.shape for p in self.inputs[1:]]


class LossFunction(FunctionPair):
    """function(score, ...) -> (loss, gradient of each score)."""

    def __init__(self, function, inputs):
        super().__init__(function, None, inputs)

    def forward(self, x):
        result = self.functions[0](*x)
        if not isinstance(result, tuple) or len(result) < 2 or np.shape(result[0]) != ():
            raise Unusable(f"{self.functions[0].__name__} must return (loss, gradient, ...)")
        given = result[1] if len(result) == 2 and isinstance(result[1], dict) else None
        if given is None:
            claims = dict(zip(self.values, result[1:], strict=False))
        else:  # {"dW": ..., "b": ...}
            claims = {n: given.get(f"d{n}", given.get(n)) for n in self.values}
            if all(claim is None for claim in claims.values()):
                raise Unusable(
                    f"{self.functions[0].__name__} returned gradients called "
                    f"{', '.join(map(str, given))}, wanted d and the name of an input: "
                    f"{', '.join(f'd{name}' for name in claims)}"
                )
        # Nobody has to say what a target's gradient would be.
        self.values = {name: self.values[name] for name in claims if claims[name] is not None}
        return np.asarray(result[0], np.float64), claims

    def backward(self, dy, cache):
        return {name: np.multiply(dy, cache[name]) for name in self.values}

    def look_around(self, constants):
        """Besides, inputs that have no gradient, as a target: they move the loss."""
        super().look_around(constants)
        rng, y = np.random.default_rng(3), self.output()
        for name, part in zip(self.input_names(), self.inputs, strict=True):
            if name in self.values or part.dtype.kind != "f" or name in constants:
                continue
            other = self.drawn(name, part, part.shape, rng)  # labels stay labels
            other = nearby(part, rng) if np.array_equal(other, part) else other
            if not np.array_equal(self.output({name: other}), y, equal_nan=True):
                self.not_compared.append(name)

    def with_inputs(self, inputs, values):
        return LossFunction(self.functions[0], inputs).fix(self.fixed)

    def drawn(self, name, part, shape, rng):
        """Probabilities stay such, and of what has no gradient, as a target, whole rows are drawn:
        labels stay labels, and rows of one 1 stay rows of one 1."""
        if name in self.values:
            if part.size and 0 < part.min() and part.max() < 1:
                return probabilities_like(part, shape, rng)
            return super().drawn(name, part, shape, rng)
        if part.ndim and part.size and part.shape[1:] == tuple(shape[1:]):
            return rng.choice(part, shape[0])
        return rng.choice(part.ravel(), shape) if part.size else np.zeros(shape, part.dtype)

    def resized(self, samples, growth):
        n = self.inputs[0].shape[:1]
        return [
            sized(part.shape, samples if part.shape[:1] == n else None, growth)
            for part in self.inputs
        ]


def probabilities_like(part, shape, rng):
    drawn = rng.uniform(0.05, 0.95, shape)
    whole = part.ndim > 1 and np.allclose(part.sum(axis=-1), 1)
    return drawn / drawn.sum(axis=-1, keepdims=True) if whole else drawn


def an_array(y, function, wanted):
    if not isinstance(y, (np.ndarray, np.generic, float)):
        raise Unusable(
            f"{function} returned {type(y).__name__}, wanted {wanted} with y an array; "
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


def parameters_of(function):
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def takes_several(function):
    """Whether several inputs are handed to it one by one: forward(a, b), and not forward(x)."""
    kinds = {parameter.kind for parameter in parameters_of(function).values()}
    return len(required(function)) > 1 or inspect.Parameter.VAR_POSITIONAL in kinds


def required(function):
    """Names of the arguments without which it can't be called."""
    return [
        name for name, parameter in parameters_of(function).items()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
