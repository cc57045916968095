"""Layers that give one x to several layers and join what comes out."""

from gan_scratch.backend import array_module
from gan_scratch.layers.layer import Layer


def add(first, second):
    """first + second, where None is zero and tuples are added item by item."""
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, tuple):
        return tuple(add(*pair) for pair in zip(first, second, strict=True))
    return first + second


class Residual(Layer):
    """y = body(x) + shortcut(x); without a shortcut y = body(x) + x (He et al. 2016).

    Backward
        dx = dx of the body + dx of the shortcut, each at dy
    Tangent
        ẏ and dẋ are such sums as well
    """

    def __init__(self, body, shortcut=None):
        if not isinstance(body, Layer):
            raise TypeError(f"Residual takes a layer as its body, got {body!r}")
        if not isinstance(shortcut, (Layer, type(None))):
            raise TypeError(f"Residual takes a layer or None as its shortcut, got {shortcut!r}")
        self.body = body
        self.shortcut = shortcut

    @property
    def piecewise_linear(self):
        return all(layer.piecewise_linear for layer in self.children().values())

    def forward(self, x, training=True):
        y, body_cache = self.body.forward(x, training)
        short, short_cache = x, None
        if self.shortcut is not None:
            short, short_cache = self.shortcut.forward(x, training)
        if y.shape != short.shape or y.dtype != short.dtype:
            raise ValueError(
                f"Residual adds what its body and its shortcut give; the body gave {y.dtype} of "
                f"shape {tuple(y.shape)}, the shortcut {short.dtype} of shape {tuple(short.shape)}"
            )
        return y + short, (body_cache, short_cache, y.shape, y[:0].copy())

    def backward(self, dy, cache, need_dx=True):
        body_cache, short_cache, y_shape, like = cache
        self.expect(dy, y_shape, like=like, name="dy")
        dx = self.body.backward(dy, body_cache, need_dx)
        short_dx = dy
        if self.shortcut is not None:
            short_dx = self.shortcut.backward(dy, short_cache, need_dx)
        return add(dx, short_dx) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        body_cache, short_cache, _, _ = cache
        y_dot, body_tangent_cache = self.body.tangent_forward(x_dot, body_cache)
        short_dot, short_tangent_cache = x_dot, None
        if self.shortcut is not None:
            short_dot, short_tangent_cache = self.shortcut.tangent_forward(x_dot, short_cache)
        return add(y_dot, short_dot), (body_tangent_cache, short_tangent_cache)

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        body_cache, short_cache, y_shape, like = cache
        body_tangent_cache, short_tangent_cache = tangent_cache
        self.expect_cotangents(dy, dy_dot, y_shape, like=like)
        dx, dx_dot = self.body.tangent_backward(
            dy, dy_dot, body_cache, body_tangent_cache, need_dx
        )
        short_dx, short_dx_dot = dy, dy_dot
        if self.shortcut is not None:
            short_dx, short_dx_dot = self.shortcut.tangent_backward(
                dy, dy_dot, short_cache, short_tangent_cache, need_dx
            )
        return (add(dx, short_dx), add(dx_dot, short_dx_dot)) if need_dx else (None, None)


class Concatenate(Layer):
    """y = what the branches make of x, side by side along the last axis.

    Shapes
        branch k gives (..., C_k), y (..., C_1 + C_2 + ...)
    Backward
        branch k gets its columns of dy, and dx is the sum over the branches
    Tangent
        ẏ and dẋ are joined and summed alike
    """

    def __init__(self, *branches):
        if not branches:
            raise ValueError("Concatenate takes at least one branch, got none")
        for index, branch in enumerate(branches):
            if not isinstance(branch, Layer):
                raise TypeError(f"Concatenate takes layers; branch {index} is {branch!r}")
        self.branches = list(branches)

    def forward(self, x, training=True):
        passes = [branch.forward(x, training) for branch in self.branches]
        outputs, caches = [y for y, _ in passes], [cache for _, cache in passes]
        if len({(y.shape[:-1], y.dtype) for y in outputs}) > 1 or outputs[0].ndim < 1:
            raise ValueError(
                "Concatenate joins what its branches give along the last axis; they gave "
                + ", ".join(f"{y.dtype} of shape {tuple(y.shape)}" for y in outputs)
            )
        y = array_module(*outputs).concatenate(outputs, axis=-1)
        return y, (caches, [part.shape[-1] for part in outputs], y.shape, y[:0].copy())

    def backward(self, dy, cache, need_dx=True):
        caches, widths, y_shape, like = cache
        self.expect(dy, y_shape, like=like, name="dy")
        dx = None
        for branch, part, branch_cache in zip(
            self.branches, split(dy, widths), caches, strict=True
        ):
            dx = add(dx, branch.backward(part, branch_cache, need_dx))
        return dx

    def tangent_forward(self, x_dot, cache):
        caches = cache[0]
        passes = [
            branch.tangent_forward(x_dot, branch_cache)
            for branch, branch_cache in zip(self.branches, caches, strict=True)
        ]
        parts = [y_dot for y_dot, _ in passes]
        y_dot = array_module(*parts).concatenate(parts, axis=-1)
        return y_dot, [tangent_cache for _, tangent_cache in passes]

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        caches, widths, y_shape, like = cache
        self.expect_cotangents(dy, dy_dot, y_shape, like=like)
        dx = dx_dot = None
        for branch, part, part_dot, branch_cache, branch_tangent_cache in zip(
            self.branches, split(dy, widths), split(dy_dot, widths), caches, tangent_cache,
            strict=True,
        ):
            branch_dx, branch_dx_dot = branch.tangent_backward(
                part, part_dot, branch_cache, branch_tangent_cache, need_dx
            )
            dx, dx_dot = add(dx, branch_dx), add(dx_dot, branch_dx_dot)
        return dx, dx_dot


def split(v, widths):
    """v cut along its last axis into parts of these widths; None is cut into Nones."""
    stops = [sum(widths[: index + 1]) for index in range(len(widths))]
    return [
        None if v is None else v[..., stop - width:stop]
        for stop, width in zip(stops, widths, strict=True)
    ]
