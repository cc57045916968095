"""Everything that hangs on an object, and the way back to how it was.

People keep weights in attributes, lists, dicts, nested objects, class attributes, module globals
and the variables of a closure. A `Holdings` walks through all of these. It copies the contents of
arrays and containers but never an object: a copy would separate views of one array from each other,
and a closure from the object that it refers to.
"""

import functools
import inspect
import re
import sys
import types
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from gan_scratch.gradient_check.numeric import typical_size

NOT_A_USERS = {"numpy", "scipy", "gan_scratch", "cupy", "torch", "matplotlib"}
NUMBER = float, int, np.number
PLAIN = (str, bytes, bool, complex, type(None), types.ModuleType, np.dtype, np.ufunc)
CODE = (
    types.FunctionType, types.MethodType, staticmethod, classmethod, property, functools.partial
)
DUNDER = re.compile(r"__\w+__$")


@dataclass(eq=False)
class Place:
    """An array, a number, or a list of numbers, and where it stands.

    content         what was in it when it was found
    holder, key     what holds it: holder[key], or the attribute `key` of a holder that is no
                    container
    path            how one comes to it from the root: labels of attributes, and keys
    aliases, sites  other paths to the same array, and what holds it there
    """

    value: object = field(repr=False)
    content: object = field(repr=False)
    holder: object = field(repr=False)
    key: object
    path: tuple
    aliases: list = field(default_factory=list)
    sites: list = field(default_factory=list, repr=False)

    @property
    def is_array(self):
        return isinstance(self.value, np.ndarray)

    @property
    def is_number(self):
        return isinstance(self.value, NUMBER)

    @property
    def shape(self):
        return np.shape(self.value)

    def items(self):
        """A Place for each number of a list of numbers."""
        if not isinstance(self.value, list):
            return []
        return [
            Place(number, number, self.value, index, (*self.path, index))
            for index, number in enumerate(self.value)
        ]

    @property
    def may_be_moved(self):
        """Arrays that may not be written are declared constants; integers cannot be learnt."""
        v = self.value
        if self.is_array:
            return v.dtype.kind == "f" and v.flags.writeable and v.size > 0
        return not isinstance(v, (int, np.integer))

    @property
    def paths(self):
        return [self.path, *self.aliases]

    def now(self):
        """What stands there at present, as an array; None where there is nothing of the kind."""
        try:
            value = held(self.holder, self.key)
        except (LookupError, AttributeError, ValueError):
            return None
        return as_floats(value)

    def write(self, value):
        """Write into what stood there when it was found."""
        if self.is_array:
            self.value[...] = value
        elif isinstance(self.value, list):
            self.value[:] = np.asarray(value).tolist()
        else:
            hold(self.holder, self.key, float(value))

    def write_back(self, value):
        """The same where somebody's code has put another array in its place meanwhile."""
        for holder, key in ((self.holder, self.key), *self.sites) if self.is_array else ():
            if not isinstance(holder, (tuple, set, frozenset)):
                hold(holder, key, self.value)
        self.write(value)


def words(path):
    """How somebody would write a path: layers[0].W."""
    said = ""
    for label in path:
        if isinstance(label, str) and label.isidentifier():
            said += f".{demangled(label)}" if said else demangled(label)
        else:
            said += f"[{label!r}]"
    return said


def child(value, label):
    """What stands under a label of a path; LookupError or AttributeError where nothing does."""
    if isinstance(label, str) and isinstance(value, tuple):
        return getattr(value, label)
    if isinstance(value, types.FunctionType):
        return value.__closure__[value.__code__.co_freevars.index(label)].cell_contents
    return held(value, label)


def held(holder, key):
    container = isinstance(holder, (dict, list, tuple, deque, np.ndarray))
    return holder[key] if container else getattr(holder, key)


def hold(holder, key, value):
    if isinstance(holder, (dict, list, deque, np.ndarray)):
        holder[key] = value
    else:
        setattr(holder, key, value)


def as_floats(value):
    """A float64 array of what holds numbers; None of anything else."""
    return np.array(value, np.float64) if holds_numbers(value) else None


def holds_numbers(value):
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu"
    return isinstance(value, NUMBER) or is_list_of_numbers(value)


def is_list_of_numbers(value):
    return isinstance(value, list) and bool(value) and all(isinstance(v, float) for v in value)


def demangled(name):
    """`weights` of _Layer__weights."""
    return re.sub(r"^_[A-Za-z0-9]\w*?__(?=[A-Za-z])", "", name)


