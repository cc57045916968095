"""What is checked, whoever wrote it: values in, an output, and the gradients that are claimed.

    values                  name -> float64 array: everything that has a derivative
    output(changed)         y, with some values replaced
    claims(dy, changed)     name -> what the backward pass says is d(Σ dy y)/dvalue; None where it
                            says nothing

Each call starts from the same state: buffers, parameters and random generators are those of the
beginning. So a numeric derivative sees one function.

Here is what all share, and a Layer of this library; somebody's own code is in plain.py.
"""

import copy
from collections import Counter

import numpy as np

from gan_scratch.gradient_check.forms import Unusable, by_key, joined, parted
from gan_scratch.gradient_check.holdings import Holdings, moving, words
from gan_scratch.gradient_check.numeric import typical_size


def in_float64(x):
    x = np.array(x)
    return x if x.dtype.kind in "iub" else x.astype(np.float64)


class Subject:
    """What all kinds share. A subclass says how to call: `fresh` gives something whose `forward`
    and `backward` may be called, in the state of the beginning.

    adds                whether gradients add up from one backward pass to the next
    root                what holds whatever is no input
    fixed               names of inputs that are declared constant
    hands_cache_back    whether forward returns what backward needs
    hypotheses          causes that are known for this kind alone (diagnosis.py)
    moves               names of what backward moves by itself, and not as a gradient step would
    passes              how many were made so far, here and by all that was redrawn from it
    draws               the state of np.random's own generator, where somebody's code draws from it
    not_compared        names of arrays that move y, and of whose gradient nothing is known
    remembers           what forward changes and what moves y, as the vector of a power iteration
    alone               whether arrays could not be moved together, only one by one
    numbers             the same of single numbers, which are taken for settings
    """

    adds = False
    fixed = frozenset()
    hands_cache_back = True
    hypotheses = ()
    moves = ()
    draws = None

    def __init__(self, inputs, several):
        self.several = several
        self.passes = Counter()
        self.not_compared, self.numbers, self.remembers, self.alone = [], [], [], False
        self.hold_inputs(inputs)

    def hold_inputs(self, inputs):
        self.inputs = [in_float64(part) for part in inputs]
        self.values = {
            name: part for name, part in zip(self.input_names(), self.inputs, strict=True)
            if part.dtype.kind == "f" and name not in self.fixed
        }

    @property
    def samples(self):
        """How many there are along the first axis of the input; None where it has no axes."""
        return self.inputs[0].shape[0] if self.inputs and self.inputs[0].ndim else None

    def input_names(self):
        return [f"x[{i}]" for i in range(len(self.inputs))] if self.several else ["x"]

    def is_input(self, name):
        return name in self.input_names()

    def quantity(self, name):
        """What the gradient of this value is called in a report: dx, dW, d weight."""
        return f"d {name}" if len(name) > 2 and not self.is_input(name) else f"d{name}"

    def x(self, changed=()):
        """The inputs as the function takes them."""
        parts = [
            np.array(changed[name] if name in changed else part)
            for name, part in zip(self.input_names(), self.inputs, strict=True)
        ]
        return tuple(parts) if self.several else parts[0]

    def fresh(self, changed=()):
        raise NotImplementedError

    def output_twice(self):
        """Two outputs, before which np.random's own generator was put into the same state."""
        before = np.random.get_state()
        first = self.output()
        if any(np.any(a != b) for a, b in zip(before[1:], np.random.get_state()[1:], strict=True)):
            self.draws = before
        return first, self.output()

    def put_back_draws(self):
        if self.draws is not None:
            np.random.set_state(self.draws)

    def forward(self, x):
        """(y, cache)."""
        raise NotImplementedError

    def backward(self, dy, cache):
        """name -> claimed gradient."""
        raise NotImplementedError

    def output(self, changed=()):
        """y, with some values replaced."""
        self.passes["forward"] += 1
        with np.errstate(all="ignore"):  # a step may leave the domain of a logarithm
            return np.array(self.fresh(changed).forward(self.x(changed))[0])

    def claims(self, dy, changed=()):
        self.passes.update(("forward", "backward"))
        call = self.fresh(changed)
        with np.errstate(all="ignore"):
            _, cache = call.forward(self.x(changed))
            claims = call.backward(np.array(dy), cache)
        return {name: None if c is None else np.array(c) for name, c in claims.items()}

    def with_inputs(self, inputs, values):
        """The same subject on other inputs, at other values of the rest."""
        raise NotImplementedError

    def notes(self):
        """What is worth knowing, though it is not wrong."""
        if self.numbers:
            yield f"treated as settings, not learnt: {', '.join(self.numbers)}."
        if self.remembers:
            names = ", ".join(dict.fromkeys(words(place.path) for place in self.remembers))
            yield (
                f"forward updates {names} itself, so that counts as state; the check did not try "
                "other values, since the state would not match them."
            )
        if self.alone:
            yield (
                "with all arrays moved at once, forward raises or returns non-finite numbers, so "
                "the check may have missed a weight that is hidden behind a factor of 0."
            )

    def fix(self, names):
        """Take these inputs for constants: nobody has to say what their gradient is."""
        self.fixed |= frozenset(names) & frozenset(self.input_names())
        for name in self.fixed:
            self.values.pop(name, None)
        return self

    def expect_known(self, constants):
        """Raise for a constant that is neither an input nor what hangs on the root."""
        paths = [place.path for place in self.places()]
        known = dict.fromkeys((*self.input_names(), *map(words, paths)))
        for name in constants - {*known, *(words(path[-1:]) for path in paths)}:
            raise Unusable(f"a constant is one of {', '.join(known)}; got {name!r}")

    def places(self):
        """Where constants may stand, besides inputs."""
        return Holdings(**{"": self.root}).places

    def look_around(self, constants):
        """Find what moves y besides the values."""

    def outputs(self):
        """name -> an array of y's shape that is 1 where this output stands, of several."""
        return {}

    def moved_by_backward(self):
        """name -> new value, of what the last backward pass moved by itself."""
        now = {n: one.place.now() for n, one in getattr(self, "learnt", {}).items()}
        return {n: new for n, new in now.items() if np.shape(new) == self.begun_with[n].shape
                and not np.array_equal(new, self.begun_with[n])}

    def stepped(self):
        """Names of weights whose gradient is read off the step that backward takes."""
        return ()

    def write_weights(self):
        """Undo what a backward pass did to weights, where it moves them itself."""

    def restore(self):
        """Leave what is checked as it was found."""

    def resized(self, samples, growth):
        """Shapes of inputs that the subject may take as well: of `samples` samples, with `growth`
        more places along each axis between the first and the last."""
        n = self.inputs[0].shape[:1] if self.inputs else ()
        return [
            sized(part.shape, samples if part.shape[:1] == n else None, growth)
            for part in self.inputs
        ]

    def drawn(self, name, part, shape, rng):
        """Another input of this shape in the place of `part`; a constant, as a mask of 0 and 1, has
        the same numbers in another order."""
        fixed = name in self.fixed and part.size
        return rng.choice(part.ravel(), size=shape) if fixed else drawn_like(part, shape, rng)

    def redrawn(self, rng, samples=None, growth=()):
        """The same at random values and perhaps another size; None where it takes no such x."""
        return self.redrawn_as(self.resized(samples, growth), rng)

    def redrawn_as(self, shapes, rng):
        """The same with inputs of these shapes."""
        inputs = [
            self.drawn(name, part, shape, rng)
            for name, part, shape in zip(self.input_names(), self.inputs, shapes, strict=True)
        ]
        rest = {
            name: jittered(value, rng) for name, value in self.values.items()
            if not self.is_input(name)
        }
        try:
            other = self.with_inputs(inputs, rest)
            other.passes, other.draws = self.passes, self.draws
            y = other.output()
            other.claims(np.ones(np.shape(y)))
        except Exception:  # somebody's code may raise anything at a size that it is not made for
            return None
        return other if np.isfinite(y).all() else None


