"""One layer after the other, and how threads share a batch on its way through them.

`Sequential` is the chain rule. On the host it takes neighbours that are `separable` as one step,
`Shared`: every thread takes some of the samples through all of these layers. That costs less than
sharing in each layer, the small operations between the large ones are shared too, and what one
layer leaves in a core's cache the next one finds there. Batch norm, which looks at all samples,
lets the threads meet.
"""

import copy
import itertools
import threading

import numpy as np

from gan_scratch.layers import kernels
from gan_scratch.layers.convolution import Convolution
from gan_scratch.layers.kernels.parallel import (
    available_threads,
    gather,
    in_shares,
    place,
    shares,
)
from gan_scratch.layers.layer import Layer, Parameter, layers_inside

# From how many multiplications on threads pay, samples times weights of convolutions. Dense layers
# alone are quicker with BLAS's own threads: Python's lock makes small operations wait.
MANY_MULTIPLICATIONS = 1 << 20


class Sequential(Layer):
    """One layer after the other: y = f_n(... f_2(f_1(x))).

    Backward
        dx = J_1ᵀ J_2ᵀ ... J_nᵀ dy: the chain rule, from the last layer to the first

    The cache is (the steps where threads shared, else None; their caches).
    """

    def __init__(self, *layers):
        for index, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"Sequential takes layers; item {index} is {layer!r}")
        self.layers = list(layers)
        self.cut = None

    def forward(self, x, training=True):
        shared, caches = self.shared_steps(x), []
        for step in shared or self.layers:
            x, cache = step.forward(x, training)
            caches.append(cache)
        return x, (shared, caches)

    def backward(self, dy, cache, need_dx=True):
        shared, caches = cache
        steps = shared or self.layers
        last = 0 if need_dx else first_that_learns(steps)
        for index in reversed(range(last, len(steps))):
            dy = steps[index].backward(dy, caches[index], need_dx or index > last)
        return dy if need_dx else None

    def tangent_forward(self, x_dot, cache):
        shared, caches = cache
        tangent_caches = []
        for step, step_cache in zip(shared or self.layers, caches, strict=True):
            x_dot, tangent_cache = step.tangent_forward(x_dot, step_cache)
            tangent_caches.append(tangent_cache)
        return x_dot, tangent_caches

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        shared, caches = cache
        steps = shared or self.layers
        last = 0 if need_dx else first_that_learns(steps)
        for index in reversed(range(last, len(steps))):
            dy, dy_dot = steps[index].tangent_backward(
                dy, dy_dot, caches[index], tangent_cache[index], need_dx or index > last
            )
        return (dy, dy_dot) if need_dx else (None, None)

    def shared_steps(self, x):
        """What x goes through where threads are to share it, neighbours as one Shared; or None."""
        if self.cut is None or self.cut[0] != self.layers:
            self.cut = list(self.layers), joined_where_separable(self.layers)
        steps = self.cut[1]
        worth = kernels.may_be_shared(x) and len(x) > 1 and any(
            isinstance(step, Shared) and step.is_much(x) for step in steps
        )
        return steps if worth and available_threads() > 1 else None

    @property
    def separable(self):
        return all(layer.separable for layer in self.layers)

    def __getstate__(self):
        return {**vars(self), "cut": None}  # a copy has layers of its own

    def members(self):
        return ((str(index), layer) for index, layer in enumerate(self.layers))

    def __getitem__(self, index):
        return self.layers[index]

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)


def first_that_learns(layers):
    """The index of the first layer with parameters: where a backward pass for them may end."""
    return next((index for index, layer in enumerate(layers) if learns(layer)), len(layers))


def learns(layer):
    """Whether there is a parameter in the layer or inside it."""
    return any(
        isinstance(member, Parameter) or isinstance(member, Layer) and learns(member)
        for _, member in layer.members()
    )


class Chain(Sequential):
    """What one thread does with its share: nothing is shared again."""

    def shared_steps(self, x):
        return None


def joined_where_separable(layers):
    """The layers, with neighbours that are `separable` as one Shared each."""
    steps = []
    for separable, group in itertools.groupby(layers, lambda layer: layer.separable):
        neighbours = list(group)
        steps += [Shared(*neighbours)] if separable else neighbours
    return steps


