"""Somebody's own code as a Subject: a class, two functions, or a loss, none of which inherits.

    PlainLayer      a class with forward and backward
    FunctionPair    two functions, as in courses without classes
    LossFunction    a function that returns a loss and its gradients

np.random's own generator, of which courses draw their masks, is put back before each call as well.
"""

import copy

import numpy as np

from gan_scratch.gradient_check import learnt
from gan_scratch.gradient_check.forms import (
    BACKWARD,
    FORWARD,
    TARGET,
    Form,
    Unusable,
    by_name,
    method,
    parameters_of,
    takes_several,
)
from gan_scratch.gradient_check.holdings import Holdings, as_floats, moving, nearby, words
from gan_scratch.gradient_check.matching import RETURNED
from gan_scratch.gradient_check.subject import Subject, declared, sized

FLAGS = ("training", "train", "is_training", "train_mode")  # an argument of forward, in courses


class Written(Subject):
    """What somebody's classes and functions share: a Form, unless a loss has its gradients."""

    form = None

    @property
    def is_loss(self):
        return self.form is None or self.form.is_loss

    def called(self, x, **settings):
        y, call = self.form.forward(x, **settings)
        self.hands_cache_back = self.form.hands_cache_back
        return y, call

    def times(self, dy, claims):
        """The gradients for this dy, where the backward pass of a loss was given none."""
        if self.form and self.form.takes_dy:
            return claims
        return {name: None if c is None else np.multiply(dy, c) for name, c in claims.items()}

    def in_turn(self, names, parts):
        """name -> gradient, from those that are returned in order. One alone of a loss is not its
        target's."""
        if self.is_loss and len(parts) == 1:
            names = sorted(names, key=lambda name: bool(TARGET.fullmatch(self.own_name(name))))
        return dict(zip(names, parts, strict=False))

    def own_name(self, name):
        """What forward calls this input."""
        own = self.form.input_names if self.form and self.is_input(name) else ()
        return dict(zip(self.input_names(), own, strict=False)).get(name, name)

    def leave_out(self, nobody_needs_any=False):
        """A loss needs no gradient of its target: inputs of which nothing is claimed are fixed."""
        if nobody_needs_any or self.form and self.is_loss:
            claims = self.claims(np.ones(self.output().shape))
            unclaimed = [name for name in self.input_names() if claims.get(name) is None]
            if nobody_needs_any or len(unclaimed) < len(self.inputs):
                self.fix(unclaimed)

    def look_around(self, constants):
        """Inputs that have no gradient, and move y, are named as not compared."""
        rng, y = np.random.default_rng(3), self.output()
        for name, part in zip(self.input_names(), self.inputs, strict=True):
            if name in self.values or part.dtype.kind != "f" or name in constants:
                continue
            other = self.drawn(name, part, part.shape, rng)  # labels stay labels
            other = nearby(part, rng) if np.array_equal(other, part) else other
            if not np.array_equal(self.output({name: other}), y, equal_nan=True):
                self.not_compared.append(name)

    def drawn(self, name, part, shape, rng):
        """Of a loss: probabilities stay such, and of what has no gradient, as a target, whole rows
        are drawn: labels stay labels, and rows of one 1 stay rows of one 1."""
        if not self.is_loss:
            return super().drawn(name, part, shape, rng)
        if name in self.values:
            if not (part.size and 0 < part.min() and part.max() < 1):
                return super().drawn(name, part, shape, rng)
            drawn = rng.uniform(0.05, 0.95, shape)
            whole = part.ndim > 1 and np.allclose(part.sum(axis=-1), 1)
            return drawn / drawn.sum(axis=-1, keepdims=True) if whole else drawn
        if part.ndim and part.size and part.shape[1:] == tuple(shape[1:]):
            return rng.choice(part, shape[0])
        if part.ndim > 1 and np.isin(part, (0, 1)).all() and (part.sum(axis=-1) == 1).all():
            return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
        return rng.choice(part.ravel(), shape) if part.size else np.zeros(shape, part.dtype)

    def notes(self):
        yield from self.form.notes() if self.form else ()
        if self.moves:
            yield (
                f"backward moves {', '.join(self.moves)}, not by a learning rate times a gradient: "
                "an optimiser that remembers, or not what belongs there."
            )
        yield from super().notes()


