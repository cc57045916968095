"""The contract of a layer: one differentiable function, its derivative beside it.

    y, cache = layer.forward(x)          the function; what its derivative needs is handed back
    dx = layer.backward(dy, cache)       the chain rule; parameter gradients are added up

The cache goes to the caller and is never kept on the layer. So a layer may be called on real
images, on fakes and on points between them, and each call goes back with its own cache.
"""

import copy
import gc
import types
from contextlib import contextmanager

import numpy as np

from gan_scratch.backend import array_module, backend_of, get_backend
from gan_scratch.shown import arguments, shown

DTYPES = ("float32", "float64", "complex128")
COMPUTED_IN = frozenset(map(np.dtype, DTYPES))  # the same for a quick look: names are slow


class Parameter:
    """An array that is learnt.

    value       the array
    gradient    dL/dvalue, of the same shape; backward passes add to it
    frozen      True: backward passes leave `gradient` alone
    tangent     the direction along which tangent passes differentiate; None means zero
    """

    def __init__(self, value):
        self.value = array_module(value).ascontiguousarray(value)
        self.gradient = array_module(value).zeros_like(self.value)
        self.frozen = False
        self.tangent = None

    def __setstate__(self, state):
        vars(self).update(state, value=writable(state["value"]))

    def __repr__(self):
        return f"Parameter(shape={self.value.shape}, dtype={self.value.dtype})"


class Buffer:
    """An array that is saved but not learnt: running statistics, power-iteration vectors.

    A layer leaves a frozen buffer as it is. `averaged` says what a weight average does with it:
    average it with the parameters (running statistics) or copy it.
    """

    def __init__(self, value, averaged=False):
        self.value = value
        self.averaged = averaged
        self.frozen = False

    def __setstate__(self, state):
        vars(self).update(state, value=writable(state["value"]))

    def __repr__(self):
        return f"Buffer(shape={self.value.shape}, dtype={self.value.dtype})"


def writable(array):
    """The array, or a copy where it may not be written: libraries that hand work to processes
    (joblib) give large arrays as read-only maps of a file."""
    if isinstance(array, np.ndarray) and not (type(array) is np.ndarray and array.flags.writeable):
        return np.array(array)
    return array


class FrozenGradientError(RuntimeError):
    """A backward pass touched the gradient of a frozen parameter."""


class OutOfReach:
    """What stands for a gradient inside `frozen`: whoever reads or writes it is told so."""

    def refuse(self, *_):
        raise FrozenGradientError(
            "a backward pass touched the gradient of a frozen parameter: it must leave out every "
            "parameter with .frozen set, as in `if not self.weight.frozen: ...`"
        )

    __getitem__ = __setitem__ = __add__ = __radd__ = __iadd__ = __sub__ = __isub__ = refuse
    __mul__ = __rmul__ = __imul__ = refuse

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        self.refuse()


OUT_OF_REACH = OutOfReach()


