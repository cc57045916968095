"""What a layer holds is found wherever it stands, or refused in a sentence; `frozen` is kept."""

import numpy as np
import pytest

from gan_scratch.gradient_check import check, check_game
from gan_scratch.gradient_check.catalogue import small_game
from gan_scratch.layers import BatchNorm, Dense, Dropout, Layer, LeakyReLU, Sequential, frozen
from gan_scratch.layers.layer import Buffer, FrozenGradientError, Parameter
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import SGD
from gan_scratch.penalties import R1


def rng(seed=0):
    return np.random.default_rng(seed)


class Polynomial(Layer):
    """y = Σ_k c_k xᵏ, with the coefficients where somebody may keep them."""

    def __init__(self, coefficients, keep):
        self.held = keep([Parameter(np.full(1, c, "float32")) for c in coefficients])

    def coefficients(self):
        return list(self.parameters().values())

    def forward(self, x, training=True):
        return sum(c.value * x**k for k, c in enumerate(self.coefficients())), x

    def backward(self, dy, x, need_dx=True):
        for k, c in enumerate(self.coefficients()):
            if not c.frozen:
                c.gradient += (dy * x**k).sum()
        return sum(k * c.value * x ** max(k - 1, 0) for k, c in enumerate(self.coefficients())) * dy


KEPT = {
    "list": lambda items: items,
    "tuple": tuple,
    "dict": lambda items: {f"c{i}": item for i, item in enumerate(items)},
    "nested": lambda items: {"low": items[:1], "high": [tuple(items[1:])]},
}


@pytest.mark.parametrize("kept", KEPT)
def test_parameters_are_found_in_containers(kept):
    layer = Polynomial([0.5, -1.0, 2.0], KEPT[kept])
    assert [p.value[0] for p in layer.parameters().values()] == [0.5, -1.0, 2.0]
    assert all(name.startswith("held.") for name in layer.parameters())
    report = check(layer, rng().standard_normal((6, 4)))
    assert report.passed and len(report.rows) == 4 and not report.not_compared
    optimizer = SGD(layer.parameters(), 0.1)
    y, cache = layer.forward(rng().standard_normal((6, 4), "float32"))
    layer.backward(y, cache)
    before = layer.state()
    optimizer.step()
    assert all(not np.array_equal(before[name], value) for name, value in layer.state().items())


def test_layers_buffers_and_generators_are_found_in_containers():
    class Holder(Layer):
        def __init__(self):
            self.blocks = {"a": [Dense(3, 2, rng=rng())], "b": ((BatchNorm(2),),)}
            self.seen = [Buffer(np.zeros(2))]
            self.drops = {"early": Dropout(0.5, rng=rng(1)), "rng": rng(2)}

    holder = Holder()
    assert list(holder.parameters()) == [
        "blocks.a.0.weight", "blocks.a.0.bias", "blocks.b.0.0.weight", "blocks.b.0.0.bias",
    ]  # fmt: skip
    assert "seen.0" in holder.buffers() and "blocks.b.0.0.running_mean" in holder.buffers()
    assert len(holder.generators()) == 2 and holder.mixes_samples


class Bag:
    def __init__(self, thing):
        self.thing = thing


@pytest.mark.parametrize(
    "hide", [Bag, lambda thing: {"deep": Bag(thing)}, lambda thing: {thing},
             lambda thing: np.array([thing, None], dtype=object)],
    ids=["object", "object in a dict", "set", "object array"],
)  # fmt: skip
@pytest.mark.parametrize(
    "thing", [lambda: Parameter(np.ones(2)), lambda: LeakyReLU(0.2), lambda: rng()],
    ids=["parameter", "layer", "generator"],
)  # fmt: skip
def test_what_would_not_be_found_is_refused(hide, thing):
    layer = Dense(3, 2, rng=rng())
    layer.extra = hide(thing())
    with pytest.raises(TypeError, match="Dense: what extra.* holds.*would not be found: keep"):
        layer.parameters()


def test_two_of_one_name_are_refused():
    layer = Dense(3, 2, rng=rng())
    layer.extra = {"a.0": Parameter(np.ones(1)), "a": [Parameter(np.ones(1))]}
    with pytest.raises(ValueError, match="two things called extra.a.0"):
        layer.parameters()


class IgnoresFrozen(Dense):
    """Dense, but it adds to its gradients whatever they are."""

    def backward(self, dy, cache, need_dx=True):
        (x,) = (cache,) if not isinstance(cache, tuple) else cache[:1]
        self.weight.gradient += x.T @ dy
        self.bias.gradient += dy.sum(axis=0)
        return dy @ self.weight.value.T

    def forward(self, x, training=True):
        return x @ self.weight.value + self.bias.value, x


class CountsWhenFrozen(Dense):
    def __init__(self, *sizes, rng):
        super().__init__(*sizes, rng=rng)
        self.count = Buffer(np.zeros(1))

    def forward(self, x, training=True):
        self.count.value += 1
        return super().forward(x, training)


def test_the_check_names_a_layer_that_ignores_frozen():
    x = rng().standard_normal((5, 3))
    report = check(IgnoresFrozen(3, 2, rng=rng()), x)
    assert not report.passed and report.causes["frozen"].about == "gradient"
    report = check(CountsWhenFrozen(3, 2, rng=rng()), x)
    assert not report.passed and "changes count" in report.causes["frozen"].sentence
    assert check(Dense(3, 2, rng=rng()), x).passed


def test_a_penalty_on_a_layer_that_ignores_frozen_raises():
    critic = Sequential(IgnoresFrozen(3, 1, rng=rng()))
    real = rng().standard_normal((5, 3), "float32")
    with pytest.raises(FrozenGradientError, match="leave out every parameter with .frozen set"):
        R1(1.0).add_gradients(critic, real, real, rng())
    assert not critic[0].weight.gradient.any()  # and the gradients are there again


def test_gradients_are_back_after_frozen_and_steps_inside_move_nothing():
    layer = Dense(3, 2, rng=rng())
    optimizer = SGD(layer.parameters(), 0.1)
    gradient, before = layer.weight.gradient, layer.state()
    with frozen(layer):
        optimizer.step()
        with frozen(layer):
            pass
    assert layer.weight.gradient is gradient
    assert all(np.array_equal(before[name], value) for name, value in layer.state().items())


def test_arrays_that_are_neither_parameter_nor_buffer_are_named():
    class Scaled(Dense):
        def forward(self, x, training=True):
            y, cache = super().forward(x, training)
            return self.scale * y, cache

        def backward(self, dy, cache, need_dx=True):
            return super().backward(self.scale * dy, cache, need_dx)

        has_tangents = False

    layer = Scaled(3, 2, rng=rng())
    layer.scale = np.array([2.0, 3.0])
    report = check(layer, rng().standard_normal((5, 3)))
    assert report.verdict == "passed, 1 array not compared: scale"
    layer.constants = ("scale",)
    assert check(layer, rng().standard_normal((5, 3))).verdict == "passed"


def test_a_game_names_the_arrays_of_its_players():
    game, real, noise = small_game(NonSaturating(), rng())
    assert check_game(game, real, noise).verdict == "passed"

    class Shifted(LeakyReLU):
        def forward(self, x, training=True):
            return super().forward(x + self.shift, training)

    shifted = Shifted(0.2)
    shifted.shift = np.array(0.1)
    game.discriminator.layers.insert(1, shifted)
    report = check_game(game, real, noise)
    assert report.verdict == "passed, 1 array not compared: layers[1].shift"
