"""Layers that give one x to several layers and join what comes out."""

from gan_scratch.backend import array_module
from gan_scratch.layers.layer import Layer
from gan_scratch.layers.sequential import Sequential


class Branches(Layer):
    """One x goes into several layers, the branches, and y joins what comes out of them.

    Backward
        each branch gets its part of dy, and dx is the sum over the branches
    Tangent
        ẏ and dẋ are joined and summed alike

    A subclass gives
        branches            the layers, in order
        join(outputs)       y; TypeError or ValueError where the outputs do not fit together
        parts(dy, widths)   what of dy goes to each output, of so many channels
    """

    def forward(self, x, training=True):
        passes = (branch.forward(x, training) for branch in self.branches)
        outputs, caches = zip(*passes, strict=True)
        y = self.join(outputs)
        return y, (caches, self.plan(outputs, y))

    def plan(self, outputs, y):
        """What `taken_apart` needs to know."""
        return [part.shape[-1] for part in outputs], y.shape, y[:0].copy()

    def taken_apart(self, dy, plan, called="dy"):
        """What of dy goes to each branch, or None where nothing does."""
        widths, y_shape, like = plan
        self.expect(dy, y_shape, like=like, name=called)
        return self.parts(dy, widths)

    def backward(self, dy, cache, need_dx=True):
        caches, plan = cache
        dx = None
        for branch, part, own in zip(
            self.branches, self.taken_apart(dy, plan), caches, strict=True
        ):
            if part is not None:
                dx = add(dx, branch.backward(part, own, need_dx))
        return dx

    def tangent_forward(self, x_dot, cache):
        pairs = zip(self.branches, cache[0], strict=True)
        passes = (branch.tangent_forward(x_dot, own) for branch, own in pairs)
        outputs, caches = zip(*passes, strict=True)
        return self.join(outputs), caches

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        caches, plan = cache
        parts, nothing = self.taken_apart(dy, plan), [None] * len(self.branches)
        dots = nothing if dy_dot is None else self.taken_apart(dy_dot, plan, "dy_dot")
        dx = dx_dot = None
        for branch, part, dot, own, tangent in zip(
            self.branches, parts, dots, caches, tangent_cache, strict=True
        ):
            if part is not None:
                branch_dx, branch_dx_dot = branch.tangent_backward(part, dot, own, tangent, need_dx)
                dx, dx_dot = add(dx, branch_dx), add(dx_dot, branch_dx_dot)
            elif dot is not None:  # where dy = 0, dẋ = Jᵀ dẏ
                dx_dot = add(dx_dot, branch.backward(dot, own, need_dx))
        return dx, dx_dot


def add(first, second):
    """first + second, where None is zero and tuples are added item by item."""
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, tuple):
        return tuple(add(*pair) for pair in zip(first, second, strict=True))
    return first + second


class Residual(Branches):
    """y = body(x) + shortcut(x); without a shortcut y = body(x) + x (He et al. 2016).

    Backward
        dx = dx of the body + dx of the shortcut, each at dy
    """

    def __init__(self, body, shortcut=None):
        if not isinstance(body, Layer):
            raise TypeError(f"Residual takes a layer as its body, got {body!r}")
        if not isinstance(shortcut, (Layer, type(None))):
            raise TypeError(f"Residual takes a layer or None as its shortcut, got {shortcut!r}")
        self.body = body
        self.shortcut = shortcut

    @property
    def branches(self):
        return [self.body, Sequential() if self.shortcut is None else self.shortcut]

    @property
    def piecewise_linear(self):
        return all(layer.piecewise_linear for layer in self.children().values())

    def join(self, outputs):
        y, short = outputs
        if y.shape != short.shape or y.dtype != short.dtype:
            raise ValueError(
                f"Residual adds what its body and its shortcut give; the body gave {y.dtype} of "
                f"shape {tuple(y.shape)}, the shortcut {short.dtype} of shape {tuple(short.shape)}"
            )
        return y + short

    def parts(self, dy, widths):
        return dy, dy


class Concatenate(Branches):
    """y = what the branches make of x, side by side along the last axis.

    Shapes
        branch k gives (..., C_k), y (..., C_1 + C_2 + ...)
    Backward
        branch k gets its columns of dy, and dx is the sum over the branches
    """

    def __init__(self, *branches):
        if not branches:
            raise ValueError("Concatenate takes at least one branch, got none")
        for index, branch in enumerate(branches):
            if not isinstance(branch, Layer):
                raise TypeError(f"Concatenate takes layers; branch {index} is {branch!r}")
        self.branches = list(branches)

    def join(self, outputs):
        if len({(y.shape[:-1], y.dtype) for y in outputs}) > 1 or outputs[0].ndim < 1:
            raise ValueError(
                "Concatenate joins what its branches give along the last axis; they gave "
                + ", ".join(f"{y.dtype} of shape {tuple(y.shape)}" for y in outputs)
            )
        return array_module(*outputs).concatenate(outputs, axis=-1)

    def parts(self, dy, widths):
        stops = [sum(widths[: index + 1]) for index in range(len(widths))]
        return [dy[..., stop - width : stop] for stop, width in zip(stops, widths, strict=True)]