class Holder:
    """What holds parameters, buffers, layers and random generators: a layer, or a term of a loss.

    They are found by their type, in attributes and in lists, tuples and dicts of them, so nothing
    is declared twice.
    """

    def members(self):
        """(name, thing) for every Parameter, Buffer, Layer and random generator that this object
        itself holds; TypeError for one in a place where nobody would look."""
        return held_in(vars(self), self)

    def children(self):
        """name -> layer inside this one."""
        return {name: value for name, value in self.members() if isinstance(value, Layer)}

    def parameters(self):
        """name -> Parameter, of this layer and all inside it, in order; names join with a dot."""
        return self._held(Parameter)

    def buffers(self):
        """name -> Buffer, of this layer and all inside it."""
        return self._held(Buffer)

    def generators(self):
        """The NumPy random generators that this layer and those inside it draw from, each once."""
        found = []
        for _, value in self.members():
            if isinstance(value, Layer):
                found += value.generators()
            elif isinstance(value, np.random.Generator):
                found.append(value)
        return list({id(generator): generator for generator in found}.values())

    def _held(self, kind, prefix="", found=None):
        found, children = {} if found is None else found, []
        for name, value in self.members():
            if isinstance(value, Layer):
                children.append((name, value))
            elif isinstance(value, kind):
                if found.setdefault(prefix + name, value) is not value:
                    raise ValueError(f"{type(self).__name__} holds two things called {name}")
        for name, child in children:
            child._held(kind, f"{prefix}{name}.", found)
        return found

    def zero_gradients(self):
        for parameter in self.parameters().values():
            parameter.gradient[...] = 0

    def freeze(self):
        """From now on no backward pass collects gradients here, and no buffer changes."""
        for held in self._parameters_and_buffers().values():
            held.frozen = True

    # State, copies and conversions.

    def state(self):
        """name -> copy of the array, for every parameter and buffer."""
        return {name: held.value.copy() for name, held in self._parameters_and_buffers().items()}

    def load_state(self, state):
        """Copy `state` into the arrays of this layer, in place.

        Nothing is changed unless every name and shape fits, and every dtype without loss;
        otherwise ValueError.
        """
        held = self._parameters_and_buffers()
        missing, unknown = sorted(held.keys() - state.keys()), sorted(state.keys() - held.keys())
        if missing or unknown:
            raise ValueError(
                f"this state is not one of this {type(self).__name__}: "
                f"missing {missing or 'nothing'}, unknown {unknown or 'nothing'}"
            )
        for name, item in held.items():
            if state[name].shape != item.value.shape:
                raise ValueError(
                    f"{type(self).__name__}: the state's {name} has shape {state[name].shape}, "
                    f"the layer's has {item.value.shape}"
                )
            if not np.can_cast(state[name].dtype, item.value.dtype):
                raise ValueError(
                    f"{type(self).__name__}: the state's {name} is {state[name].dtype}, "
                    f"the layer's is {item.value.dtype}"
                )
        for name, item in held.items():
            item.value[...] = backend_of(item.value).asarray(state[name])

    def _parameters_and_buffers(self):
        return {**self.parameters(), **self.buffers()}

    def astype(self, dtype):
        """A copy of this layer whose floating-point arrays have `dtype`."""
        if np.dtype(dtype).name not in DTYPES:
            raise ValueError(f"unknown dtype {dtype!r}; choose one of {', '.join(DTYPES)}")
        return self._converted(
            lambda array: array.astype(dtype) if array.dtype.kind in "fc" else array
        )

    def to(self, backend):
        """A copy of this layer on another backend, a Backend or its name."""
        backend = get_backend(backend)
        return self._converted(lambda array: backend.asarray(backend_of(array).to_numpy(array)))

    def _converted(self, convert):
        layer = copy.deepcopy(self)
        for parameter in layer.parameters().values():
            parameter.value = convert(parameter.value)
            parameter.gradient = convert(parameter.gradient)
            parameter.tangent = None
        for buffer in layer.buffers().values():
            buffer.value = convert(buffer.value)
        return layer

    def __repr__(self):
        shapes = [
            f"{name}={tuple(held.value.shape)}" for name, held in self.members()
            if isinstance(held, Parameter)
        ]
        inside = {name: repr(child) for name, child in self.children().items()}
        return shown(self, arguments(self) or shapes, inside)


PASSES = {"forward", "backward", "tangent_forward", "tangent_backward"}