def sized(shape, samples, growth):
    shape = list(shape)
    if shape and samples is not None:
        shape[0] = samples
    if len(shape) > 2:
        for axis, more in enumerate(growth[: len(shape) - 2], start=1):
            shape[axis] += more
    return shape


def drawn_like(part, shape, rng):
    """Random numbers of this shape that take what `part` holds for an example."""
    if not part.size:
        return np.zeros(shape, part.dtype)
    drawn = rng.choice(part.ravel(), size=shape)
    if part.dtype.kind != "f":
        return drawn
    drawn = drawn * rng.uniform(0.7, 1.3, shape)
    return drawn + 0.01 * typical_size(part) * rng.standard_normal(shape)


def jittered(value, rng):
    """Near `value`, but nothing stands exactly at 0 or 1, where mistakes hide."""
    factor, shift = rng.uniform(0.8, 1.25, value.shape), rng.standard_normal(value.shape)
    return value * factor + 0.1 * typical_size(value) * shift


class Kept:
    """Parameters, buffers and random generators as they are now, to be put back."""

    def __init__(self, held, generators):
        self.values = [(one, one.value.copy()) for one in held]
        self.states = [(rng, copy.deepcopy(rng.bit_generator.state)) for rng in generators]

    def put_back(self):
        for one, value in self.values:
            one.value[...] = value
        for rng, state in self.states:
            rng.bit_generator.state = state


