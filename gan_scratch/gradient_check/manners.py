"""What a layer does besides computing: asked without any numeric gradient.

A layer is called twice, back and forth, and whatever it was given is looked at afterwards. Each
question yields a Cause where the answer is wrong.
"""

from contextlib import contextmanager

import numpy as np

from gan_scratch.gradient_check.evidence import Cause, relative
from gan_scratch.gradient_check.subject import LibraryLayer
from gan_scratch.layers.layer import OUT_OF_REACH, FrozenGradientError, frozen, set_inside

ROUNDING = 1e-12  # relative differences up to this are none


def manners(subject, rng, dy_size=1.0):
    """The Causes that concern the layer as a whole, in the order of the questions."""
    y = np.asarray(subject.output())
    dy = dy_size * rng.standard_normal(y.shape) if y.ndim else np.asarray(dy_size)
    found = {}
    for question in (
        writes_into_what_it_is_given, uninitialised, twice, two_calls, keeps_still_when_frozen,
        keeps_the_contract,
    ):
        for cause in question(subject, dy, rng):
            found.setdefault(cause.word, cause)
        if found:  # what is asked next would only see the same again
            break
    return list(found.values())


def parts(x):
    return x if isinstance(x, tuple) else (x,)


def writes_into_what_it_is_given(subject, dy, rng):
    call, x = subject.fresh(), subject.x()
    before = [part.copy() for part in parts(x)]
    y, cache = call.forward(x)
    if changed(before, parts(x)):
        yield Cause(
            "changes x", "", "forward writes into its input: whoever gave it x needs x afterwards; "
            "compute in a copy.", "y = np.where(x > 0, x, a * x) instead of x[x < 0] *= a",
        )
        return
    kept_y, given = np.array(y), np.array(dy)
    call.backward(given, cache)
    if not np.array_equal(given, dy):
        yield Cause(
            "changes dy", "", "backward writes into dy: whoever gave it still needs it, as another "
            "path may go back with the same dy; compute in a copy.",
            "dx = dy * f'(x) instead of dy *= f'(x)",
        )
    named = zip(subject.input_names(), before, parts(x), strict=True)
    names = [n for n, old, new in named if changed([old], [new])]
    weights = [name for name in names if not subject.is_input(name)]
    if weights:
        yield updated(weights, "what it computes after the update uses the new value")
    elif names:
        yield Cause("changes x", "", "backward writes into the x of the forward pass.", "")
    if not np.array_equal(kept_y, y, equal_nan=True):
        yield Cause("changes y", "", "backward writes into the y that forward returned.", "")


def changed(before, after):
    return any(not np.array_equal(b, a, equal_nan=True) for b, a in zip(before, after, strict=True))


def updated(names, words):
    names = " and ".join(names)
    return Cause("updated inside", names, f"backward updates {names} itself: {words}.",
                 "first all gradients, then the step")


@contextmanager
def memory_that_holds(number):
    """Inside, np.empty hands out memory that holds this number."""
    makers = np.empty, np.empty_like

    def filling(make):
        def made(*args, **settings):
            array = make(*args, **settings)
            if array.dtype.kind == "f":
                array.fill(number)
            return array

        return made

    np.empty, np.empty_like = map(filling, makers)
    try:
        yield
    finally:
        np.empty, np.empty_like = makers


def uninitialised(subject, dy, rng):
    """The same pass on memory that held 0 and 1 before: what np.empty hands out holds anything."""
    found = []
    for number in (0.0, 1.0):
        with memory_that_holds(number):
            call = subject.fresh()
            y, cache = call.forward(subject.x())
            found.append({"": y, **copied(call.backward(np.array(dy), cache))})
    for name in unequal(*found)[:1]:
        yield Cause(
            "uninitialised", name, f"{subject.quantity(name) if name else 'y'} is made in "
            "np.empty, and not all of it is written: what is left holds whatever the memory held "
            "before.", "np.zeros instead of np.empty",
        )


def unequal(one, other):
    """The names whose gradients differ."""
    return [
        name for name in one
        if (one[name] is None) != (other[name] is None)
        or one[name] is not None and relative(other[name], one[name]) > ROUNDING
    ]