class Holdings:
    """What hangs on `roots`, name -> object; a root with the name "" is what paths begin at.

    places      every Place, in the order in which one comes to them
    """

    def __init__(self, **roots):
        self.places, self.contents, self.arrays, self.random = [], [], [], []
        self._seen, self._places = {}, {}
        for name, root in roots.items():
            self._walk(root, roots, name, (name,) if name else ())
        del self._seen, self._places

    def in_float64(self):
        """Put a float64 array in the place of each of fewer digits, so that small steps show."""
        for place in self.places:
            if place.is_array and place.value.dtype in (np.float16, np.float32):
                wide = place.value.astype(np.float64)
                for holder, key in ((place.holder, place.key), *place.sites):
                    if not isinstance(holder, tuple):
                        hold(holder, key, wide)

    def restore(self):
        """Everything is as it was when this was made."""
        for holder, content in self.contents:
            put_back(holder, content)
        for array, content in self.arrays:
            array[...] = content
        for rng, state in self.random:
            put_state(rng, state)

    def _walk(self, value, holder, key, path):
        if isinstance(value, PLAIN):
            return
        if holds_numbers(value):
            self._found(value, holder, key, path)
        elif id(value) not in self._seen:
            self._seen[id(value)] = value
            if isinstance(value, (np.random.Generator, np.random.RandomState)):
                self.random.append((value, state_of(value)))
            else:
                self._open(value, path)

    def _found(self, value, holder, key, path):
        if isinstance(value, NUMBER):
            if not isinstance(holder, (tuple, frozenset, set)):  # where nobody can move it
                self.places.append(Place(value, value, holder, key, path))
            return
        known = self._places.get(id(value))
        if known:
            known.aliases.append(path)
            known.sites.append((holder, key))
            return
        place = self._places[id(value)] = Place(value, value.copy(), holder, key, path)
        self.places.append(place)
        if isinstance(value, list):
            self._keep(value, place.content)
        elif value.flags.writeable:
            self.arrays.append((value, place.content))

    def _open(self, value, path):
        """Go on to what is inside."""
        if isinstance(value, dict):
            self._each(value, dict(value), path)
        elif isinstance(value, (list, tuple, set, frozenset, deque)):
            if isinstance(value, (list, deque)):
                self._keep(value, list(value))
            labels = getattr(value, "_fields", range(len(value)))  # of a namedtuple
            for index, item in enumerate(value):
                self._walk(item, value, index, (*path, labels[index]))
        elif isinstance(value, np.ndarray):  # of objects or truth values
            if value.flags.writeable:
                self.arrays.append((value, value.copy()))
            if value.dtype == object:
                for index in np.ndindex(value.shape):
                    self._walk(value[index], value, index, (*path, index[0]))
        elif isinstance(value, CODE):
            self._open_code(value, path)
        elif isinstance(value, type):
            if is_users(value.__module__):
                self._open_class(value, path)
        elif is_users(type(value).__module__, instance=True):
            self._open_instance(value, path)

    def _each(self, holder, content, path):
        self._keep(holder, content)
        for key, item in content.items():
            self._walk(item, holder, key, (*path, key))

    def _keep(self, holder, content):
        self.contents.append((holder, content))

    def _open_instance(self, thing, path):
        if hasattr(thing, "__dict__"):
            self._each(vars(thing), dict(vars(thing)), path)
        for kind in type(thing).__mro__:
            slots = vars(kind).get("__slots__", ())
            names = [slots] if isinstance(slots, str) else slots
            there = {name: getattr(thing, name) for name in names if hasattr(thing, name)}
            if there:
                self._each(thing, there, path)
            if is_users(kind.__module__) and id(kind) not in self._seen:
                self._seen[id(kind)] = kind
                self._open_class(kind, path)

    def _open_class(self, kind, path):
        own = {name: item for name, item in vars(kind).items() if not DUNDER.match(name)}
        self._keep(kind, {n: item for n, item in own.items() if not isinstance(item, CODE)})
        for name, item in vars(kind).items():
            if isinstance(item, CODE):
                self._walk(item, kind, name, path)
            elif name in own and not hasattr(item, "__get__"):  # no slot, no descriptor
                self._walk(item, kind, name, (*path, name))

    def _open_code(self, thing, path):
        """What a function can reach: variables that it has caught, defaults, and globals."""
        for part in ("__self__", "__func__", "__wrapped__", "fget", "func", "args", "keywords"):
            inner = getattr(thing, part, None)
            if inner is not None and not isinstance(thing, types.FunctionType):
                self._walk(inner, thing, part, path)
        if not isinstance(thing, types.FunctionType) or not is_users(thing.__module__ or ""):
            return
        for name, cell in zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True):
            try:
                content = {"cell_contents": cell.cell_contents}
            except ValueError:  # still empty
                continue
            self._keep(cell, content)
            self._walk(cell.cell_contents, cell, "cell_contents", (*path, name))
        self._walk(thing.__defaults__, thing, "__defaults__", path)
        for name, item in (thing.__kwdefaults__ or {}).items():
            self._walk(item, thing.__kwdefaults__, name, (*path, name))
        everything, names = thing.__globals__, names_in(thing.__code__)
        there = {name: everything[name] for name in sorted(names) if name in everything}
        self._keep(Globals(everything, names), there)
        for name, item in there.items():
            self._walk(item, everything, name, (name,))


