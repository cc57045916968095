"""Several outputs by name: one x goes into several layers, and y is a dict of what they give."""

from gan_scratch.backend import array_module
from gan_scratch.layers.branches import add
from gan_scratch.layers.layer import Layer
from gan_scratch.layers.sequential import Sequential


class Heads(Layer):
    """One x goes into several layers, the heads; y is a dict with what each gives, by its name.

        Heads(score=Dense(128, 1, rng=rng), classes=Dense(128, 10, rng=rng))

    A head that gives a dict itself contributes the names in it instead of its own.

    Shapes
        y = {"score": (N, 1), "classes": (N, 10)}: each as its head gives it
    Backward
        dy is a dict with some of these names. One that is missing, or None, is zero, and nothing
        goes back along it. dx is the sum over the others, and zeros where there are none
    Tangent
        ẏ and dẏ are such dicts too; dẋ is summed as dx is
    """

    def __init__(self, **heads):
        if not heads:
            raise ValueError("Heads takes at least one layer, as in Heads(score=...), got none")
        for name, layer in heads.items():
            if not isinstance(layer, Layer):
                raise TypeError(f"Heads takes layers; {name} is {layer!r}")
        self.heads = heads
        expect_different(outputs_of(self))

    @property
    def piecewise_linear(self):
        return all(layer.piecewise_linear for layer in self.heads.values())

    def members(self):
        return self.heads.items()

    def forward(self, x, training=True):
        passes = [layer.forward(x, training) for layer in self.heads.values()]
        outputs = [named(name, y) for name, (y, _) in zip(self.heads, passes, strict=True)]
        expect_different([name for output in outputs for name in output])
        caches = [
            (cache, isinstance(y, dict), list(output))
            for (y, cache), output in zip(passes, outputs, strict=True)
        ]
        y = {name: array for output in outputs for name, array in output.items()}
        likes = {name: (a.shape, array_module(a).empty(0, a.dtype)) for name, a in y.items()}
        return y, (caches, likes, x)

    def backward(self, dy, cache, need_dx=True):
        caches, _, x = cache
        dx = None
        for layer, part, own in zip(
            self.heads.values(), self.parts(dy, cache), caches, strict=True
        ):
            if part is not None:
                dx = add(dx, layer.backward(part, own[0], need_dx))
        return zeros(x) if need_dx and dx is None else dx

    def tangent_forward(self, x_dot, cache):
        y_dot, tangent_caches = {}, []
        for (name, layer), (own, *_) in zip(self.heads.items(), cache[0], strict=True):
            dot, tangent_cache = layer.tangent_forward(x_dot, own)
            y_dot |= named(name, dot)
            tangent_caches.append(tangent_cache)
        return y_dot, tangent_caches

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        caches, _, x = cache
        dys = zip(self.parts(dy, cache), self.parts(dy_dot, cache, "dy_dot"), strict=True)
        dx = dx_dot = None
        for layer, (part, dot), (own, *_), tangent in zip(
            self.heads.values(), dys, caches, tangent_cache, strict=True
        ):
            if part is not None:
                head_dx, head_dx_dot = layer.tangent_backward(part, dot, own, tangent, need_dx)
                dx, dx_dot = add(dx, head_dx), add(dx_dot, head_dx_dot)
            elif dot is not None:  # where dy = 0, dẋ = Jᵀ dẏ
                dx_dot = add(dx_dot, layer.backward(dot, own, need_dx))
        return (zeros(x) if need_dx and dx is None else dx), dx_dot

    def parts(self, dy, cache, called="dy"):
        """What of dy goes into each head: an array, or a dict for one that gives a dict; None where
        nothing does."""
        caches, likes, _ = cache
        if not isinstance(dy, (dict, type(None))):
            raise TypeError(
                f"Heads takes {called} as a dict with some of {', '.join(likes)}, "
                f"got {type(dy).__name__}"
            )
        given = {name: part for name, part in (dy or {}).items() if part is not None}
        for name, part in given.items():
            shape, like = head(likes, name)
            self.expect(part, shape, like=like, name=f"{called} of {name!r}")
        found = [{name: given[name] for name in names if name in given} for *_, names in caches]
        return [
            (own if several else own[names[0]]) if own else None
            for own, (_, several, names) in zip(found, caches, strict=True)
        ]


def head(y, name):
    """The output of this name; an array, of a player with one output, is the one that is meant."""
    if not isinstance(y, dict):
        return y
    if name not in y:
        raise ValueError(f"this player has no output called {name!r}: it gives {', '.join(y)}")
    return y[name]


def along(y, name, dy):
    """What goes back along y where only the output of this name has a dy."""
    return {name: dy} if isinstance(y, dict) else dy


def named(name, y):
    """y as a dict: that of a head which gives one, else y under the head's name."""
    return y if isinstance(y, dict) else {name: y}


def zeros(x):
    """A dx of nothing: for each array of x, and None for labels."""
    if isinstance(x, tuple):
        return tuple(map(zeros, x))
    return array_module(x).zeros_like(x) if x.dtype.kind in "fc" else None


def outputs_of(layer, name=None):
    """The names of what a layer gives, as far as one sees before it runs."""
    if isinstance(layer, Heads):
        return [n for each, inner in layer.heads.items() for n in outputs_of(inner, each)]
    last = layer.layers[-1:] if isinstance(layer, Sequential) else ()
    return outputs_of(last[0], name) if last else [name]


def expect_different(names):
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise ValueError(f"Heads gives two outputs called {twice[0]!r}; each needs its own name")
