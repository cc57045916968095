"""Optimisers: how a parameter moves along its gradient. None of them ever writes a gradient.

All parameters lie in one vector and their gradients in another (flat.py), so a step is a few
operations on these two, whatever the number of layers.
"""

import copy
import math

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.flat import FlatParameters, blocks
from gan_scratch.layers.layer import Parameter, writable
from gan_scratch.share import share
from gan_scratch.shown import amount, arguments, shown


class Optimizer:
    """What all optimisers share: vectors, checks and state. A subclass gives `update`.

    parameters      what `layer.parameters()` gives, name -> Parameter (one that occurs twice is
                    kept once)
    learning_rate   the step size; a schedule may change it between steps
    """

    def __init__(self, parameters, learning_rate):
        if not hasattr(parameters, "items"):
            raise TypeError(
                "an optimiser takes a dict name -> Parameter, as layer.parameters() gives, "
                f"got {type(parameters).__name__}"
            )
        if not parameters:
            raise ValueError("an optimiser needs at least one parameter, got none")
        learning_rate = settings.positive(self, "learning_rate", learning_rate)
        self.learning_rate = self.initial_learning_rate = learning_rate
        self.parameters = {}
        for name, parameter in parameters.items():
            if not isinstance(parameter, Parameter):
                raise TypeError(f"{name} must be a Parameter, got {type(parameter).__name__}")
            if parameter not in self.parameters.values():
                self.parameters[name] = parameter
        self._flat = FlatParameters(self.parameters)
        self.moves = [0] * len(self.parameters)  # how often each parameter was moved

    def __setstate__(self, state):
        vars(self).update({name: writable(value) for name, value in state.items()})

    @property
    def values(self):
        """All parameters' values, a vector (n,). To assign to it is to write into it."""
        return self._flat.values

    @values.setter
    def values(self, numbers):
        self._flat.values[...] = numbers

    @property
    def gradients(self):
        """All parameters' gradients, a vector (n,). To assign to it is to write into it."""
        return self._flat.gradients

    @gradients.setter
    def gradients(self, numbers):
        self._flat.gradients[...] = numbers

    def vectors(self):
        """name -> vector (n,), of all that a step may move: the values, and each attribute of their
        shape, such as a moment, so that a subclass has nothing more to declare."""
        shape = self.values.shape
        own = {name: v for name, v in vars(self).items() if getattr(v, "shape", None) == shape}
        return {"values": self.values, **own}

    def settle(self, place, gradients):
        """Go on in other memory, which holds the same numbers: in place(vector) instead of each of
        `vectors()`, and in these gradients."""
        self._flat.expect_views()
        placed = {name: place(vector) for name, vector in self.vectors().items()}
        self._flat.settle(placed.pop("values"), gradients)
        vars(self).update(placed)

    def __repr__(self):
        return shown(self, [amount(self.parameters), *arguments(self)])

    @property
    def steps(self):
        """How many steps there were, for the parameter that was never frozen."""
        return max(self.moves)

    @property
    def learning_rate(self):
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        self._learning_rate = settings.not_negative(self, "learning_rate", rate)

    def step(self):
        """Move every parameter that is not frozen once.

        Raises RuntimeError where an array is no longer the optimiser's view, and on the host
        FloatingPointError where a gradient is not finite: then no parameter has moved. (On a
        device that look would make the host wait; there the training loop looks.)
        """
        self._flat.expect_views()
        counted = zip(self.parameters.values(), self.moves, strict=True)
        moves = [count + (not parameter.frozen) for parameter, count in counted]
        runs = self._flat.free_runs(moves)
        share().add_up(self, [piece for piece, _ in runs])
        mine = [(share().mine(piece), step) for piece, step in runs]
        self._expect_finite([piece for piece, _ in mine])
        self.moves = moves
        for piece, step in mine:
            for block in blocks(piece, self.values):
                self.update(block, step)
        share().meet()

    def update(self, piece, step):
        """Move self.values[piece] by self.gradients[piece] for the `step`-th time."""
        raise NotImplementedError

    def _expect_finite(self, pieces):
        if not isinstance(self.gradients, np.ndarray):
            return
        # A sum is finite only where all numbers are; it may overflow, so a closer look follows.
        with np.errstate(over="ignore", invalid="ignore"):
            gradients = [self.gradients[piece] for piece in pieces]
            fine = all(np.isfinite(each.sum()) or np.isfinite(each).all() for each in gradients)
        if share().agree(fine):
            return
        for name, parameter in self.parameters.items():
            if not parameter.frozen and not np.isfinite(parameter.gradient).all():
                raise FloatingPointError(f"the gradient of {name} is not finite")
        raise FloatingPointError("a gradient of another share of the batch is not finite")

    def gradient_norm(self):
        """|gradient| over all parameters together, a 0-d array."""
        return array_module(self.gradients).sqrt((self.gradients * self.gradients).sum())

    def moments(self):
        """name -> array of what the optimiser remembers between steps."""
        return {}

    def state(self):
        """A copy of everything that the next step depends on, gradients apart."""
        return {
            "moves": list(self.moves), "learning_rate": self.learning_rate,
            "moments": {name: moment.copy() for name, moment in self.moments().items()},
        }

    def load_state(self, state):
        """Copy `state` into place; ValueError, and nothing changed, where it does not fit."""
        own = {name: moment.shape for name, moment in self.moments().items()}
        try:
            saved = {name: moment.shape for name, moment in state["moments"].items()}
            moves = [int(count) for count in state["moves"]]
            rate = settings.not_negative(self, "learning_rate", state["learning_rate"])
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"{type(self).__name__}: no state of an optimiser: {error}") from error
        if own != saved or len(moves) != len(self.moves):
            raise ValueError(
                f"{type(self).__name__} of {len(self.moves)} parameters remembers "
                f"{own or 'nothing'}; the state of {len(moves)} holds {saved or 'nothing'}"
            )
        for name, moment in self.moments().items():
            moment[...] = backend_of(moment).asarray(state["moments"][name])
        self.moves, self.learning_rate = moves, rate