class LibraryLayer(Subject):
    """A float64 copy of a Layer, put back into its state before every call."""

    adds = True

    def __init__(self, layer, x, training=True):
        self.several = isinstance(x, tuple)
        super().__init__(x if self.several else (x,), self.several)
        self.layer = layer.astype("float64")
        self.training = training
        self.parameters = self.layer.parameters()
        self.values.update({name: p.value.copy() for name, p in self.parameters.items()})
        self.beginning = Kept(self.layer.buffers().values(), self.layer.generators())

    def places(self):
        return [place for place in beside_declared(self.layer) if place.key != "gradient"]

    def look_around(self, constants):
        self.not_compared = undeclared(self, self.layer, constants)
        late = self.layer.parameters().keys() - self.parameters.keys()
        self.not_compared += [f"{name} (made by forward, so no optimiser has it)" for name in late]

    def quantity(self, name):
        return f"d{name}" if self.is_input(name) else f"d {name}"

    def fresh(self, changed=()):
        self.beginning.put_back()
        for name, parameter in self.parameters.items():
            parameter.value[...] = changed[name] if name in changed else self.values[name]
            parameter.gradient[...] = 0
        return self

    def forward(self, x):
        y, cache = self.layer.forward(x, self.training)
        return joined(y, y), (y, cache)

    def back(self, dy, cache, need_dx=True):
        """dx, as the layer gives it."""
        parts = parted(dy, cache[0])
        dx = self.layer.backward(parts, cache[1], need_dx)
        if parts is not dy:
            dy[...] = joined(parts, cache[0])  # so that whoever writes into a part is seen
        return dx

    def tangent_forward(self, directions, cache):
        y_dot, tangent_cache = self.layer.tangent_forward(self.direction(directions), cache[1])
        return joined(y_dot, cache[0]), tangent_cache

    def tangent_backward(self, dy, dy_dot, cache, *rest):
        parts, dots = parted(dy, cache[0]), parted(dy_dot, cache[0])
        return self.layer.tangent_backward(parts, dots, cache[1], *rest)

    def backward(self, dy, cache):
        dx = self.back(dy, cache)
        claims = {name: self.part(dx, index) for index, name in enumerate(self.input_names())}
        claims.update({name: p.gradient.copy() for name, p in self.parameters.items()})
        return {name: claims[name] for name in self.values}

    def outputs(self):
        y = self.fresh().forward(self.x())[1][0]
        several = by_key(y) if isinstance(y, (dict, tuple, list)) else {}
        return {name: joined({name: np.ones_like(part)}, y) for name, part in several.items()}

    def direction(self, directions):
        """Directions of the inputs as the layer takes them: None for integers."""
        parts = [directions.get(name) for name in self.input_names()]
        return tuple(parts) if self.several else parts[0]

    def part(self, dx, index):
        """The part of dx that belongs to input `index`."""
        if not self.several:
            return dx
        return dx[index] if isinstance(dx, tuple) and len(dx) == len(self.inputs) else None

    def with_inputs(self, inputs, values):
        layer = self.fresh().layer.astype("float64")
        for name, parameter in layer.parameters().items():
            parameter.value[...] = values[name]
        x = tuple(inputs) if self.several else inputs[0]
        return LibraryLayer(layer, x, self.training).fix(self.fixed)


def undeclared(subject, layer, constants=()):
    """Names of arrays of a Layer that are neither Parameter nor Buffer, and move y all the same."""
    places = beside_declared(layer)
    constants = declared(layer, constants)
    return [words(p.path) for p in moving(subject, places) if words(p.path) not in constants]


def beside_declared(layer):
    known = {id(held.value) for held in (*layer.parameters().values(), *layer.buffers().values())}
    return [p for p in Holdings(**{"": layer}).places if p.is_array and id(p.value) not in known]


def declared(layer, constants):
    """The names of all constants, those in an attribute of the layer with them."""
    own = getattr(layer, "constants", ())
    both = [given for given in (constants, own) if isinstance(given, (str, list, tuple, set))]
    return {name for given in both for name in ([given] if isinstance(given, str) else given)}
