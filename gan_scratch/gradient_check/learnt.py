"""What of somebody's object is learnt: the arrays that move y, and where each one's gradient is.

A gradient is found by what it is called (matching.py), or in the step that backward makes by itself
(W -= rate dW). An array that moves y and has none is not compared, and the report says so.
"""

import ast
import inspect
import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from types import MethodType

import numpy as np

from gan_scratch.gradient_check.forms import LEARNING_RATE, parameters_of
from gan_scratch.gradient_check.holdings import (
    Holdings,
    as_floats,
    child,
    is_users,
    moving,
    same_numbers,
    words,
)
from gan_scratch.gradient_check.matching import (
    RETURNED,
    VALUE,
    by_shape,
    in_order,
    matched,
    plain,
    plain_path,
    unmarked,
)

# What is so called, beside others that have gradients, is a parameter whose gradient is forgotten.
USUAL = re.compile(r"(W|w|weights?|b|bias|gamma|beta)[1-9]?")
PARAMETERS = re.compile(r"_*(params?|parameters|weights)_*")
MOMENTUM = re.compile(r"momentum|mu|rho|beta_?\d?|b[12]|decay.*|.*_decay", re.I)
METHODS = (
    "gradients", "grads", "get_gradients", "get_grads", "parameters", "params", "get_parameters",
    "get_params",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """The gradient is what backward subtracts, divided by this learning rate."""

    rate: float


@dataclass
class Learnt:
    """One array, or number, that is compared.

    gradient    the Place of its gradient after a backward pass, a Step, or None: there is none
    """

    place: object
    gradient: object

    def claim(self, layer, before):
        """What a backward pass has just said; `before` is the value that it began with."""
        if isinstance(self.gradient, Step):
            now = self.place.now()
            return None if now is None else (before - now) / self.gradient.rate
        return None if self.gradient is None else at_path(layer, self.gradient.path)


def at_path(layer, path):
    """What stands at the end of a path after a backward pass, as an array."""
    returned = path[0] == RETURNED
    value = layer.returned if returned else layer.object
    try:
        for label in path[returned:]:
            value = child(value, label)
            value = value() if isinstance(value, MethodType) else value
    except (LookupError, AttributeError, TypeError, ValueError):
        there = {place.path: place for place in everything(layer).places}.get(path)
        value = None if there is None else there.value
    return value if isinstance(value, np.ndarray) else as_floats(value)


def everything(layer, names=()):
    """All that hangs on the object, on what its backward pass returned, and on what methods return:
    parameters(), gradients(), and grad_W() where W is one of `names`."""
    asked = {}
    own = [name for name in dir(layer.object) if names and unmarked(name, names)[0] in names
           and not unmarked(name, names)[1]]
    for name in (*METHODS, *own):
        method = getattr(layer.object, name, None)
        if callable(method):
            try:
                asked[name] = method()
            except Exception:  # somebody's method may want anything
                continue
    return Holdings(**{"": layer.object, RETURNED: layer.returned}, **asked)


def find(layer, constants):
    """(name -> Learnt; names of arrays that move y and are not compared; of numbers that do; the
    Places of all three)."""
    there = [
        place for place in everything(layer).places
        if not constants & {words(place.path), plain(place.path[-1])}
    ]
    places = moving(layer, there)
    names = names_of(there, layer.object)
    others = [place for place in there if place not in places]
    # A bias that forward forgot moves nothing; if backward has a gradient of it, that is wrong.
    idle = [
        p for p in others if usual(p) and p.may_be_moved and p not in layer.remembers
        and (len(p.path) == 1 or PARAMETERS.fullmatch(str(p.path[0])))
    ]
    others = [place for place in others if place not in idle]
    gradients, besides = gradients_of(layer, places + idle, others)
    places += [place for place in idle if id(place) in gradients]
    learnt, left, numbers = {}, [], []
    families = {place.path[:-1] for place in places if id(place) in gradients and usual(place)}
    for place in places:
        name = names[id(place)]
        missing = usual(place) and place.path[:-1] in families
        if id(place) in gradients or missing and not step_of(layer, place, 1.0).any():
            learnt[name] = Learnt(place, gradients.get(id(place)))
        elif place.is_number:
            numbers.append(name)
        else:
            left.append(place)
    seen = [one.place for one in learnt.values()]
    left = [place for place in left if not covered(place, seen)]
    layer.moves = [names[id(p)] for p in left if p.is_array and step_of(layer, p, 1.0).any()]
    left = [names[id(place)] for place in left]
    # What has a gradient is meant to be learnt, whatever keeps it from being moved.
    left += [
        f"{names[id(p)]} ({'changed by forward' if p in layer.remembers else 'cannot be moved'})"
        for p in besides
    ]
    return learnt, left, numbers, places


def usual(place):
    return place.is_array and USUAL.fullmatch(str(plain_path(place.path)[-1]))


def gradients_of(layer, places, others):
    """(id of a Place -> the Place of its gradient, or a Step; those of the `others`, which are not
    moved, that are called the weight of some gradient all the same)."""
    own = {id(place.value) for place in places if not place.is_number}
    own |= {place.path for place in places}
    call = layer.fresh()
    layer.passes.update(("forward", "backward"))
    y, cache = call.forward(layer.x())
    before = {p.path: as_floats(p.value) for p in everything(layer).places}
    call.call_backward(np.ones(y.shape), cache)
    names = {plain(place.path[-1]) for place in places if isinstance(place.path[-1], str)}
    after = [
        p for p in everything(layer, names).places
        if id(p.value) not in own and p.path not in own and not is_dx(p, layer)
    ]
    after += [item for place in after for item in place.items()]
    known = {plain(place.path[-1]) for place in after}
    found = matched(places, after)
    besides = still_or_stateful(layer, others, [p for p in after if not same(p, before)])
    for rule, candidates in (
        (in_order, [p for p in after if p.path[0] == RETURNED]),
        (by_shape, [p for p in after if not same(p, before) and not of_another(p, known)]),
    ):
        taken = {id(place) for place in found.values()}
        rest = [place for place in places if id(place) not in found and place.is_array]
        found.update(rule(rest, [p for p in candidates if id(p) not in taken]))
    found.update(steps_of(layer, [place for place in places if id(place) not in found]))
    return found, besides


def of_another(place, known):
    """Whether it is called the gradient of something that hangs there too, as dh is of h."""
    name, shortened = unmarked(str(plain(place.path[-1])), {n for n in known if isinstance(n, str)})
    return name is not None and not shortened


def still_or_stateful(layer, others, changed):
    """Whole numbers, arrays that may not be written, and what forward changes, that have gradients
    under their own names."""
    held = [
        p for p in others if isinstance(p.path[-1], str) and (
            p in layer.remembers or not p.may_be_moved and p.path[0] != RETURNED
            and not (p.is_array and p.value.flags.writeable and p.value.dtype.kind == "f")
        )
    ]
    found = matched(held, [p for p in changed if p not in others or p.path[0] == RETURNED])
    return [p for p in held if id(p) in found]


def is_dx(place, layer):
    """Whether it is a gradient of the input, in what backward returned."""
    if place.path[0] != RETURNED:
        return False
    first = place.path[1] if len(place.path) > 1 else 0
    return len(place.path) < 3 and isinstance(first, int) and first < len(layer.inputs)


def same(place, before):
    earlier = before.get(place.path)
    return earlier is not None and np.array_equal(earlier, as_floats(place.value))


def steps_of(layer, places):
    """id -> Step, for weights that backward moves itself in proportion to dy. The learning rate is
    the number within reach that makes one of these steps at least the true gradient, or where none
    does, the only one of that name, unless the steps have a momentum."""
    moved = [place for place in places if step_of(layer, place, 1.0).any() and (
        not layer.form.takes_dy or np.allclose(
            step_of(layer, place, 2.0), 2 * step_of(layer, place, 1.0), rtol=1e-6, atol=0
        )
    )]
    if layer.form.rate:  # it was given by us
        return {id(one): Step(layer.form.rate) for one in moved}
    if not moved:
        return {}
    numbers = [(str(p.path[-1]), p.value) for p in everything(layer).places if p.is_number]
    numbers += [
        (name, p.default) for name, p in parameters_of(layer.form.functions[1]).items()
        if isinstance(p.default, float)
    ]
    rates = {float(value) for _, value in numbers}
    for place in moved:
        v = np.random.default_rng(5).standard_normal(as_floats(place.value).shape)
        step, true = (step_of(layer, place, 1.0) * v).sum(), slope_along(layer, place, v)
        for rate in sorted(rates - {0.0}):
            if abs(step - rate * true) <= 1e-5 * abs(step):
                return {id(one): Step(rate) for one in moved}
    named = {float(value) for name, value in numbers if LEARNING_RATE.fullmatch(name)} - {0.0}
    if len(named) != 1 or any(MOMENTUM.fullmatch(name) for name, _ in numbers):
        return {}
    return {id(one): Step(*named) for one in moved}


def random_dy(layer):
    return np.random.default_rng(6).standard_normal(layer.output().shape)


def step_of(layer, place, size):
    """How far backward moves it down, for a random dy of this size."""
    dy, call = size * random_dy(layer), layer.fresh()
    before = place.now()
    layer.passes.update(("forward", "backward"))
    call.call_backward(dy, call.forward(layer.x())[1])
    now = place.now()
    if now is None or now.shape != before.shape or same_numbers(now, before):
        return np.zeros(1)
    return before - now


def slope_along(layer, place, v, size=1e-5):
    """The change of Σ dy y along v, by central differences."""
    dy, f = random_dy(layer), []
    for t in (-size, size):
        layer.fresh()
        place.write(as_floats(place.content) + t * v)
        layer.passes["forward"] += 1
        f.append((dy * layer.forward(layer.x())[0]).sum())
    layer.fresh()
    return (f[1] - f[0]) / (2 * size)


def covered(place, seen):
    """Whether its memory is that of arrays that are compared, as a view's is."""
    parts = [
        other.value for other in seen if other.is_array and place.is_array
        and np.shares_memory(place.value, other.value)
    ]
    return bool(parts) and sum(part.size for part in parts) >= place.value.size


def names_of(places, thing):
    """id of a Place -> what the report calls it: its key in a dict of parameters, the name that the
    source gives to an item of a list, else its path."""
    listed, names = names_in_source(type(thing)), {}
    for place in places:
        held = len(place.path) > 1 and VALUE.fullmatch(str(place.path[-1]))
        name = words(place.path[:-1] if held else place.path)
        container, *rest = place.path
        if len(rest) == 1 and isinstance(rest[0], int):
            name = listed.get(container, {}).get(rest[0], name)
        elif len(rest) == 1 and PARAMETERS.fullmatch(str(container)):
            name = str(rest[0])
        names[id(place)] = name
    said, again, whole = Counter(names.values()), Counter(), {}
    for place in places:  # a global and an attribute of one name are two weights
        name = names[id(place)]
        name = name if said[name] == 1 else words(place.path)
        again[name] += 1
        whole[id(place)] = name if again[name] == 1 else f"{name} ({again[name]})"
    return whole


def names_in_source(kind):
    """attribute -> {index: name}, from `self.params = [W, b]` and `W, b = self.params`."""
    if not is_users(kind.__module__):
        return {}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        for listed, attribute in ((node.value, node.targets[0]), (node.targets[0], node.value)):
            items = getattr(listed, "elts", ())
            if isinstance(attribute, ast.Attribute) and items and all(
                isinstance(item, ast.Name) for item in items
            ):
                found.setdefault(attribute.attr, {i: item.id for i, item in enumerate(items)})
    return found