def twice(subject, dy, rng):
    """Back twice with one cache gives the same twice; where gradients add up, their sum."""
    call = subject.fresh()
    _, cache = call.forward(subject.x())
    first = copied(call.backward(np.array(dy), cache))
    moved = subject.moved_by_backward()
    call.write_weights()
    try:
        second = copied(call.backward(np.array(dy), cache))
    except Exception as error:
        yield Cause(
            "not repeatable", "", "backward can be called only once: the second call raises "
            f"{type(error).__name__}. It uses up what the cache holds.",
        )
        return
    for name, value in first.items():
        if name in subject.stepped():
            continue  # by an optimiser, which may remember its last step
        is_parameter = value is not None and not subject.is_input(name)
        added = is_parameter and relative(second[name], 2 * value) <= ROUNDING
        if is_parameter and subject.adds and value.any() and not added:
            yield Cause(
                "overwritten", "", f"{subject.quantity(name)} is not added to what stands there "
                "before: D goes back for real samples and for fakes, and both count.",
                f"{name}.gradient += ... and nothing else",
            )
        elif name in unequal(first, second) and not added and moved:
            yield updated(moved, f"called again with the same dy and cache it gives another "
                          f"{subject.quantity(name)}, as it uses what the update has changed")
        elif name in unequal(first, second) and not added:
            yield Cause(
                "not repeatable", "", "backward called again with the same dy and cache gives "
                f"another {subject.quantity(name)}: it draws random numbers, or changes the cache.",
                "what is drawn in forward goes back in the cache",
            )


def copied(claims):
    return {name: None if value is None else np.array(value) for name, value in claims.items()}


def two_calls(subject, dy, rng):
    """Two forward passes, then back with the cache of the first. Of a class that keeps what it
    needs on itself, and says so by returning y alone, nobody can ask that."""
    other = {
        name: rng.permutation(value.ravel()).reshape(value.shape) * rng.uniform(0.6, 0.9)
        for name, value in subject.values.items() if subject.is_input(name)
    }
    alone = copied(subject.claims(dy))
    call = subject.fresh()
    y, cache = call.forward(subject.x())
    kept = np.array(y)
    call.forward(subject.x(other))
    if not np.array_equal(kept, y):
        yield Cause(
            "overwritten", "y", "a second forward pass changes the y that the first one returned: "
            "both are the same array. D's scores of real samples are still needed when the fakes "
            "have been through.", "y = np.empty(...) in each call",
        )
        return
    if not subject.hands_cache_back:
        return
    call = subject.fresh()
    _, cache = call.forward(subject.x())
    try:
        call.forward(subject.x(other))
        after = copied(call.backward(np.array(dy), cache))
    except Exception:
        after = None
    if after is None or unequal(alone, after):
        yield Cause(
            "stale cache", "", "after two forward passes, backward with the first one's cache "
            "gives another gradient than alone: something is kept on the layer, where the second "
            "pass overwrites it. A GAN calls D on real samples and on fakes before it goes back.",
            "y, cache = forward(x); all that backward needs is in the cache",
        )


def keeps_still_when_frozen(subject, dy, rng):
    """Inside `frozen` a Layer adds to no gradient and changes no buffer, and gives the same y and
    dx: penalties and G's step count on that, and nobody else would notice."""
    if not isinstance(subject, LibraryLayer):
        return
    layer = subject.fresh().layer
    y, cache = subject.forward(subject.x())
    dx = subject.back(np.array(dy), cache)
    subject.fresh()
    before, touched = layer.state(), False
    try:
        with frozen(layer):
            y_frozen, cache = subject.forward(subject.x())
            dx_frozen = subject.back(np.array(dy), cache)
            touched = any(p.gradient is not OUT_OF_REACH for p in layer.parameters().values())
            if not (alike(y, y_frozen) and alike(dx, dx_frozen)):
                yield Cause(
                    "frozen", "dx", "the frozen layer gives another y or dx: gradients must flow "
                    "through a frozen player as they do through a free one, or G does not learn.",
                )
    except FrozenGradientError:
        touched = True
    if touched:
        yield Cause(
            "frozen", "gradient", "backward adds to the gradient of a frozen parameter. A game "
            "freezes D in G's step, and penalties such as R1 freeze it too: their gradients would "
            "be wrong.", "if not self.weight.frozen: self.weight.gradient += ...",
        )
    changed_buffers = [n for n, value in layer.state().items() if changed([before[n]], [value])]
    if changed_buffers:
        yield Cause(
            "frozen", "buffer", f"the frozen layer changes {' and '.join(changed_buffers)}: in a "
            "step of the other player a frozen buffer must stay as it is.",
            "if training and not self.mean.frozen: self.mean.value[...] = ...",
        )