class PlainLayer(Written):
    """Somebody's class: forward(x) returns (y, cache) or y, backward takes (dy, cache) or dy, and
    what else forms.py knows.

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
        self.object = self.root = layer
        self.training, self.returned = training, None
        self.form = Form(method(layer, FORWARD), method(layer, BACKWARD), layer)
        forward = self.form.functions[0]
        self.one_by_one = several and takes_several(forward, len(self.inputs))
        self.flag = next((name for name in FLAGS if name in parameters_of(forward)), None)
        self.learnt, self.settings, self.may_step, self.moves = {}, {}, (), []
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
        self.leave_out_what_nobody_claims()

    def leave_out_what_nobody_claims(self):
        """A loss needs no gradient of a target, nor a network one of x, which is data: that is what
        returns a dict of its weights' gradients, or has several matrices and returns nothing."""
        matrices = sum(one.place.is_array and one.place.value.ndim > 1
                       for one in self.learnt.values())
        network = isinstance(self.returned, dict) or self.returned is None and matrices > 1
        self.leave_out(bool(self.learnt) and (network or self.is_loss))

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

    def stepped(self):
        return [name for name, one in self.learnt.items() if isinstance(one.gradient, learnt.Step)]

    def write_weights(self):
        for place in self.may_step:
            place.write_back(place.content)
        for name, value in self.begun_with.items():
            self.learnt[name].place.write(value)

    def forward(self, x):
        given = {self.flag: self.training} if self.flag else {}
        return self.called(x if self.one_by_one else (x,), **given)

    def call_backward(self, dy, cache):
        self.returned = self.form.backward(dy, cache)
        return self.returned

    def backward(self, dy, cache):
        dx = self.call_backward(dy, cache)
        if isinstance(dx, list) and not all(isinstance(part, np.ndarray) for part in dx):
            raise Unusable("backward returned a list, wanted an array: np.array(...) makes one")
        if isinstance(dx, dict):
            parts = [self.dx_in(dx, name) for name in self.input_names()]
        elif dx is None:
            parts = [self.form.left_by_backward(i) for i in range(len(self.inputs))]
        else:
            parts = list(dx) if isinstance(dx, (tuple, list)) else [dx]
        names = self.input_names()
        if len(parts) < len(names):
            names = [name for name in names if name in self.values]
        claims = self.in_turn(names, parts)
        for name, one in self.learnt.items():
            claims[name] = one.claim(self, self.begun_with[name])
        return self.times(
            dy, {name: self.gradient(name, claims.get(name)) for name in self.values}
        )

    def dx_in(self, returned, name):
        """dx in a dict: under its name, or the only one of its shape that is no weight's."""
        shape = self.inputs[self.input_names().index(name)].shape
        found = by_name(returned, dict.fromkeys([name, self.own_name(name)], shape))
        if found:
            return next(iter(found.values()))
        paths = [getattr(one.gradient, "path", ()) for one in self.learnt.values()]
        others = by_name(returned, {self.own_name(n): () for n in self.input_names()}).values()
        rest = [
            part for key, part in returned.items()
            if (RETURNED, key) not in paths and np.shape(part) == shape
            and not any(part is other for other in others)
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


class FunctionPair(Written):
    """forward(x, w, b) -> (out, cache) and backward(dout, cache) -> (dx, dw, db)."""

    def __init__(self, forward, backward, inputs):
        self.functions, self.root = (forward, backward), forward
        self.form = Form(forward, backward) if backward else None
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
        self.leave_out()
        found = moving(self, Holdings(**{"": self.functions[0]}).places)
        found = [place for place in found if words(place.path) not in constants]
        self.not_compared = [words(place.path) for place in found if place.is_array]
        self.numbers = [words(place.path) for place in found if place.is_number]
        super().look_around(constants)

    def forward(self, x):
        return self.called(x)

    def backward(self, dy, cache):
        return self.times(dy, self.claimed(self.form.backward(dy, cache)))

    def claimed(self, result):
        """name -> gradient, from what somebody's function returned: in order, or by name."""
        shapes = {n: x.shape for n, x in zip(self.input_names(), self.inputs, strict=True)}
        parts, named = [], {}
        for part in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(part, dict):
                named.update(by_name(part, shapes))
            elif isinstance(part, (tuple, list)):  # (loss, (dW, db))
                parts += part
            else:
                parts.append(part)
        names = list(shapes) if len(parts) > len(self.values) else list(self.values)
        names = [name for name in names if name not in named]
        last = names[-len(parts) :]  # (X, labels, W, b) -> (dW, db)
        given = [np.shape(part) for part in parts]
        if [shapes[n] for n in names[: len(parts)]] != given == [shapes[n] for n in last]:
            names = last
        named.update(self.in_turn(names, parts))
        return {name: named.get(name) for name in self.values}

    def with_inputs(self, inputs, values):
        return type(self)(*filter(None, self.functions), inputs).fix(self.fixed)

    def resized(self, samples, growth):
        """The first input is the batch; whatever else there is stays as large as it is."""
        return [sized(self.inputs[0].shape, samples, growth)] + [p.shape for p in self.inputs[1:]]


class LossFunction(FunctionPair):
    """function(score, ...) -> (loss, gradient of each score)."""

    def __init__(self, function, inputs):
        super().__init__(function, None, inputs)

    def forward(self, x):
        result = self.functions[0](*x)
        if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], dict):
            result = result[::-1]  # (gradients, cost)
        loss = result[0] if isinstance(result, tuple) and len(result) > 1 else None
        if loss is None or isinstance(loss, dict) or np.shape(loss) != ():
            raise Unusable(f"{self.functions[0].__name__} must return (loss, gradient, ...)")
        claims = self.claimed(result[1:])
        if all(claim is None for claim in claims.values()):
            given = result[1] if isinstance(result[1], dict) else {}
            raise Unusable(
                f"{self.functions[0].__name__} returned gradients called "
                f"{', '.join(map(str, given))}, wanted d and the name of an input: "
                f"{', '.join(f'd{name}' for name in claims)}"
            )
        # Nobody has to say what a target's gradient would be.
        self.values = {name: self.values[name] for name in claims if claims[name] is not None}
        return np.asarray(result[0], np.float64), claims

    def backward(self, dy, cache):
        return self.times(dy, {name: cache[name] for name in self.values})

    resized = Written.resized  # all of them are batches
