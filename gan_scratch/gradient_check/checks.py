"""Compare what a backward pass says with what the function itself does."""

import copy
import math

import numpy as np

from gan_scratch.game import discriminator_step, generator_step
from gan_scratch.gradient_check.numeric import (
    MAX_COORDINATES,
    Derivative,
    derivative_along_line,
    derivative_by_coordinate,
    typical_size,
)
from gan_scratch.gradient_check.report import ACCEPTED, Report, compare


def check(layer, x, dy=None, *, rng=None, training=True, tolerance=ACCEPTED):
    """Check every derivative of `layer` at `x` in float64; returns a Report.

    First order: dx and the gradient of every parameter, against numeric derivatives of
    Σ dy forward(x), with a random cotangent `dy` unless one is given (an all-ones dy would not see
    a batch norm or a softmax whose backward is missing). Where the layer has tangent passes:
    ẏ against the derivative of forward, and ẋ's and the parameters' tangents against the
    derivative of backward, along a random direction of x, dy and all parameters.

    The layer itself is not touched: a float64 copy is checked, and its state and its random
    generators are put back before every forward pass. `rng` draws cotangents, directions and
    sampled coordinates; by default a generator of fixed seed, so that a check repeats.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    subject = Subject(layer, x, training)
    report = Report(type(layer).__name__, tolerance=tolerance)
    y = subject.forward()[0]
    dy = rng.standard_normal(y.shape) if dy is None else np.asarray(dy, np.float64)
    report.rows += first_order(subject, dy, rng)
    # Tangents are derivatives of the backward pass: it must at least give the right shapes.
    if getattr(layer, "has_tangents", False) and math.isfinite(report.max_error):
        report.rows += tangents(subject, dy, rng)
    return report


def assert_gradients(layer, x, dy=None, *, rng=None, training=True, tolerance=ACCEPTED):
    """`check`, as an assertion for a test: AssertionError with the table where it fails."""
    report = check(layer, x, dy, rng=rng, training=training, tolerance=tolerance)
    if not report.passed:
        raise AssertionError(f"gradient check failed\n{report}")
    return report


class Subject:
    """A float64 copy of a layer and its input, that can be asked again from the same state."""

    def __init__(self, layer, x, training):
        # A student's plain class has no astype; it computes in the dtype of what it is given.
        self.layer = layer.astype("float64") if hasattr(layer, "astype") else copy.deepcopy(layer)
        self.several = isinstance(x, tuple)
        self.parts = [in_float64(part) for part in (x if self.several else (x,))]
        self.training = training
        self.buffers = {
            name: buffer.value.copy() for name, buffer in self._held("buffers").items()
        }
        self.generators = self.layer.generators() if hasattr(self.layer, "generators") else []
        self.random = [copy.deepcopy(rng.bit_generator.state) for rng in self.generators]

    def _held(self, kind):
        return getattr(self.layer, kind)() if hasattr(self.layer, kind) else {}

    def parameters(self):
        return self._held("parameters")

    @property
    def floating(self):
        """Which of the inputs have a derivative."""
        return [index for index, part in enumerate(self.parts) if part.dtype.kind == "f"]

    def input(self, changed=None):
        """x as the layer takes it, with the inputs in `changed` (index -> array) replaced."""
        parts = [(changed or {}).get(index, part) for index, part in enumerate(self.parts)]
        return tuple(parts) if self.several else parts[0]

    def direction(self, x_dot):
        """`x_dot` (index -> array) as the layer takes it: None for integers."""
        parts = [x_dot.get(index) for index in range(len(self.parts))]
        return tuple(parts) if self.several else parts[0]

    def derivative(self, dx, index):
        """The part of dx that belongs to input `index`."""
        if not self.several:
            return dx
        return dx[index] if isinstance(dx, tuple) and len(dx) == len(self.parts) else None

    def label(self, index):
        return f"dx[{index}]" if self.several else "dx"

    def forward(self, changed=None):
        """(y, cache) of the layer as it was, at its present parameters."""
        for name, buffer in self._held("buffers").items():
            buffer.value[...] = self.buffers[name]
        for rng, state in zip(self.generators, self.random, strict=True):
            rng.bit_generator.state = state
        return self.layer.forward(self.input(changed), self.training)

    def backward(self, dy, changed=None):
        """(dx, name -> gradient), with the gradients counted from zero."""
        for parameter in self.parameters().values():
            parameter.gradient[...] = 0
        _, cache = self.forward(changed)
        dx = self.layer.backward(dy, cache)
        return dx, {name: p.gradient.copy() for name, p in self.parameters().items()}


def in_float64(x):
    x = np.array(x)
    return x if x.dtype.kind in "iu" else x.astype(np.float64)


def first_order(subject, dy, rng):
    """Rows for dx and every parameter's gradient."""
    dx, gradients = subject.backward(dy)
    rows = [
        gradient_row(
            subject.label(index), subject.derivative(dx, index),
            lambda part, index=index: subject.forward({index: part})[0],
            subject.parts[index], dy, rng,
        )
        for index in subject.floating
    ]
    for name, parameter in subject.parameters().items():

        def output(value, parameter=parameter):
            before = parameter.value.copy()
            parameter.value[...] = value
            y = subject.forward()[0]
            parameter.value[...] = before
            return y

        rows.append(
            gradient_row(f"d {name}", gradients[name], output, parameter.value, dy, rng)
        )
    return rows


