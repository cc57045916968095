"""Several outputs by name: one x goes into several layers, and y is a dict of what they give."""

from gan_scratch.backend import array_module
from gan_scratch.layers.branches import Branches
from gan_scratch.layers.layer import Layer
from gan_scratch.layers.sequential import Sequential


class Heads(Branches):
    """One x goes into several layers, the heads; y is a dict with what each gives, by its name.

        Heads(score=Dense(128, 1, rng=rng), classes=Dense(128, 10, rng=rng))

    A head that gives a dict itself contributes the names in it instead of its own.

    Shapes
        y = {"score": (N, 1), "classes": (N, 10)}, each as its head gives it
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
        self.names = each_once([n for head in heads.items() for n in outputs_of(*head)])

    @property
    def branches(self):
        return list(self.heads.values())

    @property
    def piecewise_linear(self):
        return all(layer.piecewise_linear for layer in self.branches)

    def members(self):
        return self.heads.items()

    def join(self, outputs):
        pairs = zip(self.heads, outputs, strict=True)
        named = [y if isinstance(y, dict) else {name: y} for name, y in pairs]
        each_once([name for each in named for name in each])
        return {name: array for each in named for name, array in each.items()}

    def plan(self, outputs, y):
        """(the names that each head gives, or None for an array; name -> shape and kind)."""
        kinds = {name: (a.shape, array_module(a).empty(0, a.dtype)) for name, a in y.items()}
        return [list(y) if isinstance(y, dict) else None for y in outputs], kinds

    def taken_apart(self, dy, plan, called="dy"):
        gives, kinds = plan
        if not isinstance(dy, dict):
            wanted = f"{called} as a dict with some of {', '.join(kinds)}"
            raise TypeError(f"Heads takes {wanted}, got {type(dy).__name__}")
        dy = {name: part for name, part in dy.items() if part is not None}
        for name, part in dy.items():
            shape, like = head(kinds, name)
            self.expect(part, shape, like=like, name=f"{called} of {name!r}")
        if called == "dy" and not dy:  # zeros along one of them, so that dx is zeros
            name, (shape, like) = next(iter(kinds.items()))
            dy = {name: array_module(like).zeros(shape, like.dtype)}
        return [
            dy.get(name) if names is None else {n: dy[n] for n in names if n in dy} or None
            for name, names in zip(self.heads, gives, strict=True)
        ]


def head(y, name):
    """The output of this name. An array, of a player with one output, is the one that is meant."""
    if not isinstance(y, dict):
        return y
    if name not in y:
        raise ValueError(f"this player has no output called {name!r}: it gives {', '.join(y)}")
    return y[name]


def outputs_of(name, layer):
    """The names of what a head gives, as far as one sees them before it runs."""
    while isinstance(layer, Sequential) and len(layer):
        layer = layer[-1]
    return layer.names if isinstance(layer, Heads) else [name]


def each_once(names):
    """The names; ValueError where two are the same."""
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise ValueError(f"Heads gives two outputs called {twice[0]!r}; each needs its own name")
    return names