class Shared(Layer):
    """Separable layers, one after the other, with some of the samples on each thread.

    A parameter's gradient is a sum over samples. The first thread adds to it; the others add to
    sums of their own, which come to it in the order of the samples, so that the same number of
    threads gives the same bits.

    The cache is (shape of y, {first sample of a share: the share's cache}).
    """

    def __init__(self, *layers):
        self.chain = Chain(*layers)
        self.multiplications = sum(
            layer.weight.value.size
            for layer in layers_inside(self.chain) if isinstance(layer, Convolution)
        )  # fmt: skip
        self.spare = {}  # first sample of a share -> {parameter: memory for its thread's sum}

    def is_much(self, x):
        """Whether these samples are so much work that threads pay."""
        return len(x) * self.multiplications >= MANY_MULTIPLICATIONS

    def threads(self, x):
        return available_threads() if self.is_much(x) else 1

    def forward(self, x, training=True):
        y, caches = Joined(len(x)), {}

        def share(start, stop):
            part, caches[start] = self.chain.forward(x[start:stop], training)
            y.put(start, stop, part)

        shared_or_whole(share, len(x), self.threads(x))
        return y.whole, (y.whole.shape, caches)

    def backward(self, dy, cache, need_dx=True):
        y_shape, caches = cache
        self.chain[-1].expect(dy, y_shape, name="dy")
        dx = Joined(len(dy))

        def share(chain, start, stop):
            part = chain.backward(dy[start:stop], caches[start], need_dx)
            if need_dx:
                dx.put(start, stop, part)

        self.with_own_gradients(share, len(dy), len(caches))
        return dx.whole

    def tangent_forward(self, x_dot, cache):
        _, caches = cache
        y_dot, tangent_caches = Joined(len(x_dot)), {}

        def share(start, stop):
            part, tangent_caches[start] = self.chain.tangent_forward(
                x_dot[start:stop], caches[start]
            )
            y_dot.put(start, stop, part)

        shared_or_whole(share, len(x_dot), len(caches))
        return y_dot.whole, tangent_caches

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        y_shape, caches = cache
        self.chain[-1].expect_cotangents(dy, dy_dot, y_shape, like=dy)
        dx, dx_dot = Joined(len(dy)), Joined(len(dy))

        def share(chain, start, stop):
            part, part_dot = chain.tangent_backward(
                dy[start:stop], None if dy_dot is None else dy_dot[start:stop],
                caches[start], tangent_cache[start], need_dx,
            )
            if need_dx:
                dx.put(start, stop, part)
                if part_dot is not None:
                    dx_dot.put(start, stop, part_dot)

        self.with_own_gradients(share, len(dy), len(caches))
        return dx.whole, dx_dot.whole

    def with_own_gradients(self, work, count, threads):
        """work(chain, start, stop) for each share, and all gradients added up."""
        def share(start, stop):
            chain = self.chain
            if start > 0:
                chain = with_gradients(chain, self.spare.setdefault(start, {}))
            work(chain, start, stop)
            add_up(gather(chain))

        shared_or_whole(share, count, threads)


def add_up(chains):
    """The gradients of all chains into those of the first; each thread takes a part of each."""
    for parameters in zip(*(chain.parameters().values() for chain in chains), strict=True):
        if parameters[0].frozen:
            continue
        total, *others = (parameter.gradient.reshape(-1) for parameter in parameters)
        parts = shares(total.size, len(chains))
        for start, stop in parts[place.index : place.index + 1]:
            for other in others:
                total[start:stop] += other[start:stop]


def shared_or_whole(work, count, threads):
    """in_shares, where there is something to share; alone, a layer may cut its batch itself."""
    return [work(0, count)] if threads == 1 else in_shares(work, count, threads)


class Joined:
    """An array whose parts come from several threads; `whole` is None until the first comes."""

    def __init__(self, count):
        self.count = count
        self.whole = None
        self.lock = threading.Lock()

    def put(self, start, stop, part):
        if stop - start == self.count:
            self.whole = part
            return
        with self.lock:
            if self.whole is None:
                self.whole = np.empty((self.count, *part.shape[1:]), part.dtype)
        self.whole[start:stop] = part


def with_gradients(layer, spare):
    """A layer with the same weights and gradients of its own, zero, which lie in the dict `spare`.

    (Fresh memory for each pass would cost a page fault every 4 KiB.)
    """
    twin = copy.copy(layer)
    for name, value in vars(layer).items():
        vars(twin)[name] = twin_of(value, spare, (id(layer), name))
    return twin


def twin_of(value, spare, place):
    """A parameter, layer, or list, tuple or dict of such, with gradients of its own."""
    if isinstance(value, Parameter):
        return with_gradient(value, spare, place)
    if isinstance(value, Layer):
        return with_gradients(value, spare)
    if isinstance(value, dict):
        return {key: twin_of(item, spare, (*place, key)) for key, item in value.items()}
    if type(value) in (list, tuple):
        items = enumerate(value)
        return type(value)(twin_of(item, spare, (*place, index)) for index, item in items)
    return value


def with_gradient(parameter, spare, place):
    twin = copy.copy(parameter)
    if not parameter.frozen:
        twin.gradient = spare.get(place)
        like = parameter.value
        if twin.gradient is None or twin.gradient.shape != like.shape or (
            twin.gradient.dtype != like.dtype
        ):
            twin.gradient = spare[place] = np.empty_like(like)
        twin.gradient[...] = 0
    return twin