def gradient_row(quantity, analytic, f, value, dy, rng):
    coordinates = None
    if value.size > MAX_COORDINATES:
        coordinates = np.sort(rng.choice(value.size, MAX_COORDINATES, replace=False))
    shape = tuple(value.shape)
    expected = None
    if np.shape(analytic) == shape:
        expected = np.ravel(analytic) if coordinates is None else np.ravel(analytic)[coordinates]
    numeric = derivative_by_coordinate(f, value, dy, coordinates, rng, expected)
    if coordinates is None:
        numeric = Derivative(
            *(getattr(numeric, name).reshape(shape) for name in vars(numeric))
        )
    return compare(quantity, analytic, numeric, shape, coordinates)


def tangents(subject, dy, rng):
    """Rows for both tangent passes, along one random direction of x, dy and all parameters."""
    parameters = subject.parameters()
    x_dot = {index: random_direction(subject.parts[index], rng) for index in subject.floating}
    dy_dot = random_direction(dy, rng)
    directions = {name: random_direction(p.value, rng) for name, p in parameters.items()}
    start = {name: p.value.copy() for name, p in parameters.items()}

    def along(t, f):
        for name, parameter in parameters.items():
            parameter.value[...] = start[name] + t * directions[name]
        moved = {index: subject.parts[index] + t * x_dot[index] for index in x_dot}
        result = f(moved, dy + t * dy_dot)
        for name, parameter in parameters.items():
            parameter.value[...] = start[name]
        return result

    _, cache = subject.forward()
    for name, parameter in parameters.items():
        parameter.gradient[...] = 0
        parameter.tangent = directions[name]
    y_dot, tangent_cache = subject.layer.tangent_forward(subject.direction(x_dot), cache)
    dx, dx_dot = subject.layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    gradient_dots = {name: p.gradient.copy() for name, p in parameters.items()}
    for parameter in parameters.values():
        parameter.tangent = None

    def tangent_row(quantity, analytic, f, shape):
        numeric = derivative_along_line(lambda t: along(t, f))
        return compare(quantity, analytic, numeric, shape)

    rows = [
        tangent_row("tangent y", y_dot, lambda moved, dy: subject.forward(moved)[0], dy.shape)
    ]
    plain = subject.backward(dy)[0]
    for index in subject.floating:

        def input_gradient(moved, dy, index=index):
            return subject.derivative(subject.backward(dy, moved)[0], index)

        label, shape = subject.label(index), subject.parts[index].shape
        analytic = subject.derivative(dx_dot, index)
        rows.append(tangent_row(f"tangent {label}", analytic, input_gradient, shape))
        # The tangent pass hands back the ordinary dx beside its tangent.
        again, known = subject.derivative(dx, index), subject.derivative(plain, index)
        rows.append(compare(f"{label} again", again, exactly(known), shape))
    for name in parameters:

        def parameter_gradient(moved, dy, name=name):
            return subject.backward(dy, moved)[1][name]

        analytic, shape = gradient_dots[name], start[name].shape
        rows.append(tangent_row(f"tangent d {name}", analytic, parameter_gradient, shape))
    for row in rows:
        row.order = 2
    return rows


def random_direction(value, rng):
    """A direction in which every number changes in proportion to its own size.

    So one step suits tensors of all sizes, and no small number runs through a kink at 0.
    """
    size = np.where(value == 0, typical_size(value), np.abs(value))
    return size * rng.standard_normal(value.shape)


def exactly(value):
    """A known array as a Derivative, to compare with."""
    nothing = np.zeros(value.shape)
    return Derivative(value, value, value, nothing.astype(bool), nothing)


def check_game(game, real, noise, *, rng=None, tolerance=1e-6):
    """Check both players' gradients of the whole loss, penalties included, through D∘G.

    `game` is in float64 on the host and is left as it was, its gradients apart. Random draws
    and buffers start from the same states for every evaluation.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    report = Report(f"{type(game.objective).__name__} through D∘G", tolerance=tolerance)
    optimizers = game.generator_optimizer, game.discriminator_optimizer
    random = [copy.deepcopy(generator.bit_generator.state) for generator in game.generators()]
    players = game.generator, game.discriminator
    buffers = [buffer for player in players for buffer in player.buffers().values()]
    kept = [buffer.value.copy() for buffer in buffers]
    game.generator_optimizer = game.discriminator_optimizer = StandStill()

    def put_back():
        for generator, state in zip(game.generators(), random, strict=True):
            generator.bit_generator.state = state
        for buffer, value in zip(buffers, kept, strict=True):
            buffer.value[...] = value

    def loss(step, *inputs):
        put_back()
        return np.asarray(step(game, *inputs))

    try:
        for player, step, inputs in (
            (game.discriminator, discriminator_step, (real, noise)),
            (game.generator, generator_step, (noise, real)),
        ):
            side = "D" if player is game.discriminator else "G"
            loss(step, *inputs)
            gradients = {name: p.gradient.copy() for name, p in player.parameters().items()}
            for name, parameter in player.parameters().items():

                def value_of_loss(value, parameter=parameter, step=step, inputs=inputs):
                    before = parameter.value.copy()
                    parameter.value[...] = value
                    result = loss(step, *inputs)
                    parameter.value[...] = before
                    return result

                analytic = gradients[name]
                report.rows.append(
                    gradient_row(f"{side} {name}", analytic, value_of_loss, parameter.value, 1, rng)
                )
    finally:
        put_back()
        game.generator_optimizer, game.discriminator_optimizer = optimizers
    return report


class StandStill:
    """An optimiser that moves nothing, so that a step leaves its gradients and no more."""

    steps = 0

    def step(self):
        pass