class SGD(Optimizer):
    """θ ← θ - η g."""

    def update(self, piece, step):
        self.values[piece] -= self.learning_rate * self.gradients[piece]


class Momentum(Optimizer):
    """v ← μ v + g,  θ ← θ - η v (Polyak 1964).

    The rate multiplies v, so that a changed rate acts at once, as in PyTorch; in the form of
    Sutskever et al. (2013) it multiplies g. At a constant rate the two are the same.
    """

    def __init__(self, parameters, learning_rate, momentum=0.9):
        super().__init__(parameters, learning_rate)
        self.momentum = settings.in_unit_interval(self, "momentum", momentum)
        self.velocity = array_module(self.values).zeros_like(self.values)

    def update(self, piece, step):
        velocity = self.velocity[piece]
        velocity *= self.momentum
        velocity += self.gradients[piece]
        self.values[piece] -= self.learning_rate * velocity

    def moments(self):
        return {"velocity": self.velocity}


class RMSprop(Optimizer):
    """s ← ρ s + (1 - ρ) g²,  θ ← θ - η g / (√s + ε) (Tieleman and Hinton 2012)."""

    def __init__(self, parameters, learning_rate, decay=0.99, eps=1e-8):
        super().__init__(parameters, learning_rate)
        self.decay = settings.in_unit_interval(self, "decay", decay)
        self.eps = settings.positive(self, "eps", eps)
        self.mean_square = array_module(self.values).zeros_like(self.values)

    def update(self, piece, step):
        gradient, mean_square = self.gradients[piece], self.mean_square[piece]
        mean_square *= self.decay
        mean_square += (1 - self.decay) * gradient * gradient
        root = array_module(gradient).sqrt(mean_square)
        self.values[piece] -= self.learning_rate * gradient / (root + self.eps)

    def moments(self):
        return {"mean_square": self.mean_square}


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, algorithm 1), at step t:

    m ← β₁ m + (1 - β₁) g          v ← β₂ v + (1 - β₂) g²
    θ ← θ - η m̂ / (√v̂ + ε)         m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    β₁ = 0.5 by default: in a game the gradient turns, and a long memory makes the players
    overshoot each other.
    """

    def __init__(self, parameters, learning_rate=2e-4, beta1=0.5, beta2=0.999, eps=1e-8):
        super().__init__(parameters, learning_rate)
        self.beta1 = settings.in_unit_interval(self, "beta1", beta1)
        self.beta2 = settings.in_unit_interval(self, "beta2", beta2)
        self.eps = settings.positive(self, "eps", eps)
        xp = array_module(self.values)
        self.first_moment = xp.zeros_like(self.values)
        self.second_moment = xp.zeros_like(self.values)

    def update(self, piece, step):
        gradient = self.gradients[piece]
        first, second = self.first_moment[piece], self.second_moment[piece]
        xp = array_module(gradient)
        part = (1 - self.beta1) * gradient  # one array for all that lies between, in the cache
        first *= self.beta1
        first += part
        xp.multiply(gradient, gradient, out=part)
        part *= 1 - self.beta2
        second *= self.beta2
        second += part
        # m̂ / (√v̂ + ε) = c m / (√v + ε c) / (1 - β₁ᵗ) with c = √(1 - β₂ᵗ): fewer divisions
        correction = math.sqrt(1 - self.beta2**step)
        root = xp.sqrt(second, out=part)
        root += self.eps * correction
        move = xp.divide(first, root, out=root)
        move *= self.learning_rate * correction / (1 - self.beta1**step)
        self.values[piece] -= move

    def moments(self):
        return {"first_moment": self.first_moment, "second_moment": self.second_moment}


class Average:
    """An exponential moving average of a model's weights: θ̄ ← θ̄ + (1 - d)(θ - θ̄).

    Averages parameters and running statistics, copies other buffers. `average.model` is a model
    of its own, for drawing samples. Early on d is (1 + t) / (10 + t), so that the average does
    not remember the first, random weights; later it is `decay`.
    """

    __repr__ = shown

    def __init__(self, model, decay=0.999):
        self.decay = settings.in_unit_interval(self, "decay", decay)
        self.source = model
        self.model = copy.deepcopy(model)
        self.updates = 0

    def update(self):
        """Take the model's present weights into the average."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        for mean, held in self._pairs(lambda layer: layer.parameters()):
            means, values = mean.value.reshape(-1), held.value.reshape(-1)
            for block in blocks(share().mine(slice(0, values.size)), values):
                means[block] += (1 - decay) * (values[block] - means[block])
        for mean, held in self._pairs(lambda layer: layer.buffers()):
            if held.averaged:
                mean.value += (1 - decay) * (held.value - mean.value)
            else:
                mean.value[...] = held.value

    def _pairs(self, members):
        """(the average's, the model's), each once."""
        mine, theirs = members(self.model).values(), members(self.source).values()
        return dict(zip(mine, theirs, strict=True)).items()

    def state(self):
        return {"updates": self.updates, "model": self.model.state()}

    def load_state(self, state):
        if set(state) != {"updates", "model"}:
            raise ValueError(f"Average: no state of an average: it holds {sorted(state)}")
        self.model.load_state(state["model"])
        self.updates = state["updates"]