class Layer(Holder):
    """One differentiable function y = f(x; parameters). Subclasses write the passes.

    First order
        forward(x, training=True) -> (y, cache)
        backward(dy, cache, need_dx=True) -> dx, with dy = dL/dy and dx = dL/dx
            adds dL/dp to the gradient of every parameter p that is not frozen;
            dx is None where it is not needed
    Second order, for layers that may stand in a penalised critic (Pearlmutter 1994): the
    derivative of both passes along a direction ẋ (and ṗ = parameter.tangent)
        tangent_forward(x_dot, cache) -> (y_dot, tangent_cache)
        tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx=True) -> (dx, dx_dot)
            adds the derivative of dL/dp along the direction, and only that;
            dy_dot = None and parameter.tangent = None mean zero and cost nothing

    No pass writes to x, y, dy, a cache or a parameter's value. Arrays are channels last: (N, C),
    (N, H, W, C), ...; float32 to train, float64 to check, complex128 as an oracle.

    piecewise_linear    True promises that around each x, y is linear in x up to a constant, so that
                        the direction ẋ does not bend the way back: dẋ = Jᵀ dẏ + (dy by Ẇ). A class
                        with a pass of its own has to promise it anew
    takes_condition     True: x is a pair (samples or noise, condition), so a game hands it both
    surrogate_gradient  why backward is by design not the derivative of forward, or "" where it is;
                        where it is not, the gradient check compares nothing and says so
    """

    piecewise_linear = takes_condition = False
    surrogate_gradient = ""

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        if "piecewise_linear" not in vars(cls) and PASSES & vars(cls).keys():
            cls.piecewise_linear = False

    @property
    def mixes_samples(self):
        """Whether one sample's output depends on another sample, here or in a layer inside."""
        return any(child.mixes_samples for child in self.children().values())

    @property
    def shareable(self):
        """Whether processes may share a batch: each gives this layer some of the samples, in order.

        Here, and in all layers inside: no sample's output depends on another sample, or the layer
        gathers what it needs of the other shares (share.py); what it draws has a row a sample and
        comes from `share().draws_from(rng)`; and its buffers move alike in every process. A layer
        that mixes, draws or has buffers, and keeps to this, says so by `shareable = True`.
        """
        own = type(self).mixes_samples is not Layer.mixes_samples  # not by what is inside
        if own and self.mixes_samples:
            return False
        held = [value for _, value in self.members()]
        if any(isinstance(value, (Buffer, np.random.Generator)) for value in held):
            return False
        return all(value.shareable for value in held if isinstance(value, Layer))

    def forward(self, x, training=True):
        raise NotImplementedError(f"{type(self).__name__} has no forward pass")

    def backward(self, dy, cache, need_dx=True):
        raise NotImplementedError(f"{type(self).__name__} has no backward pass")

    def tangent_forward(self, x_dot, cache):
        raise NotImplementedError(
            f"{type(self).__name__} has no tangent passes, so it cannot stand in a penalised critic"
        )

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        raise NotImplementedError(
            f"{type(self).__name__} has no tangent passes, so it cannot stand in a penalised critic"
        )

    def add_tangent_gradients(self, dy, c, cache, tangent_cache):
        """Add what tangent_backward adds with dẏ = c dy; c is (N, 1), one number a sample, or None
        for zero. A layer with a weight has a quicker way: Σ ẋᵀ dy + xᵀ (c dy) = Σ (ẋ + c x)ᵀ dy."""
        dy_dot = None if c is None else per_sample(c, dy) * dy
        self.tangent_backward(dy, dy_dot, cache, tangent_cache, need_dx=False)

    @property
    def has_tangents(self):
        """Whether this layer and all the layers inside it have tangent passes."""
        children = self.children().values()
        own = type(self).tangent_forward is not Layer.tangent_forward
        return own and all(child.has_tangents for child in children)

    def __call__(self, x, training=False):
        """The output alone, in inference unless `training=True`.

        Mind the difference: `layer.forward(x)` is the training pass, which batch norm and dropout
        compute differently; `layer(x)` is inference, for samples and evaluation.
        """
        return self.forward(x, training)[0]

    # Checks of what comes in.

    def expect(self, array, shape=None, like=None, name="x"):
        """Raise unless `array` has the shape, and the library and dtype of the array `like`.

        In `shape`, None stands for any size and a leading ... for any number of axes. Without
        `shape`, every shape will do, and without `like`, every dtype of DTYPES.
        """
        if type(array) is not np.ndarray or type(like) is not np.ndarray and like is not None:
            try:  # anything but NumPy's own arrays, which every pass brings, takes a closer look
                backend = backend_of(array)
            except TypeError as error:
                raise TypeError(f"{type(self).__name__}: {name}: {error}") from None
            if like is not None and backend is not backend_of(like):
                raise TypeError(
                    f"{type(self).__name__} computes on {backend_of(like).name} and got {name} on "
                    f"{backend.name}"
                )
        if like is None:
            if array.dtype not in COMPUTED_IN:
                raise TypeError(
                    f"{type(self).__name__} takes {name} of {', '.join(DTYPES)}, got {array.dtype}"
                )
        elif array.dtype != like.dtype:
            raise TypeError(
                f"{type(self).__name__} computes in {like.dtype} and got {name} of {array.dtype}"
            )
        if shape is not None and not _fits(array.shape, shape):
            raise ValueError(
                f"{type(self).__name__} takes {name} of shape {_in_words(shape)}, got {array.shape}"
            )

    def expect_cotangents(self, dy, dy_dot, shape, like):
        """Raise unless dy, and dy_dot where there is one, fit an output of this shape."""
        self.expect(dy, shape, like=like, name="dy")
        if dy_dot is not None:
            self.expect(dy_dot, shape, like=like, name="dy_dot")


