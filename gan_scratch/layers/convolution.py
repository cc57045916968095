"""Convolution and its transpose, over sequences, images and volumes.

A convolution takes a large image to a small one; its transpose is the adjoint of the same map and
takes a small one to a large one. With A the map from large to small for a fixed weight,

    convolution      y = A x      dx = Aᵀ dy
    transpose        y = Aᵀ x     dx = A dy

so each is the other's backward pass. Both are linear in the weight as well, and Σ y · A x, read as
a function of W, gives the gradient of W for both. `kernels/loops.py` writes A out.
"""

import math

import numpy as np

from gan_scratch import settings
from gan_scratch.layers import kernels
from gan_scratch.layers.initializers import draw
from gan_scratch.layers.kernels.geometry import Geometry
from gan_scratch.layers.layer import Layer, Parameter, per_sample

MODES = ("zeros", "circular")  # of padding


class Convolution(Layer):
    """What all six layers share: y = B(x, W) + b, with B linear in x and linear in W.

    Backward, dy = dL/dy, with B's adjoints Bₓ by x and B_W by W
        dx = Bₓ(dy, W)        dW = B_W(x, dy)        db = Σ dy
    Tangent, along ẋ, Ẇ, ḃ
        ẏ = B(ẋ, W) + B(x, Ẇ) + ḃ
        dẋ = Bₓ(dẏ, W) + Bₓ(dy, Ẇ)      dẆ = B_W(ẋ, dy) + B_W(x, dẏ)      dḃ = Σ dẏ

    A subclass gives B as `apply`, Bₓ as `adjoint` and B_W as `add_weight_gradient`, the connections
    for an x as `geometry`, and `axes`, the number of axes between the first and the last.
    """

    piecewise_linear = True

    axes = 2

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
    ):
        self.in_channels = settings.positive_integer(self, "in_channels", in_channels)
        self.out_channels = settings.positive_integer(self, "out_channels", out_channels)
        self.kernel_size = settings.positive_integers(self, "kernel_size", kernel_size, self.axes)
        self.stride = settings.positive_integers(self, "stride", stride, self.axes)
        self.dilation = settings.positive_integers(self, "dilation", dilation, self.axes)
        self.padding = padding_of(self, padding, self.axes)
        self.groups = settings.positive_integer(self, "groups", groups)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"{type(self).__name__}: groups must divide in_channels and out_channels, got "
                f"groups {groups}, in_channels {in_channels} and out_channels {out_channels}"
            )

    def draw_parameters(self, bias, rng, init, channels, fan_in):
        """weight (*kernel_size, *channels) by the initializer `init`, bias zero."""
        fan_out = math.prod(self.kernel_size) * self.out_channels // self.groups
        shape = (*self.kernel_size, *channels)
        self.weight = Parameter(draw(init, rng, shape, fan_in=fan_in, fan_out=fan_out))
        self.bias = Parameter(np.zeros(self.out_channels, "float32")) if bias else None

    @property
    def reach(self):
        """How many places a kernel spans along each axis, with its dilation."""
        return tuple(
            (kernel - 1) * dilation + 1
            for kernel, dilation in zip(self.kernel_size, self.dilation, strict=True)
        )

    def geometry(self, x):
        raise NotImplementedError

    def apply(self, x, weight, geometry):
        raise NotImplementedError

    def adjoint(self, dy, weight, geometry):
        raise NotImplementedError

    def add_weight_gradient(self, x, dy, geometry):
        raise NotImplementedError

    def forward(self, x, training=True):
        self.expect(x, (*[None] * (self.axes + 1), self.in_channels), like=self.weight.value)
        geometry = self.geometry(x)
        y = self.apply(x, self.weight.value, geometry)
        if self.bias is not None:
            kernels.add_to_channels(y, self.bias.value)
        return y, (x, y.shape, geometry)

    def backward(self, dy, cache, need_dx=True):
        x, y_shape, geometry = cache
        self.expect(dy, y_shape, like=x, name="dy")
        if not self.weight.frozen:
            self.add_weight_gradient(x, dy, geometry)
        if self.bias is not None and not self.bias.frozen:
            self.bias.gradient += kernels.channel_total(dy)
        return self.adjoint(dy, self.weight.value, geometry) if need_dx else None

    def tangent_forward(self, x_dot, cache):
        x, _, geometry = cache
        self.expect(x_dot, x.shape, like=x, name="x_dot")
        y_dot = self.apply(x_dot, self.weight.value, geometry)
        if self.weight.tangent is not None:
            y_dot += self.apply(x, self.weight.tangent, geometry)
        if self.bias is not None and self.bias.tangent is not None:
            y_dot += self.bias.tangent
        return y_dot, x_dot

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        (x, y_shape, geometry), x_dot = cache, tangent_cache
        self.expect_cotangents(dy, dy_dot, y_shape, like=x)
        if not self.weight.frozen:
            self.add_weight_gradient(x_dot, dy, geometry)
            if dy_dot is not None:
                self.add_weight_gradient(x, dy_dot, geometry)
        if self.bias is not None and not self.bias.frozen and dy_dot is not None:
            self.bias.gradient += kernels.channel_total(dy_dot)
        if not need_dx:
            return None, None
        dx_dot = None if dy_dot is None else self.adjoint(dy_dot, self.weight.value, geometry)
        if self.weight.tangent is not None:
            through_weight = self.adjoint(dy, self.weight.tangent, geometry)
            dx_dot = through_weight if dx_dot is None else dx_dot + through_weight
        return self.adjoint(dy, self.weight.value, geometry), dx_dot

    def add_tangent_gradients(self, dy, c, cache, tangent_cache):
        (x, y_shape, geometry), x_dot = cache, tangent_cache
        if c is None:
            super().add_tangent_gradients(dy, c, cache, tangent_cache)
            return
        self.expect(dy, y_shape, like=x, name="dy")
        if not self.weight.frozen:
            self.add_weight_gradient(x_dot + per_sample(c, x) * x, dy, geometry)
        if self.bias is not None and not self.bias.frozen:
            self.bias.gradient += kernels.channel_total(per_sample(c, dy) * dy)