def keeps_the_contract(subject, dy, rng):
    """What else a Layer promises (layers/layer.py), as a step of the game makes use of it."""
    if not isinstance(subject, LibraryLayer):
        return
    layer, parameters = subject.layer, subject.parameters

    def gradients(need_dx=True, without=None):
        subject.fresh()
        with set_inside("frozen", [parameters[without]] if without else [], True):
            _, cache = subject.forward(subject.x())
            subject.back(np.array(dy), cache, need_dx)
        return {name: p.gradient.copy() for name, p in parameters.items() if name != without}

    whole = gradients()
    if unequal(whole, gradients(need_dx=False)):
        yield Cause(
            "contract", "need_dx", "with need_dx=False the parameters get other gradients. D's "
            "first layer is called this way; only dx may be left out.",
        )
    for name in parameters if len(parameters) > 1 else ():
        others = {n: g for n, g in whole.items() if n != name}
        if unequal(others, gradients(without=name)):
            yield Cause(
                "contract", "frozen alone", f"freezing {name} alone changes the gradients of other "
                "parameters: check .frozen for each of them.",
            )
    if not layer.mixes_samples and not layer.generators() and (subject.samples or 0) > 1 and (
        half_differs(subject)
    ):
        yield Cause(
            "contract", "mixes_samples", "a sample's output depends on the others of its batch, "
            "but mixes_samples is not True: penalties, joined batches and those that processes "
            "share rely on it.", "mixes_samples = True",
        )
    if layer.has_tangents:
        yield from tangents_keep_the_contract(subject, dy, rng)


def half_differs(subject):
    """Whether half of the batch gives other samples than the whole. An input with no samples in it,
    a mask of channels say, may be as long by chance: then only the first one is to be halved."""
    n, whole, found = subject.samples, subject.output(), []
    for count in {1, len(subject.inputs)}:
        x = [p[: n // 2] if p.shape[:1] == (n,) else p for p in parts(subject.x())[:count]]
        x += parts(subject.x())[count:]
        try:
            y = subject.fresh().forward(tuple(x) if subject.several else x[0])[0]
            found.append(not alike(y, whole[: len(y)]))
        except Exception:  # somebody's code may raise anything at a size that it is not made for
            continue
    return bool(found) and all(found)


def tangents_keep_the_contract(subject, dy, rng):
    """Where None stands for zero, need_dx=False leaves out no more than dx, and gradients add."""
    parameters = subject.parameters
    moved = {n: rng.standard_normal(v.shape) for n, v in subject.values.items()}

    def gradients(dy_dot, tangents, need_dx=True, start=0.0):
        subject.fresh()
        _, cache = subject.forward(subject.x())
        for name, parameter in parameters.items():
            parameter.tangent = tangents[name] if tangents else None
            parameter.gradient[...] = start
        try:
            y_dot, tangent_cache = subject.tangent_forward(moved, cache)
            subject.tangent_backward(np.array(dy), dy_dot, cache, tangent_cache, need_dx)
        finally:
            for parameter in parameters.values():
                parameter.tangent = None
        found = {name: p.gradient - start for name, p in parameters.items()}
        return {**found, "y_dot": y_dot}

    still = {name: np.zeros_like(p.value) for name, p in parameters.items()}
    dots = {name: moved[name] for name in parameters}
    dy_dot = rng.standard_normal(np.shape(dy))
    for about, one, other in (
        ("dy_dot", (None, dots), (np.zeros(np.shape(dy)), dots)),
        ("tangent", (dy_dot, None), (dy_dot, still)),
        ("both", (None, None), (np.zeros(np.shape(dy)), still)),
        ("need_dx", (dy_dot, dots, False), (dy_dot, dots)),
        ("adds", (dy_dot, dots, True, 1.0), (dy_dot, dots)),
    ):
        if unequal(gradients(*one), gradients(*other)):
            yield Cause("contract", about, {
                "dy_dot": "with dy_dot=None the tangent passes give other results than with zeros",
                "tangent": "with parameter.tangent=None they give other results than with zeros",
                "both": "with both of them None the tangent passes differ from those with zeros",
                "need_dx": "with need_dx=False tangent_backward gives other gradients",
                "adds": "tangent_backward overwrites gradients instead of adding to them",
            }[about] + ": penalties call it like this, and the gradient of R1 would be wrong.")


def alike(one, other):
    return all(
        (a is None) == (b is None) and (a is None or relative(b, a) <= ROUNDING)
        for a, b in zip(parts(one), parts(other), strict=True)
    )
