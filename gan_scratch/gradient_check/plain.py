"""Somebody's own code as a Subject: a class, two functions, or a loss, none of which inherits.

    PlainLayer      a class with forward and backward
    FunctionPair    two functions, as in courses without classes
    LossFunction    a function that returns a loss and its gradients

np.random's own generator, of which courses draw their masks, is put back before each call as well.
"""

import copy
import inspect

import numpy as np

from gan_scratch.gradient_check.subject import Subject, sized

FLAGS = ("training", "train", "is_training", "train_mode")  # an argument of forward, in courses
DICTS = (("params", "grads"), ("parameters", "gradients"), ("params", "gradients"))
USUAL = ("W", "w", "weight", "weights", "b", "bias", "gamma", "beta")  # names of parameters
GRADIENT_NAMES = ("d{}", "{}_grad", "grad_{}", "{}_gradient", "gradient_{}", "d_{}", "g{}")


class Unusable(ValueError):
    """What somebody's code returned is not what a check can use; the message says what to do."""


class PlainLayer(Subject):
    """Somebody's class: forward(x) returns (y, cache) or y, backward takes (dy, cache) or dy.

    A tuple of inputs is handed over as forward(a, b), or as it is to a forward(x); dx is then
    one for each. Its parameters are attributes with a gradient beside them (W and dW), or stand
    in a dict beside a dict of gradients (params and grads), or backward returns their gradients
    behind dx. Each call is made on a copy of the object as it was.
    """

    def __init__(self, layer, x, training=True):
        several = isinstance(x, tuple) or (
            isinstance(x, list) and all(isinstance(part, np.ndarray) for part in x)
        )
        super().__init__(x if several else (x,), several)
        self.original, self.training = copy.deepcopy(layer), training
        signature = parameters_of(layer.forward)
        self.one_by_one = several and takes_several(layer.forward)
        self.flag = next((name for name in FLAGS if name in signature), None)
        self.takes_cache = len(required(layer.backward)) > 1
        self.object = self.slots = None
        self.slots = self.find_parameters()
        self.values.update({
            name: np.array(slot.value(self.original), np.float64)
            for name, slot in self.slots.items()
        })

    def find_parameters(self):
        """name -> Slot, found by what has a gradient after one call."""
        used = copy.deepcopy(self.original)
        for values, gradients in DICTS:
            held = getattr(used, values, None)
            if isinstance(held, dict) and isinstance(getattr(used, gradients, None), dict):
                return {name: Slot(name, values, gradients) for name in held}
        arrays = [
            name for name, value in vars(used).items()
            if isinstance(value, np.ndarray) and value.dtype.kind == "f"
        ]
        if not arrays:
            return {}
        self.object, self.slots = used, {}
        y, cache = self.forward(self.x())
        self.returned = None
        self.backward(np.ones(y.shape), cache)
        found = {}
        for name in arrays:
            gradient = next(
                (word.format(name) for word in GRADIENT_NAMES if hasattr(used, word.format(name))),
                None,
            )
            if gradient is not None:
                found[name] = Slot(name, None, gradient)
        if not found and isinstance(self.returned, (tuple, list)):
            extra = len(self.returned) - len(self.inputs)
            return {name: Slot(name, None, None) for name in arrays[:extra]}
        for name in arrays:
            if name in USUAL and name not in found:  # a parameter, surely: its gradient is missing
                found[name] = Slot(name, None, f"d{name}")
        return {name: found[name] for name in arrays if name in found}

    def fresh(self, changed=()):
        self.put_back_draws()
        self.object = copy.deepcopy(self.original)
        for name, slot in self.slots.items():
            slot.put(self.object, np.array(changed[name] if name in changed else self.values[name]))
        return self

    def forward(self, x):
        given = {self.flag: self.training} if self.flag else {}
        result = self.object.forward(*(x if self.one_by_one else (x,)), **given)
        y, cache = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        self.hands_cache_back = isinstance(result, tuple)
        return an_array(y, "forward", "y, or (y, cache)"), cache

    def backward(self, dy, cache):
        self.returned = self.object.backward(*((dy, cache) if self.takes_cache else (dy,)))
        slots = self.slots.items()
        claims = {name: slot.gradient(self.object) for name, slot in slots}
        dx = self.returned
        if isinstance(dx, list) and not all(isinstance(part, np.ndarray) for part in dx):
            raise Unusable("backward returned a list, wanted an array: np.array(...) makes one")
        if isinstance(dx, dict):
            named = {key.removeprefix("d"): value for key, value in dx.items()}
            return {name: named.get(name, claims.get(name)) for name in self.values}
        parts = list(dx) if isinstance(dx, (tuple, list)) else [dx]
        claims.update(zip(self.input_names(), parts, strict=False))
        behind = parts[len(self.inputs) :]
        returned = (name for name, slot in slots if slot.attribute is None)
        claims.update(zip(returned, behind, strict=False))
        return {name: self.gradient(name, claims.get(name)) for name in self.values}

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

    def with_inputs(self, inputs, values):
        other = copy.copy(self)
        Subject.__init__(other, inputs, self.several)
        other.values.update(values)
        return other

    def with_settings(self, **settings):
        other = copy.copy(self)
        other.original = copy.deepcopy(self.original)
        vars(other.original).update(settings)
        return other


class Slot:
    """Where an object keeps one parameter and its gradient: as attributes or in two dicts."""

    def __init__(self, name, values, attribute):
        self.name, self.values, self.attribute = name, values, attribute

    def value(self, held):
        return getattr(held, self.values)[self.name] if self.values else getattr(held, self.name)

    def put(self, held, value):
        if self.values:
            getattr(held, self.values)[self.name] = value
        else:
            setattr(held, self.name, value)

    def gradient(self, held):
        if self.attribute is None:
            return None
        if self.values:
            gradients = getattr(held, self.attribute)
            return gradients.get(self.name, gradients.get(f"d{self.name}"))
        return getattr(held, self.attribute, None)


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
        return FunctionPair(*self.functions, inputs)

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
        claims = dict(zip(self.values, result[1:], strict=False))
        # Nobody has to say what a target's gradient would be.
        self.values = {name: self.values[name] for name in claims if claims[name] is not None}
        return np.asarray(result[0], np.float64), claims

    def backward(self, dy, cache):
        return {name: np.multiply(dy, cache[name]) for name in self.values}

    def with_inputs(self, inputs, values):
        return LossFunction(self.functions[0], inputs)

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