def per_sample(c, array):
    """c (N, 1) in a shape that multiplies the samples of an array (N, ...)."""
    return c.reshape(len(array), *(1,) * (array.ndim - 1))


def _fits(shape, pattern):
    if shape == pattern:
        return True
    if pattern and pattern[0] is ...:
        return _fits(shape[len(shape) - len(pattern) + 1 :], pattern[1:])
    if len(shape) != len(pattern):
        return False
    for size, want in zip(shape, pattern, strict=True):
        if want is not None and want != size:
            return False
    return True


def _in_words(pattern):
    return str(tuple(pattern)).replace("None", "any").replace("Ellipsis", "...")


LEAVES = Parameter, Buffer, np.random.Generator
HELD = (*LEAVES, Layer)
HOLDS_NOTHING = frozenset((int, float, complex, str, bytes, bool, type(None)))
NOT_FOUND = (
    "would not be found: keep parameters, buffers, layers and numpy.random.Generators in "
    "attributes, or in lists, tuples and dicts of them"
)


def held_in(container, owner, path=""):
    """(name, thing) for what of HELD is in a list, tuple or dict, or in such inside it."""
    for key, value in container.items() if isinstance(container, dict) else enumerate(container):
        if type(value) in HOLDS_NOTHING:
            continue
        if isinstance(value, HELD):
            yield f"{path}{key}", value
        elif isinstance(value, (list, tuple, dict)):
            yield from held_in(value, owner, f"{path}{key}.")
        elif hides(value):
            raise TypeError(
                f"{type(owner).__name__}: what {path}{key} holds, {type(value).__name__}, "
                f"{NOT_FOUND}"
            )


def hides(value):
    """Whether something of HELD is in an object where nobody looks for it: one look deep."""
    if isinstance(value, np.ndarray):
        inside = value.ravel().tolist() if value.dtype == object else ()
    elif isinstance(value, (set, frozenset)):
        inside = value
    else:
        inside = () if callable(value) else getattr(value, "__dict__", {}).values()
    return isinstance(value, np.random.RandomState) or any(isinstance(x, HELD) for x in inside)


def expect_found(layer):
    """TypeError where a parameter, buffer or generator hangs on the layer in a place that members()
    does not look into, however deep: in an object, a closure, a deque."""
    found = {id(thing) for thing in layer._held(LEAVES).values()}
    seen, left = {}, [layer]
    while left:
        thing = left.pop()
        if id(thing) in seen or isinstance(thing, (type, types.ModuleType, np.ndarray)):
            continue
        seen[id(thing)] = thing
        if isinstance(thing, LEAVES):
            if id(thing) not in found:
                raise TypeError(f"{type(layer).__name__} holds {thing!r} where it {NOT_FOUND}")
        elif isinstance(thing, types.FunctionType):  # not all that its module holds
            left += [*(thing.__closure__ or ()), thing.__defaults__, thing.__kwdefaults__]
        else:
            left += gc.get_referents(thing)


def layers_inside(layer):
    """The layer itself and all the layers inside it."""
    yield layer
    for child in layer.children().values():
        yield from layers_inside(child)


@contextmanager
def frozen(player):
    """Inside the block gradients flow through `player`, and `player` stays as it is.

    No parameter gradient is computed and no buffer changes; afterwards everything that was not
    frozen before is free again. A layer that adds to a gradient all the same raises.
    """
    held = player._held((Parameter, Buffer)).values()
    parameters = [item for item in held if isinstance(item, Parameter)]
    with set_inside("frozen", held, True), set_inside("gradient", parameters, OUT_OF_REACH):
        yield player


@contextmanager
def set_inside(name, items, value):
    """Inside the block the attribute `name` of each item is `value`; afterwards what it was."""
    before = [getattr(item, name) for item in items]
    for item in items:
        setattr(item, name, value)
    try:
        yield
    finally:
        for item, earlier in zip(items, before, strict=True):
            setattr(item, name, earlier)