class Globals:
    """Those globals of a module that a function names."""

    def __init__(self, everything, names):
        self.everything, self.names = everything, names


def names_in(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            names |= names_in(constant)
    return names


def put_back(holder, content):
    if isinstance(holder, dict):
        holder.clear()
        holder.update(content)
    elif isinstance(holder, (list, deque)):
        holder.clear()
        holder.extend(content)
    elif isinstance(holder, Globals):
        for name in holder.names:
            if name in content:
                holder.everything[name] = content[name]
            else:
                holder.everything.pop(name, None)
    else:
        for name, value in content.items():
            if getattr(holder, name, None) is not value:
                setattr(holder, name, value)


def state_of(rng):
    return rng.get_state() if isinstance(rng, np.random.RandomState) else rng.bit_generator.state


def put_state(rng, state):
    if isinstance(rng, np.random.RandomState):
        rng.set_state(state)
    else:
        rng.bit_generator.state = state


def is_users(module, instance=False):
    """Whether a module is somebody's own. Of instances those of types and argparse count too, which
    are made to hold things."""
    top = module.partition(".")[0]
    if top == "__main__" or instance and top in ("types", "argparse", "gan_scratch"):
        return True
    return top not in NOT_A_USERS and top not in sys.stdlib_module_names


def moving(subject, places):
    """Those that change y when they are moved, alone or while the others are moved as well, as a
    product with 0 hides both its factors. What forward itself changes is no weight (running
    statistics, a recurrent state): those that move y are left in `subject.remembers`. Whether the
    others could not be moved together is left in `subject.alone`."""
    rng, found, state = np.random.default_rng(3), {}, set()
    places = [place for place in places if place.may_be_moved and can_be_written(place)]
    moved = {id(place): nearby(as_floats(place.value), rng) for place in places}
    draws = np.random.get_state()

    def output(written):
        np.random.set_state(draws)
        subject.fresh()
        try:
            for place in written:
                place.write(moved[id(place)])
            begun = {id(place): place.now() for place in places}
            subject.passes["forward"] += 1
            with np.errstate(all="ignore"):
                y = np.array(subject.forward(subject.x())[0])
            state.update(id(p) for p in places if not same_numbers(p.now(), begun[id(p)]))
            return y
        finally:
            for place in places:
                place.write_back(place.content)

    def look(others):
        y = output(others)
        if others and not np.isfinite(y).all():
            return False
        for place in places:
            if id(place) in found or others and place not in others:
                continue
            try:
                there = output([p for p in others if p is not place] if others else [place])
                moves = not same_numbers(there, y)
            except Exception:  # somebody's code may raise anything at other values
                moves = place.is_array
            if moves:
                found[id(place)] = place
        return True

    try:
        look([])
        together = [places, [p for p in places if p.is_array]]  # settings may have to be in range
        subject.alone |= not any(looks_at(look, others) for others in together)
    finally:
        subject.fresh()
        np.random.set_state(draws)
    subject.remembers += [p for p in places if id(p) in state & found.keys()]
    return [place for place in places if id(place) in found and id(place) not in state]


def looks_at(look, others):
    try:
        return not others or look(others)
    except Exception:  # at these values somebody's code may raise anything
        return False


def can_be_written(place):
    """Whether what holds it lets itself be changed: a frozen dataclass and an Enum do not."""
    try:
        place.write_back(place.content)
    except Exception:
        return False
    return True


def same_numbers(one, other):
    return one is other or one is not None and np.array_equal(one, other, equal_nan=True)


def nearby(value, rng):
    """Another value of everything but infinities, as in a mask, and what is not a number."""
    size = typical_size(value[np.isfinite(value)])
    # Each by another number: a softmax stays the same where all of its scores grow alike.
    shift = 0.01 * size * rng.uniform(0.5, 1.5, value.shape)
    return value * rng.uniform(1.01, 1.1, value.shape) + shift