class LargeToSmall(Convolution):
    """y[o] = Σ_t x[o · stride + t · dilation - padding] W[t] + b, for every place o.

    Shapes
        x (N, *size, C), weight W (*kernel_size, C / groups, M), bias b (M,), y (N, *new_size, M)
        new_size = floor((size + padding in front and behind - reach) / stride) + 1
        with reach = (kernel_size - 1) · dilation + 1

    kernel_size, stride, dilation   a number, or one for each axis
    padding     zeros around: a number, one for each axis, a pair (in front, behind) for each axis,
                or "same" for new_size = ceil(size / stride), an odd zero standing behind
    padding_mode    "circular": x goes on at its other end instead, as textures do that tile
    groups      input and output channels in so many parts, each connected with its own part only
    init        names how the weight starts (layers/initializers.py); the bias starts at zero
    """

    output_axis = -1

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
        bias=True, *, padding_mode="zeros", rng, init="he",
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups
        )
        self.padding_mode = settings.one_of(self, "padding_mode", padding_mode, MODES)
        fan_in = math.prod(self.kernel_size) * in_channels // groups
        self.draw_parameters(bias, rng, init, (in_channels // groups, out_channels), fan_in)

    def geometry(self, x):
        size = x.shape[1:-1]
        padding = self.padding
        if padding == "same":
            padding = [
                halves(max(-(-length // stride) * stride - stride + reach - length, 0))
                for length, stride, reach in zip(size, self.stride, self.reach, strict=True)
            ]
        padded = tuple(low + length + high
                       for length, (low, high) in zip(size, padding, strict=True))
        low, wraps = tuple(low for low, _ in padding), ()
        if self.padding_mode == "circular":
            size, low, wraps = padded, (0,) * self.axes, tuple(padding)
        if any(reach > length for reach, length in zip(self.reach, padded, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: a kernel that reaches over {self.reach} places does not "
                f"fit into the padded x of {padded}"
            )
        new_size = tuple(
            (length - reach) // stride + 1
            for length, reach, stride in zip(padded, self.reach, self.stride, strict=True)
        )
        return Geometry(
            large=size, small=new_size, kernel=self.kernel_size, stride=self.stride,
            dilation=self.dilation, low=low, groups=self.groups, wraps=wraps,
        )

    def apply(self, x, weight, geometry):
        return kernels.convolve(x, weight, geometry)

    def adjoint(self, dy, weight, geometry):
        return kernels.convolve_adjoint(dy, weight, geometry)

    def add_weight_gradient(self, x, dy, geometry):
        kernels.add_weight_gradient(x, dy, geometry, self.weight.gradient)


class SmallToLarge(Convolution):
    """y[o · stride + t · dilation - padding] += x[o] W[t]ᵀ, for every place o and tap t; then + b.

    The adjoint of the convolution from y's size to x's, with the same weight.

    Shapes
        x (N, *size, C), weight W (*kernel_size, M / groups, C), bias b (M,), y (N, *new_size, M)
        new_size = (size - 1) · stride - padding in front and behind + reach + output_padding
        with reach = (kernel_size - 1) · dilation + 1

    padding         what is cut off: as in the convolution; "same" gives new_size = size · stride
    output_padding  places added behind, as several sizes have a convolution of the same size
    """

    output_axis = -2

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0,
        dilation=1, groups=1, bias=True, *, rng, init="he",
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups
        )
        self.output_padding = settings.whole_numbers(
            self, "output_padding", output_padding, self.axes
        )
        for extra, stride, dilation in zip(
            self.output_padding, self.stride, self.dilation, strict=True
        ):
            if extra >= max(stride, dilation):
                raise ValueError(
                    f"{type(self).__name__}: output_padding must be below max(stride, dilation) = "
                    f"{max(stride, dilation)}, got {extra}"
                )
        if self.padding == "same" and any(self.output_padding):
            raise ValueError(
                f'{type(self).__name__}: padding="same" decides the size alone, so output_padding '
                f"must be 0, got {output_padding}"
            )
        # A place of y is reached by taps / stride taps only, from all channels of its group.
        reaching = math.prod(self.kernel_size) / math.prod(self.stride)
        fan_in = max(1, reaching * in_channels / groups)
        self.draw_parameters(bias, rng, init, (out_channels // groups, in_channels), fan_in)

    def geometry(self, x):
        size = x.shape[1:-1]
        if self.padding == "same":
            low = tuple(
                max(reach - stride, 0) // 2
                for reach, stride in zip(self.reach, self.stride, strict=True)
            )
            new_size = tuple(length * s for length, s in zip(size, self.stride, strict=True))
        else:
            low = tuple(front for front, _ in self.padding)
            new_size = tuple(
                (length - 1) * stride - front - behind + reach + extra
                for length, stride, (front, behind), reach, extra in zip(
                    size, self.stride, self.padding, self.reach, self.output_padding, strict=True
                )
            )
        if min(size) < 1 or min(new_size) < 1:
            raise ValueError(
                f"{type(self).__name__}: nothing is left of y: x of {size} would become {new_size}"
            )
        return Geometry(
            large=new_size, small=size, kernel=self.kernel_size, stride=self.stride,
            dilation=self.dilation, low=low, groups=self.groups,
        )

    def apply(self, x, weight, geometry):
        return kernels.convolve_adjoint(x, weight, geometry)

    def adjoint(self, dy, weight, geometry):
        return kernels.convolve(dy, weight, geometry)

    def add_weight_gradient(self, x, dy, geometry):
        kernels.add_weight_gradient(dy, x, geometry, self.weight.gradient)


class Conv1D(LargeToSmall):
    __doc__ = f"Convolution of sequences (N, T, C).\n\n    {LargeToSmall.__doc__}"
    axes = 1


class Conv2D(LargeToSmall):
    __doc__ = f"Convolution of images (N, H, W, C).\n\n    {LargeToSmall.__doc__}"
    axes = 2


class Conv3D(LargeToSmall):
    __doc__ = f"Convolution of volumes (N, D, H, W, C).\n\n    {LargeToSmall.__doc__}"
    axes = 3


class ConvTranspose1D(SmallToLarge):
    __doc__ = f"Transposed convolution of sequences (N, T, C).\n\n    {SmallToLarge.__doc__}"
    axes = 1


class ConvTranspose2D(SmallToLarge):
    __doc__ = f"Transposed convolution of images (N, H, W, C).\n\n    {SmallToLarge.__doc__}"
    axes = 2


class ConvTranspose3D(SmallToLarge):
    __doc__ = f"Transposed convolution of volumes (N, D, H, W, C).\n\n    {SmallToLarge.__doc__}"
    axes = 3


def padding_of(layer, padding, axes):
    """((in front, behind), ...) for each axis, or "same"."""
    if isinstance(padding, str):
        return settings.one_of(layer, "padding", padding, ("same",))
    if not isinstance(padding, (tuple, list)):
        padding = [padding] * axes
    pairs = [(item, item) if not isinstance(item, (tuple, list)) else item for item in padding]
    if len(pairs) != axes or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"{type(layer).__name__}: padding must be a number, one for each of {axes} axes, a "
            f'pair (in front, behind) for each, or "same", got {padding!r}'
        )
    return tuple(settings.whole_numbers(layer, "padding", pair, 2) for pair in pairs)


def halves(total):
    """`total` zeros in front and behind; an odd one stands behind."""
    return total // 2, total - total // 2
